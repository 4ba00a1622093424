"""Restore a version: copy it into the draft, to edit and publish again."""

from turnout.domain import draft as drafts
from turnout.domain import workflow as workflows
from turnout.domain.by import By
from turnout.domain.draft import Draft
from turnout.domain.errors import NotFound
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.domain.version import Version
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.discard_draft import put_aside
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.save_draft import described


async def restore_version(
    ports: Ports, caller: Caller, version_id: str, *, set_aside: bool = False
) -> Draft:
    """Make a draft of a published version.

    Raises:
        Conflict: a draft is in the way and ``set_aside`` is False, or the workflow is archived.
        NotFound: there is no such version.
    """

    def work(tx: Transaction) -> Draft:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        version = find.version(tx, version_id)
        return once(
            tx,
            caller,
            by.at,
            do=lambda: _restore(tx, ports, version, by, set_aside=set_aside),
            subject=lambda made: made.id,
            again=lambda id_: _again(tx, id_),
        )

    return await ports.store.write(work)


def _restore(tx: Transaction, ports: Ports, version: Version, by: By, *, set_aside: bool) -> Draft:
    workflow = find.workflow(tx, version.workflow_id)
    workflows.require_open(workflow)
    before = tx.drafts.of(version.workflow_id)
    drafts.require_none(before, set_aside=set_aside)
    if before is not None:
        workflow = put_aside(tx, workflow, before, by)
    draft = drafts.create(
        ports.ids.new(Prefix.VERSION),
        version.workflow_id,
        version.definition,
        revision=workflow.revisions + 1,
        based_on=version.id,
        # It was published, so it has no errors.
        problems=(),
        by=by,
    )
    tx.drafts.add(draft)
    record(
        tx,
        "version.restore",
        version.id,
        by,
        before=described(before),
        after={"draft": draft.id},
    )
    return draft


def _again(tx: Transaction, id_: str) -> Draft:
    draft = tx.drafts.get(id_)
    if draft is None:
        raise NotFound("no_draft", "That draft was published or discarded since.")
    return draft
