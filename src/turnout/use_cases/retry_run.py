"""Retry a faulted run: the same run, on its version, from the failed task (I2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NoReturn

from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.journal import EntryKind
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.domain.run import Phase, Run
from turnout.interpreter.fold import Divergence
from turnout.use_cases import find
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import made_before, once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.read_runs import diverged
from turnout.use_cases.record import record


async def retry_run(ports: Ports, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """Send it on from where it failed, with a new idempotency key for that effect.

    Raises:
        NotFound: no such run here.
        Conflict: it is not faulted, or no new effect could change the fault; or its journal does
            not fit its definition, and it is suspended; or the caller's idempotency key was used
            for another request.
    """
    try:
        return await retry_as(ports, caller, run_id, reason)
    except Conflict:
        # What is in the way may be what this very request did when it came before.
        done = await ports.store.read(lambda tx: _done_before(tx, caller))
        if done is None:
            raise
        return done


async def retry_as(
    ports: Ports,
    caller: Caller,
    run_id: str,
    reason: str,
    *,
    told: Callable[[Transaction], None] | None = None,
    **why: str,
) -> Run:
    """Retry it once, whatever the caller's idempotency key was used for before.

    Args:
        told: what else belongs into the same transaction.
        why: what else the audit entry tells.

    Raises:
        NotFound, Conflict: as ``retry_run`` says.
    """

    def load(tx: Transaction) -> Run:
        admit(tx, caller, Role.OPERATOR)
        return find.run(tx, caller, run_id)

    by = caller.by(ports.now(), reason)
    run = await ports.store.read(load)
    _require_faulted(run)
    body = json.dumps({"reason": reason, "by": caller.key.id}).encode()

    def also(tx: Transaction, after: Run) -> None:
        admit(tx, caller, Role.OPERATOR)
        now = ports.now()
        once(
            tx,
            caller,
            now,
            do=lambda: _record(tx, run, after, replace(by, at=now), why),
            subject=lambda _: run.id,
            again=_refuse,
        )
        if told is not None:
            told(tx)

    try:
        retried = await advance_run(
            ports, run_id, Outside(EntryKind.RETRIED, body), allow=_require_faulted, also=also
        )
    except Divergence as error:
        raise diverged(error) from error
    if retried is None:
        raise Conflict(
            "retry_pointless",
            "This run failed on its own data, so a retry would fail the same way; correct the "
            "workflow or the input and run it again as a new run (rerun).",
        )
    return retried


def _record(tx: Transaction, run: Run, after: Run, by: By, why: Mapping[str, str]) -> None:
    became: JsonObject = {"phase": after.phase.value, **why}
    record(
        tx,
        "run.retry",
        run.id,
        by,
        environment_id=run.environment_id,
        before={"phase": run.phase.value},
        after=became,
    )


def _refuse(run_id: str) -> NoReturn:
    """Undo this transaction: the run faulted once more after this request had retried it."""
    raise Conflict("run_not_faulted", f"This request retried {run_id} before.")


def _done_before(tx: Transaction, caller: Caller) -> Run | None:
    made = made_before(tx, caller, caller.claim) if caller.claim else None
    return find.run(tx, caller, made) if made else None


def _require_faulted(run: Run) -> None:
    if run.phase is not Phase.FAULTED:
        raise Conflict(
            "run_not_faulted", f"Only a faulted run can be retried; this one is {run.phase.value}."
        )
