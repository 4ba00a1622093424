"""Resume a suspended run: it goes on exactly where it was."""

from dataclasses import dataclass, replace

from turnout.domain import suspension
from turnout.domain.by import By
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.domain.run import Run
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.workers import WantedEffect


@dataclass(frozen=True, slots=True)
class Resumed:
    """A run that goes on, and the effects that are wanted again."""

    run: Run
    effects: tuple[WantedEffect, ...]


async def resume_run(ports: Ports, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """Send it on: what was kept is delivered, and timers that came due meanwhile fire at once.

    Raises:
        NotFound: no such run here.
        Conflict: it is not suspended, or its journal does not fit its definition.
    """

    def work(tx: Transaction) -> Resumed:
        admit(tx, caller, Role.OPERATOR)
        by = caller.by(ports.now(), reason)
        return once(
            tx,
            caller,
            by.at,
            do=lambda: resume_in(tx, find.run(tx, caller, run_id), by),
            subject=lambda done: done.run.id,
            again=lambda id_: Resumed(find.run(tx, caller, id_), ()),
        )

    resumed = await ports.store.write(work)
    ports.engine.resumed(resumed.run, resumed.effects)
    return resumed.run


def resume_in(tx: Transaction, run: Run, by: By, **why: str) -> Resumed:
    """Resume a run within a transaction; afterwards the engine must hear of it.

    Args:
        why: what else the audit entry tells.

    Raises:
        Conflict: it is not suspended, or can never go on; nothing was written.
    """
    found = suspension.require_resumable(run, tx.suspensions.of([run.id]).get(run.id))
    open_ = tx.suspensions.end(found)
    after: JsonObject = {"phase": found.phase.value, **why}
    record(
        tx,
        "run.resume",
        run.id,
        by,
        environment_id=run.environment_id,
        before={"phase": run.phase.value},
        after=after,
    )
    return Resumed(replace(run, phase=found.phase), tuple(each.effect for each in open_))
