"""Put a published version live: what promote and revert have in common."""

from dataclasses import dataclass

from turnout.domain import gate as gates
from turnout.domain import workflow as workflows
from turnout.domain.role import Role
from turnout.domain.rollout import Rollout, RolloutKind
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.new_ids import new_ids
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record_change


@dataclass(frozen=True, slots=True)
class Redeployment:
    """Which published version to put live, at which share, and why."""

    version_id: str
    basis_points: int
    description: str = ""
    supersede: bool = False


async def redeploy(
    ports: Ports, caller: Caller, reference: str, kind: RolloutKind, wanted: Redeployment
) -> Rollout:
    """Deploy a version again (revert) or for the first time here (promote).

    Raises:
        NotFound: no such workflow, or no such version of it.
        Conflict: as ``rollout.deploy`` says.
        Invalid: the first deploy in this environment at less than 100 %.
        Forbidden: only a revert to the control is an operator's; the rest needs a publisher.
    """

    def work(tx: Transaction) -> Rollout:
        admit(tx, caller, Role.OPERATOR)
        by = caller.by(ports.now(), wanted.description)
        return once(
            tx,
            caller,
            by.at,
            do=lambda: _redeploy(tx, ports, caller, reference, kind, wanted),
            subject=lambda made: made.id,
            again=lambda id_: find.rollout(tx, caller, id_),
        )

    return await ports.store.write(work)


def _redeploy(
    tx: Transaction,
    ports: Ports,
    caller: Caller,
    reference: str,
    kind: RolloutKind,
    wanted: Redeployment,
) -> Rollout:
    workflow = find.workflow(tx, reference)
    gate = find.gate(tx, caller, workflow)
    to_control = gate.rollout is not None and gate.rollout.control == wanted.version_id
    if kind is not RolloutKind.REVERT or not to_control:
        caller.key.role.require(Role.PUBLISHER)
    workflows.require_open(workflow)
    version = find.version(tx, wanted.version_id, of=workflow)
    by = caller.by(ports.now(), wanted.description)
    change = gates.deploy(
        gate,
        kind,
        version.id,
        wanted.basis_points,
        was_live=tx.gates.was_live(gate.environment_id, version.id),
        supersede=wanted.supersede,
        assignment_key=workflow.assignment_key,
        ids=new_ids(ports),
        by=by,
    )
    tx.gates.apply(change, generation=gate.generation)
    record_change(tx, f"version.{kind.value}", change, gate.deployment, by)
    return change.rollout
