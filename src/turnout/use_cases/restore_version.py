"""Restore: copy a version into the draft, or take up a draft again that was set aside."""

from dataclasses import replace

from turnout.domain import draft as drafts
from turnout.domain import workflow as workflows
from turnout.domain.by import By
from turnout.domain.draft import Draft
from turnout.domain.errors import NotFound
from turnout.domain.ids import Prefix
from turnout.domain.role import Role
from turnout.domain.version import Version
from turnout.domain.workflow import Workflow
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
    """Make a draft of a published version, or of a draft that was set aside.

    Args:
        version_id: of the version or of the draft, which keeps its id, text and base.
        set_aside: whether a draft in the way may be.

    Raises:
        Conflict: a draft is in the way and ``set_aside`` is False, or the workflow is archived.
        NotFound: there is no such version, and no such draft was set aside.
    """

    def work(tx: Transaction) -> Draft:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        return once(
            tx,
            caller,
            by.at,
            do=lambda: _restore(tx, ports, version_id, by, set_aside=set_aside),
            subject=lambda made: made.id,
            again=lambda id_: _again(tx, id_),
        )

    return await ports.store.write(work)


def _restore(tx: Transaction, ports: Ports, id_: str, by: By, *, set_aside: bool) -> Draft:
    aside = tx.drafts.get_set_aside(id_)
    source = find.version(tx, id_) if aside is None else aside
    workflow = find.workflow(tx, source.workflow_id)
    workflows.require_open(workflow)
    before = tx.drafts.of(workflow.id)
    drafts.require_none(before, set_aside=set_aside)
    if before is not None:
        workflow = put_aside(tx, workflow, before, by)
    if isinstance(source, Version):
        draft = _copy(ports, workflow, source, by)
        tx.drafts.add(draft)
    else:
        # Its revision was seen before others came; a new number says that it is back (I11).
        draft = replace(source, revision=workflow.revisions + 1, updated_at=by.at)
        tx.drafts.bring_back(draft)
    record(
        tx,
        "version.restore" if aside is None else "draft.restore",
        source.id,
        by,
        before=described(before),
        after={"draft": draft.id, **(described(draft) or {})},
    )
    return draft


def _copy(ports: Ports, workflow: Workflow, version: Version, by: By) -> Draft:
    return drafts.create(
        ports.ids.new(Prefix.VERSION),
        workflow.id,
        version.definition,
        revision=workflow.revisions + 1,
        based_on=version.id,
        # It was published, so it has no errors.
        problems=(),
        by=by,
    )


def _again(tx: Transaction, id_: str) -> Draft:
    draft = tx.drafts.get(id_)
    if draft is None:
        raise NotFound("no_draft", "That draft was published or discarded since.")
    return draft
