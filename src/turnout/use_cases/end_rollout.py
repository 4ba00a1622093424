"""End a rollout: complete it (all new runs to the treatment) or stop it (all to the control)."""

from turnout.domain import gate as gates
from turnout.domain import rollout as rollouts
from turnout.domain.role import Role
from turnout.domain.rollout import Rollout
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.new_ids import new_ids
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record_change


async def complete_rollout(
    ports: Ports, caller: Caller, rollout_id: str, *, reason: str = ""
) -> Rollout:
    """All new runs to the treatment, from the commit on (I7).

    Raises:
        NotFound: no such rollout here.
        Conflict: it has ended.
    """
    return await _end(ports, caller, rollout_id, "complete", Role.PUBLISHER, reason)


async def stop_rollout(
    ports: Ports, caller: Caller, rollout_id: str, *, reason: str = ""
) -> Rollout:
    """All new runs to the control, from the commit on (I7); runs in flight stay where they are.

    Raises:
        NotFound: no such rollout here.
        Conflict: it has ended.
    """
    return await _end(ports, caller, rollout_id, "stop", Role.OPERATOR, reason)


_DECIDE = {"complete": gates.complete, "stop": gates.stop}


async def _end(
    ports: Ports, caller: Caller, rollout_id: str, verb: str, role: Role, reason: str
) -> Rollout:
    def work(tx: Transaction) -> Rollout:
        admit(tx, caller, role)
        by = caller.by(ports.now(), reason)

        def end() -> Rollout:
            rollout = find.rollout(tx, caller, rollout_id)
            rollouts.require_active(rollout)
            gate = find.gate(tx, caller, find.workflow(tx, rollout.workflow_id))
            change = _DECIDE[verb](gate, rollout, ids=new_ids(ports), by=by)
            tx.gates.apply(change, generation=gate.generation)
            record_change(tx, f"rollout.{verb}", change, gate.deployment, by)
            return change.rollout

        return once(
            tx,
            caller,
            by.at,
            do=end,
            subject=lambda done: done.id,
            again=lambda id_: find.rollout(tx, caller, id_),
        )

    return await ports.store.write(work)
