"""Change a workflow's name, description, assignment key or outcome expression."""

from turnout.domain import workflow as workflows
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.create_workflow import check_settings
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record


async def update_workflow(
    ports: Ports, caller: Caller, reference: str, changes: dict[str, str | None]
) -> Workflow:
    """Change it; a running rollout keeps the assignment key it began with (I5).

    Args:
        changes: by attribute of ``Workflow``: name, description, assignment_key, outcome.

    Raises:
        Invalid: a value that cannot be one.
        Conflict: the workflow is archived.
    """
    caller.key.role.require(Role.EDITOR)
    await check_settings(
        ports,
        None,
        assignment_key=changes.get("assignment_key"),
        outcome=changes.get("outcome"),
        group=reference,
    )

    def work(tx: Transaction) -> Workflow:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        before = find.workflow(tx, reference)
        after = workflows.update(before, by.at, **changes)
        tx.workflows.save(after)
        tx.gates.touch(after.id)
        record(
            tx,
            "workflow.update",
            after.id,
            by,
            before=_shown(before, changes),
            after=_shown(after, changes),
        )
        return after

    return await ports.store.write(work)


def _shown(workflow: Workflow, changes: dict[str, str | None]) -> JsonObject:
    return {name.replace("_", "-"): getattr(workflow, name) for name in changes}
