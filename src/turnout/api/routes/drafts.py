"""Drafts: read, save, discard, check."""

from typing import Any

from turnout.api.attributes import Attributes, DefinitionText
from turnout.api.documents import Loader, Resource, document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.preconditions import Tags, based_on, etag, read_tags
from turnout.api.resources.definitions import CHECK
from turnout.api.resources.versions import VERSION, problem_object, version_resource
from turnout.api.resources.workflows import load_workflow
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import WORKFLOW_ID
from turnout.api.routes.workflows import definition_text
from turnout.domain.errors import PreconditionRequired
from turnout.domain.problem import Severity
from turnout.use_cases.discard_draft import discard_draft
from turnout.use_cases.read_drafts import read_draft
from turnout.use_cases.read_versions import read_version
from turnout.use_cases.save_draft import save_draft
from turnout.use_cases.validate_definition import validate_definition

LOADERS: dict[str, Loader] = {"workflow": load_workflow}


class SaveDraft(Attributes):
    """The text of a draft."""

    definition: DefinitionText | dict[str, Any]


class CheckDefinition(Attributes):
    """A text to check; without one, the stored draft is."""

    definition: DefinitionText | dict[str, Any] | None = None


async def show(call: Call) -> Answer:
    """Read the draft; 304 when the client has this revision."""
    draft = await read_draft(call.ports, call.caller, call.id)
    seen = read_tags("If-None-Match", call.headers.get(b"if-none-match"))
    if seen is not None and seen.matches_weakly(draft.revision):
        return Answer(None, 304, {"etag": etag(draft.revision)})
    return await draft_answer(call, draft.id, draft.revision)


async def save(call: Call) -> Answer:
    """Create the draft, or save its next revision."""
    definition = definition_text(call.attributes(SaveDraft).definition)
    revision = await _revision_to_save(call)
    saved = await save_draft(call.ports, call.caller, call.id, definition, revision=revision)
    return await draft_answer(
        call, saved.id, saved.revision, status=201 if revision is None else 200
    )


async def discard(call: Call) -> Answer:
    """Set the draft aside."""
    revision = await based_on(if_match(call), lambda: draft_revision(call))
    await discard_draft(call.ports, call.caller, call.id, revision=revision)
    return Answer(None, 204)


async def validate(call: Call) -> Answer:
    """Check a definition; nothing is stored."""
    sent = call.attributes(CheckDefinition).definition
    text = None if sent is None else definition_text(sent)
    checked = await validate_definition(call.ports, call.caller, call.id, text)
    valid = all(each.severity is not Severity.ERROR for each in checked.problems)
    attributes = {
        "valid": valid,
        "problems": [problem_object(each) for each in checked.problems],
    }
    # What was checked has no id of its own: the text itself may be new.
    return Answer(await document(call, Resource(CHECK, checked.content_hash or "none", attributes)))


async def draft_answer(call: Call, draft_id: str, revision: int, *, status: int = 200) -> Answer:
    """The draft with its text and entity tag."""
    view = await read_version(call.ports, call.caller, draft_id)
    resource = version_resource(view, definition=True)
    shown = resource.attributes["revision"] or revision
    return Answer(await document(call, resource, loaders=LOADERS), status, {"etag": etag(shown)})


def if_match(call: Call) -> Tags | None:
    """The If-Match header."""
    return read_tags("If-Match", call.headers.get(b"if-match"))


async def draft_revision(call: Call) -> int:
    """The revision that is stored now."""
    return (await read_draft(call.ports, call.caller, call.id)).revision


async def _revision_to_save(call: Call) -> int | None:
    """The revision that a save is based on; None creates the draft.

    Raises:
        PreconditionRequired: the request says neither.
    """
    unless = read_tags("If-None-Match", call.headers.get(b"if-none-match"))
    revision = await based_on(if_match(call), lambda: draft_revision(call))
    if revision is not None:
        return revision
    if unless is None or not unless.anything:
        raise PreconditionRequired(
            "precondition_required",
            "Send `If-None-Match: *` to create the draft, or `If-Match` with the ETag of the "
            "revision that you changed.",
        )
    return None


OPERATIONS = (
    Operation(
        "GET",
        "/workflows/{id}/draft",
        "read-draft",
        "Read the draft with its text",
        show,
        (Shown(VERSION, tagged=True), Shown(None, 304, tagged=True)),
        refusals=(404,),
        preconditions=("If-None-Match",),
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "PUT",
        "/workflows/{id}/draft",
        "save-draft",
        "Create the draft (`If-None-Match: *`) or save its next revision (`If-Match`)",
        save,
        (Shown(VERSION, tagged=True), Shown(VERSION, 201, tagged=True)),
        body=attributes_body(SaveDraft),
        refusals=(404, 409, 412, 422, 428),
        preconditions=("If-Match", "If-None-Match"),
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "DELETE",
        "/workflows/{id}/draft",
        "discard-draft",
        "Set the draft aside; restoring its id brings it back",
        discard,
        (Shown(None, 204),),
        refusals=(404, 412),
        preconditions=("If-Match",),
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "POST",
        "/workflows/{id}/draft/validate",
        "validate-definition",
        "Check a definition, or the stored draft; nothing is stored",
        validate,
        (Shown(CHECK),),
        body=attributes_body(CheckDefinition),
        refusals=(404, 422),
        path_patterns=WORKFLOW_ID,
    ),
)
