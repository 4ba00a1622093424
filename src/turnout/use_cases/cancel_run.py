"""Cancel a run: it ends now, and nothing it waited for is wanted any more."""

import json
from dataclasses import replace

from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant
from turnout.domain.journal import EntryKind
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.domain.run import Phase, Run
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Progress, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.workers import NewEntry


async def cancel_run(ports: Ports, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """Cancel it, whatever it is doing. No worker is asked, so it works under any load.

    Raises:
        NotFound: no such run here.
        Conflict: it is over already.
    """

    def work(tx: Transaction) -> Run:
        admit(tx, caller, Role.OPERATOR)
        run = find.run(tx, caller, run_id)
        return once(
            tx,
            caller,
            ports.now(),
            do=lambda: cancel_in(tx, run, caller.by(ports.now(), reason)),
            subject=lambda done: done.id,
            again=lambda id_: find.run(tx, caller, id_),
        )

    cancelled = await ports.store.write(work)
    ports.engine.withdrawn(run_id)
    ports.engine.ended(run_id)
    return cancelled


def cancel_in(tx: Transaction, run: Run, by: By, **why: str) -> Run:
    """Cancel a run within a transaction; afterwards the engine must hear of it.

    Args:
        why: what else the audit entry tells.

    Raises:
        Conflict: it is over already; nothing was written.
    """
    if run.phase.ended:
        raise Conflict("run_ended", f"This run is {run.phase.value} already.")
    by = replace(by, at=max(by.at, tx.runs.last_at(run.id)))
    cancelled = replace(run, phase=Phase.CANCELLED, ended_at=by.at, sequence=run.sequence + 2)
    entries = (
        _entry(run.sequence + 1, EntryKind.CANCELLED, by.at, {"reason": by.reason}),
        _entry(run.sequence + 2, EntryKind.ENDED, by.at, {"phase": Phase.CANCELLED.value}),
    )
    tx.runs.append(Progress(cancelled, entries, state=None, despite_suspension=True))
    after: JsonObject = {"phase": cancelled.phase.value, **why}
    record(
        tx,
        "run.cancel",
        run.id,
        by,
        environment_id=run.environment_id,
        before={"phase": run.phase.value},
        after=after,
    )
    return cancelled


def _entry(sequence: int, kind: EntryKind, at: Instant, body: dict[str, str]) -> NewEntry:
    return NewEntry(sequence, kind, at, json.dumps(body).encode())
