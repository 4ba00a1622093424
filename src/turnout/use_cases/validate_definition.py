"""Check a definition without storing anything."""

from turnout.domain.role import Role
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports
from turnout.use_cases.save_draft import check_text
from turnout.use_cases.workers import Checked


async def validate_definition(
    ports: Ports, caller: Caller, reference: str, definition: str | None
) -> Checked:
    """Check a text, or the stored draft when none is given.

    Raises:
        NotFound: no such workflow, or no text and no draft.
        TooLarge: the text has more than 1 MiB.
    """
    caller.key.role.require(Role.VIEWER)
    workflow = await ports.store.read(lambda tx: find.workflow(tx, reference))
    if definition is None:
        definition = (await ports.store.read(lambda tx: find.draft(tx, workflow))).definition
    return await check_text(ports, definition, group=reference)
