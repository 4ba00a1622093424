"""Act on many runs at once: count them, and, once that number is confirmed, begin.

What is confirmed stands in the store as one row for each run. A duty of the engine works it off
in bounded transactions, each with its changes, their audit entries and how far the action is; so
after ``kill -9`` it goes on where it was, and every run is dealt with exactly once.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

from turnout.domain import bulk
from turnout.domain.bulk import BulkAction, BulkState, BulkVerb, CountChanged
from turnout.domain.errors import Invalid, NotFound
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, RunFilter, Transaction
from turnout.use_cases.record import record


@dataclass(frozen=True, slots=True)
class BulkWish:
    """What to do to which runs, and why."""

    verb: BulkVerb
    filter: RunFilter
    reason: str = ""

    @property
    def runs(self) -> RunFilter:
        """The filter, for those runs alone that the verb can change."""
        return replace(self.filter, phases=bulk.applicable(self.verb, self.filter.phases))


async def count_runs(ports: Ports, caller: Caller, wish: BulkWish) -> int:
    """How many runs it would change now."""

    def count(tx: Transaction) -> int:
        admit(tx, caller, Role.OPERATOR)
        return tx.runs.count(caller.environment.id, wish.runs)

    return await ports.store.read(count)


async def begin_bulk(ports: Ports, caller: Caller, wish: BulkWish, *, expected: int) -> BulkAction:
    """Begin it, over exactly the runs that match in this moment.

    Raises:
        CountChanged: another number than ``expected`` matches.
        Invalid: more than ``bulk.MAX_RUNS`` do.
    """

    def work(tx: Transaction) -> BulkAction:
        admit(tx, caller, Role.OPERATOR)
        return once(
            tx,
            caller,
            ports.now(),
            do=lambda: _begin(tx, ports, caller, wish, expected),
            subject=lambda made: made.id,
            again=lambda id_: _find(tx, caller, id_),
        )

    begun = await ports.store.write(work)
    ports.engine.bulk_started()
    return begun


async def read_bulk(ports: Ports, caller: Caller, bulk_id: str, *, wait: float = 0) -> BulkAction:
    """A bulk action; with ``wait``, at its end or after that many seconds, what comes first.

    Raises:
        NotFound: there is none here.
    """
    with ports.engine.ending(bulk_id) as ended:
        found = await ports.store.read(lambda tx: _find(tx, caller, bulk_id))
        if wait <= 0 or found.state is not BulkState.WORKING:
            return found
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await ended.wait()
    return await ports.store.read(lambda tx: _find(tx, caller, bulk_id))


def _begin(
    tx: Transaction, ports: Ports, caller: Caller, wish: BulkWish, expected: int
) -> BulkAction:
    count = tx.runs.count(caller.environment.id, wish.runs)
    if count != expected:
        raise CountChanged(expected, count)
    if count > bulk.MAX_RUNS:
        raise Invalid(
            "limit_exceeded",
            f"{count} runs match; {bulk.MAX_RUNS} can be changed at once. Narrow the filter, for "
            "example with created-before.",
        )
    by = caller.by(ports.now(), wish.reason)
    action = BulkAction(
        id=ports.ids.new(Prefix.BULK),
        environment_id=caller.environment.id,
        verb=wish.verb,
        state=BulkState.WORKING,
        total=count,
        done=0,
        created_at=by.at,
        ended_at=None,
        actor=by.actor,
        reason=by.reason,
    )
    if not count:
        action = bulk.ended(action, BulkState.DONE, by.at)
    tx.bulks.add(action, wish.runs)
    record(
        tx,
        f"bulk.{wish.verb}",
        action.id,
        by,
        environment_id=action.environment_id,
        after={"runs": count},
    )
    return action


def _find(tx: Transaction, caller: Caller, id_: str) -> BulkAction:
    found = tx.bulks.get(id_)
    if found is None or found.environment_id != caller.environment.id:
        raise NotFound("not_found", f"There is no bulk action {id_[:80]!r} here.")
    return found
