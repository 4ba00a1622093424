"""Save a workflow's draft: its first text, or the next revision."""

from turnout.domain import draft as drafts
from turnout.domain import workflow as workflows
from turnout.domain.audit import text_digest
from turnout.domain.by import By
from turnout.domain.draft import Draft
from turnout.domain.errors import Stale, TooLarge
from turnout.domain.ids import Prefix
from turnout.domain.json import JsonObject
from turnout.domain.problem import Problem
from turnout.domain.role import Role
from turnout.domain.workflow import Workflow
from turnout.use_cases import find
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.workers import Checked


async def save_draft(
    ports: Ports, caller: Caller, reference: str, definition: str, *, revision: int | None
) -> Draft:
    """Create the draft (``revision`` None) or replace its text (the revision it started from).

    Any bounded text is kept, its problems listed; only publishing needs it to be right.

    Raises:
        Stale: another revision is stored, or a draft exists (creating) or is gone (saving).
        TooLarge: the text has more than 1 MiB.
    """
    caller.key.role.require(Role.EDITOR)
    checked = await check_text(ports, definition, group=reference)

    def work(tx: Transaction) -> Draft:
        admit(tx, caller, Role.EDITOR)
        by = caller.by(ports.now())
        workflow = find.workflow(tx, reference)
        workflows.require_open(workflow)
        before = tx.drafts.of(workflow.id)
        if revision is None:
            after = _create(tx, ports, workflow, before, definition, checked.problems, by)
        else:
            after = _save(tx, before, definition, revision, checked.problems, by)
        record(
            tx,
            "draft.save",
            after.id,
            by,
            before=described(before),
            after=described(after),
        )
        return after

    return await ports.store.write(work)


async def check_text(ports: Ports, definition: str, *, group: str) -> Checked:
    """Check a text that may be too large to be a definition at all.

    Args:
        group: the workflow whose text it is.

    Raises:
        TooLarge: the text has more than 1 MiB.
    """
    if len(definition) > drafts.MAX_BYTES:
        raise TooLarge(
            "too_large",
            f"The definition has over {drafts.MAX_BYTES} bytes, which is the limit.",
            "/data/attributes/definition",
        )
    return await ports.workers.check(definition, group=group)


def described(draft: Draft | None) -> JsonObject | None:
    """A draft in the audit log: its revision and the digest of its text."""
    if draft is None:
        return None
    return {"revision": draft.revision, "definition": text_digest(draft.definition)}


def _create(
    tx: Transaction,
    ports: Ports,
    workflow: Workflow,
    before: Draft | None,
    definition: str,
    problems: tuple[Problem, ...],
    by: By,
) -> Draft:
    if before is not None:
        raise Stale(
            "stale_object",
            f"There is a draft already, at revision {before.revision}; save on top of it.",
            before.revision,
        )
    latest = tx.versions.numbered(workflow.id, workflow.versions)
    draft = drafts.create(
        ports.ids.new(Prefix.VERSION),
        workflow.id,
        definition,
        revision=workflow.revisions + 1,
        based_on=latest.id if latest else None,
        problems=problems,
        by=by,
    )
    tx.drafts.add(draft)
    return draft


def _save(
    tx: Transaction,
    before: Draft | None,
    definition: str,
    revision: int,
    problems: tuple[Problem, ...],
    by: By,
) -> Draft:
    if before is None:
        raise Stale("stale_object", "The draft is gone: it was published or discarded.", 0)
    after = drafts.save(before, definition, revision=revision, problems=problems, by=by)
    tx.drafts.save(after)
    return after
