"""Suspend a run: it stays where it is, and what comes for it is kept until it is resumed."""

from dataclasses import replace

from turnout.domain import suspension
from turnout.domain.by import By
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.domain.run import Phase, Run
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def suspend_run(ports: Ports, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """Suspend it; every later advance obeys. No worker is asked, so it works under any load.

    Calls that were sent already are not interrupted, and their answers are kept; no new ones
    begin, and no timer fires.

    Raises:
        NotFound: no such run here.
        Conflict: it is over, or suspended already.
    """

    def work(tx: Transaction) -> Run:
        admit(tx, caller, Role.OPERATOR)
        by = caller.by(ports.now(), reason)
        return once(
            tx,
            caller,
            by.at,
            do=lambda: suspend_in(tx, find.run(tx, caller, run_id), by),
            subject=lambda done: done.id,
            again=lambda id_: find.run(tx, caller, id_),
        )

    return await ports.store.write(work)


def suspend_in(tx: Transaction, run: Run, by: By, **why: str) -> Run:
    """Suspend a run within a transaction.

    Args:
        why: what else the audit entry tells.

    Raises:
        Conflict: it is over, or suspended already; nothing was written.
    """
    tx.suspensions.add(suspension.suspend(run, by))
    after: JsonObject = {"phase": Phase.SUSPENDED.value, **why}
    record(
        tx,
        "run.suspend",
        run.id,
        by,
        environment_id=run.environment_id,
        before={"phase": run.phase.value},
        after=after,
    )
    return replace(run, phase=Phase.SUSPENDED)
