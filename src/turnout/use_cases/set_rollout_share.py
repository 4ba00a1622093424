"""Change the share of a running rollout."""

from turnout.domain import gate as gates
from turnout.domain import rollout as rollouts
from turnout.domain.role import Role
from turnout.domain.rollout import Rollout
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.new_ids import new_ids
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record_change


async def set_rollout_share(
    ports: Ports, caller: Caller, rollout_id: str, basis_points: int, *, revision: int | None
) -> Rollout:
    """Set the treatment's share; 10000 completes the rollout and 0 stops it.

    Args:
        revision: the state of the rollout that the person saw.

    Raises:
        NotFound: no such rollout here.
        Stale: it changed since. PreconditionRequired: no revision is named.
        Conflict: it has ended.
    """

    def work(tx: Transaction) -> Rollout:
        admit(tx, caller, Role.PUBLISHER)
        by = caller.by(ports.now())
        rollout = find.rollout(tx, caller, rollout_id)
        rollouts.require_active(rollout)
        gate = find.gate(tx, caller, find.workflow(tx, rollout.workflow_id))
        change = gates.set_share(
            gate, rollout, basis_points, revision=revision, ids=new_ids(ports), by=by
        )
        if change is None:
            return rollout
        tx.gates.apply(change, generation=gate.generation)
        record_change(tx, "rollout.set-share", change, gate.deployment, by)
        return change.rollout

    return await ports.store.write(work)
