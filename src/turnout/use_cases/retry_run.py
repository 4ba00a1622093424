"""Retry a faulted run: the same run, on its version, from the failed task (I2)."""

import json

from turnout.domain.errors import Conflict
from turnout.domain.journal import EntryKind
from turnout.domain.role import Role
from turnout.domain.run import Phase, Run
from turnout.use_cases import find
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def retry_run(ports: Ports, caller: Caller, run_id: str, *, reason: str = "") -> Run:
    """Send it on from where it failed, with a new idempotency key for that effect.

    Raises:
        NotFound: no such run here.
        Conflict: it is not faulted, or no new effect could change the fault.
    """

    def load(tx: Transaction) -> Run:
        admit(tx, caller, Role.OPERATOR)
        return find.run(tx, caller, run_id)

    run = await ports.store.read(load)
    _require_faulted(run)
    body = json.dumps({"reason": reason, "by": caller.key.id}).encode()

    def also(tx: Transaction, after: Run) -> None:
        admit(tx, caller, Role.OPERATOR)
        record(
            tx,
            "run.retry",
            run.id,
            caller.by(ports.now(), reason),
            environment_id=run.environment_id,
            before={"phase": run.phase.value},
            after={"phase": after.phase.value},
        )

    retried = await advance_run(
        ports, run_id, Outside(EntryKind.RETRIED, body), allow=_require_faulted, also=also
    )
    if retried is None:
        raise Conflict(
            "retry_pointless",
            "This run failed on its own data, so a retry would fail the same way; correct the "
            "workflow or the input and run it again as a new run (rerun).",
        )
    return retried


def _require_faulted(run: Run) -> None:
    if run.phase is not Phase.FAULTED:
        raise Conflict(
            "run_not_faulted", f"Only a faulted run can be retried; this one is {run.phase.value}."
        )
