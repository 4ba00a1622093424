"""Drafts as people see them."""

from turnout.domain.draft import Draft
from turnout.use_cases import find
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Ports


async def read_draft(ports: Ports, caller: Caller, reference: str) -> Draft:
    """A workflow's draft.

    Raises:
        NotFound: no such workflow, or it has no draft.
    """
    return await ports.store.read(lambda tx: find.draft(tx, find.workflow(tx, reference)))
