"""Copy a workflow: a new one whose draft is the old one's, or its latest version's, definition."""

from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Ports, Transaction


async def copy_workflow(
    ports: Ports, caller: Caller, reference: str, *, name: str | None, handle: str | None
) -> Workflow:
    """Copy settings and definition; versions, runs and rollouts stay with the original.

    Args:
        name: the copy's; by default "Copy of …".

    Raises:
        Conflict: the handle is taken.
    """
    caller.key.role.require(Role.EDITOR)

    def load(tx: Transaction) -> tuple[Workflow, str | None]:
        original = find.workflow(tx, reference)
        draft = tx.drafts.of(original.id)
        if draft:
            return original, draft.definition
        latest = tx.versions.numbered(original.id, original.versions)
        return original, latest.definition if latest else None

    original, definition = await ports.store.read(load)
    new = NewWorkflow(
        name=f"Copy of {original.name}"[:200] if name is None else name,
        handle=handle,
        description=original.description,
        assignment_key=original.assignment_key,
        outcome=original.outcome,
        definition=definition,
    )
    return await create_workflow(ports, caller, new)
