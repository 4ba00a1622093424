"""Pause a workflow in the caller's environment, or let it go on."""

from turnout.domain.errors import Conflict
from turnout.domain.gate import Gate
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow, require_open
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def pause_workflow(
    ports: Ports, caller: Caller, reference: str, *, paused: bool, reason: str = ""
) -> Workflow:
    """New runs are refused from the commit on (I7), or taken again; runs in flight go on.

    Raises:
        Conflict: it is paused (not paused) already, or archived.
    """

    def work(tx: Transaction) -> Workflow:
        admit(tx, caller, Role.PUBLISHER)
        workflow = find.workflow(tx, reference)
        return once(
            tx,
            caller,
            ports.now(),
            do=lambda: _pause(tx, ports, caller, workflow, paused, reason),
            subject=lambda done: done.id,
            again=lambda id_: find.workflow(tx, id_),
        )

    return await ports.store.write(work)


def _pause(
    tx: Transaction, ports: Ports, caller: Caller, workflow: Workflow, paused: bool, reason: str
) -> Workflow:
    require_open(workflow)
    gate = find.gate(tx, caller, workflow)
    _require_change(gate, workflow, paused)
    tx.gates.pause(gate, paused=paused)
    record(
        tx,
        "workflow.pause" if paused else "workflow.resume",
        workflow.id,
        caller.by(ports.now(), reason),
        environment_id=gate.environment_id,
        before={"paused": gate.paused},
        after={"paused": paused},
    )
    return workflow


def _require_change(gate: Gate, workflow: Workflow, paused: bool) -> None:
    if gate.paused == paused:
        code = "workflow_paused" if paused else "workflow_not_paused"
        state = "paused" if paused else "running"
        raise Conflict(code, f"{workflow.handle} is {state} in this environment already.")
