"""Work a bulk action off, some runs at a time; see ``bulk_runs``."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from turnout.domain import bulk
from turnout.domain.bulk import BulkAction, BulkState, BulkVerb
from turnout.domain.by import By
from turnout.domain.errors import Conflict, Forbidden, Unauthenticated
from turnout.domain.role import Role
from turnout.domain.run import Run
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.cancel_run import cancel_in
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.resume_run import Resumed, resume_in
from turnout.use_cases.retry_run import retry_as
from turnout.use_cases.suspend_run import suspend_in

RUNS_PER_STEP = 16
"""Few: whoever else writes waits for a step at most."""

RETRIES_PER_STEP = 16
"""They are computed by workers and side by side, each in a transaction of its own."""


@dataclass(slots=True)
class _Step:
    """What a transaction did, for the engine to hear."""

    action: BulkAction
    cancelled: list[str] = field(default_factory=list)
    resumed: list[Resumed] = field(default_factory=list)


async def work_off(ports: Ports, bulk_id: str) -> bool:
    """Deal with the next few runs of a bulk action; whether there are more.

    It stops where the key that began it was revoked since, or may not do this any more.

    Raises:
        Busy: not now.
    """
    action = await ports.store.read(lambda tx: tx.bulks.get(bulk_id))
    if action is None or action.state is not BulkState.WORKING:
        return False
    if action.verb is BulkVerb.RETRY:
        return await _retry_some(ports, action)
    step = await ports.store.write(partial(_change_some, ports, bulk_id))
    for run_id in step.cancelled:
        ports.engine.withdrawn(run_id)
        ports.engine.ended(run_id)
    for resumed in step.resumed:
        ports.engine.resumed(resumed.run, resumed.effects)
    return _goes_on(ports, step.action)


def _change_some(ports: Ports, bulk_id: str, tx: Transaction) -> _Step:
    action = _working(tx, bulk_id)
    step = _Step(action)
    now = ports.now()
    if _caller(tx, action) is None:
        step.action = bulk.ended(action, BulkState.STOPPED, now)
        tx.bulks.save(step.action, ())
        return step
    change = _CHANGES[action.verb]
    run_ids = tx.bulks.left(bulk_id, RUNS_PER_STEP)
    outcomes: list[str | None] = []
    for run_id in run_ids:
        try:
            change(tx, _run(tx, run_id), By(action.actor, now, action.reason), step)
            outcomes.append(None)
        except Conflict as refusal:
            outcomes.append(refusal.code)
    step.action = bulk.told(action, outcomes, now)
    tx.bulks.save(step.action, run_ids)
    return step


def _suspend(tx: Transaction, run: Run, by: By, step: _Step) -> None:
    suspend_in(tx, run, by, bulk=step.action.id)


def _resume(tx: Transaction, run: Run, by: By, step: _Step) -> None:
    step.resumed.append(resume_in(tx, run, by, bulk=step.action.id))


def _cancel(tx: Transaction, run: Run, by: By, step: _Step) -> None:
    step.cancelled.append(cancel_in(tx, run, by, bulk=step.action.id).id)


_CHANGES: dict[BulkVerb, Callable[[Transaction, Run, By, _Step], None]] = {
    BulkVerb.SUSPEND: _suspend,
    BulkVerb.RESUME: _resume,
    BulkVerb.CANCEL: _cancel,
}


async def _retry_some(ports: Ports, action: BulkAction) -> bool:
    def choose(tx: Transaction) -> tuple[Caller | None, Sequence[str]]:
        return _caller(tx, action), tx.bulks.left(action.id, RETRIES_PER_STEP)

    caller, run_ids = await ports.store.read(choose)
    retries = [] if caller is None else [_retry(ports, action, caller, each) for each in run_ids]
    results = await asyncio.gather(*retries, return_exceptions=True)
    if caller is None or any(isinstance(each, _NOT_ALLOWED) for each in results):
        stopped = await ports.store.write(partial(_stop, ports, action.id))
        return _goes_on(ports, stopped)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    after = await ports.store.read(lambda tx: tx.bulks.get(action.id))
    return after is not None and _goes_on(ports, after)


async def _retry(ports: Ports, action: BulkAction, caller: Caller, run_id: str) -> None:
    told = partial(_tell, ports, action.id, run_id)
    try:
        await retry_as(
            ports, caller, run_id, action.reason, told=partial(told, None), bulk=action.id
        )
    except Conflict as refusal:
        await ports.store.write(partial(told, refusal.code))


def _tell(ports: Ports, bulk_id: str, run_id: str, code: str | None, tx: Transaction) -> None:
    action = _working(tx, bulk_id)
    tx.bulks.save(bulk.told(action, [code], ports.now()), [run_id])


def _stop(ports: Ports, bulk_id: str, tx: Transaction) -> BulkAction:
    stopped = bulk.ended(_working(tx, bulk_id), BulkState.STOPPED, ports.now())
    tx.bulks.save(stopped, ())
    return stopped


def _goes_on(ports: Ports, action: BulkAction) -> bool:
    if action.state is BulkState.WORKING:
        return True
    ports.engine.ended(action.id)
    return False


_NOT_ALLOWED = (Unauthenticated, Forbidden)


def _caller(tx: Transaction, action: BulkAction) -> Caller | None:
    """Who began it; None when that key may do this no longer."""
    key = tx.api_keys.get(action.actor)
    environment = tx.environments.get(action.environment_id)
    if key is None or environment is None:
        return None
    caller = Caller(key, environment)
    try:
        admit(tx, caller, Role.OPERATOR)
    except _NOT_ALLOWED:
        return None
    return caller


def _working(tx: Transaction, bulk_id: str) -> BulkAction:
    found = tx.bulks.get(bulk_id)
    if found is None:
        raise AssertionError(f"bulk action {bulk_id} is stored as long as it is worked off")
    return found


def _run(tx: Transaction, run_id: str) -> Run:
    found = tx.runs.get(run_id)
    if found is None:
        raise AssertionError(f"run {run_id} is stored as long as a bulk action names it")
    return found
