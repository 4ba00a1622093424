"""Discard a draft: it is set aside, and ``restore_version`` takes it up again by its id."""

from turnout.domain import draft as drafts
from turnout.domain import workflow as workflows
from turnout.domain.by import By
from turnout.domain.draft import Draft
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.save_draft import described


async def discard_draft(
    ports: Ports, caller: Caller, reference: str, *, revision: int | None = None
) -> Draft:
    """Set the draft aside; with ``revision``, only when it is still that one.

    Raises:
        NotFound: there is no draft.
        Stale: another revision is stored.
    """

    def work(tx: Transaction) -> Draft:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        workflow = find.workflow(tx, reference)
        draft = find.draft(tx, workflow)
        if revision is not None:
            drafts.require_revision(draft, revision)
        put_aside(tx, workflow, draft, by)
        record(tx, "draft.discard", draft.id, by, before=described(draft))
        return draft

    return await ports.store.write(work)


def put_aside(tx: Transaction, workflow: Workflow, draft: Draft, by: By) -> Workflow:
    """Take a draft out of the way; the workflow as it stands then."""
    after = workflows.without_draft(workflow, draft.revision)
    tx.drafts.set_aside(draft, by)
    tx.workflows.save(after)
    return after
