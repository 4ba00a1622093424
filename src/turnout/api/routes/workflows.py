"""Workflows: create, read, change, pause, resume, archive, copy."""

from typing import Any

import orjson

from turnout.api.attributes import Attributes, DefinitionText, Text, WithReason
from turnout.api.documents import Loader, document, page_document
from turnout.api.json_body import json_bytes
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import choice, page, paging, text
from turnout.api.resources.versions import load_version
from turnout.api.resources.workflows import WORKFLOW, workflow_resource
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.paths import WORKFLOW_ID
from turnout.domain.draft import MAX_BYTES
from turnout.domain.ids import Prefix
from turnout.use_cases.archive_workflow import archive_workflow
from turnout.use_cases.copy_workflow import copy_workflow
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.pause_workflow import pause_workflow
from turnout.use_cases.read_workflows import list_workflows, read_workflow
from turnout.use_cases.update_workflow import update_workflow

LOADERS: dict[str, Loader] = {"workflow-version": load_version}

_INDENTED = 10_000
"""Values an object may have, about, to be written a line each: no more can be published anyway."""


class CreateWorkflow(Attributes):
    """What a workflow is made from."""

    name: Text
    handle: Text | None = None
    description: Text = ""
    assignment_key: Text | None = None
    outcome: Text | None = None
    definition: DefinitionText | dict[str, Any] | None = None


class UpdateWorkflow(Attributes):
    """What of a workflow may change; what is not sent stays."""

    name: Text = ""
    description: Text = ""
    assignment_key: Text | None = None
    outcome: Text | None = None


class CopyWorkflow(Attributes):
    """What the copy is called."""

    name: Text | None = None
    handle: Text | None = None


def definition_text(definition: str | dict[str, Any]) -> str:
    """A definition as text: as written, or an object as JSON.

    An object is written on lines, so that its problems have places, unless it is so large that
    its indentation would make it larger than a definition may be.

    Raises:
        BadRequest: an integer of more than 64 bits.
    """
    if isinstance(definition, str):
        return definition
    compact = json_bytes(definition)
    # What texts hold is counted too, so this is never too low; and it takes no time.
    if sum(map(compact.count, (b",", b"[", b"{"))) > _INDENTED:
        return compact.decode()
    indented = orjson.dumps(definition, option=orjson.OPT_INDENT_2)
    return (indented if len(indented) <= MAX_BYTES else compact).decode()


async def create(call: Call) -> Answer:
    """Create a workflow."""
    sent = call.attributes(CreateWorkflow)
    new = NewWorkflow(
        name=sent.name,
        handle=sent.handle,
        description=sent.description,
        assignment_key=sent.assignment_key,
        outcome=sent.outcome,
        definition=None if sent.definition is None else definition_text(sent.definition),
    )
    made = await create_workflow(call.ports, call.caller, new)
    return await answer(call, made.id, status=201)


async def index(call: Call) -> Answer:
    """List workflows."""
    found = await list_workflows(
        call.ports,
        call.caller,
        page(call.query),
        archived=call.query.get("filter[archived]") == "true",
        handle=call.query.get("filter[handle]"),
    )
    resources = [workflow_resource(each) for each in found.items]
    return Answer(await page_document(call, resources, found, loaders=LOADERS))


async def show(call: Call) -> Answer:
    """Read a workflow."""
    return await answer(call, call.id)


async def update(call: Call) -> Answer:
    """Change what was sent."""
    sent = call.attributes(UpdateWorkflow)
    changes = {name: getattr(sent, name) for name in sent.model_fields_set}
    changed = await update_workflow(call.ports, call.caller, call.id, changes)
    return await answer(call, changed.id)


async def pause(call: Call) -> Answer:
    """Pause a workflow here."""
    return await _pause(call, paused=True)


async def resume(call: Call) -> Answer:
    """Let it go on."""
    return await _pause(call, paused=False)


async def _pause(call: Call, *, paused: bool) -> Answer:
    reason = call.attributes(WithReason).reason
    done = await pause_workflow(call.ports, call.caller, call.id, paused=paused, reason=reason)
    return await answer(call, done.id)


async def archive(call: Call) -> Answer:
    """Archive a workflow, everywhere."""
    reason = call.attributes(WithReason).reason
    done = await archive_workflow(call.ports, call.caller, call.id, reason=reason)
    return await answer(call, done.id)


async def copy(call: Call) -> Answer:
    """Copy a workflow."""
    sent = call.attributes(CopyWorkflow)
    made = await copy_workflow(call.ports, call.caller, call.id, name=sent.name, handle=sent.handle)
    return await answer(call, made.id, status=201)


async def answer(call: Call, reference: str, *, status: int = 200) -> Answer:
    """The workflow as it stands now."""
    view = await read_workflow(call.ports, call.caller, reference)
    return Answer(await document(call, workflow_resource(view), loaders=LOADERS), status)


_ONE = (Shown(WORKFLOW),)
_MADE = (Shown(WORKFLOW, 201),)


def _change(verb: str, summary: str, handler: Any) -> Operation:
    return Operation(
        "POST",
        f"/workflows/{{id}}/{verb}",
        f"{verb}-workflow",
        summary,
        handler,
        _ONE,
        body=attributes_body(WithReason),
        refusals=(404, 409),
        once=True,
        path_patterns=WORKFLOW_ID,
    )


OPERATIONS = (
    Operation(
        "GET",
        "/workflows",
        "list-workflows",
        "List workflows, newest first",
        index,
        (Shown(WORKFLOW, many=True),),
        query=(
            *paging(Prefix.WORKFLOW),
            choice("filter[archived]", "Archived ones instead.", ("true", "false")),
            text("filter[handle]", "The one with this handle."),
        ),
    ),
    Operation(
        "POST",
        "/workflows",
        "create-workflow",
        "Create a workflow",
        create,
        _MADE,
        body=attributes_body(CreateWorkflow),
        refusals=(409, 422),
        once=True,
    ),
    Operation(
        "GET",
        "/workflows/{id}",
        "read-workflow",
        "Read a workflow",
        show,
        _ONE,
        refusals=(404,),
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "PATCH",
        "/workflows/{id}",
        "update-workflow",
        "Change name, description, assignment key or outcome expression",
        update,
        _ONE,
        body=attributes_body(UpdateWorkflow),
        refusals=(404, 409, 422),
        path_patterns=WORKFLOW_ID,
    ),
    _change("pause", "Refuse new runs in this environment", pause),
    _change("resume", "Take new runs in this environment again", resume),
    _change("archive", "Take a workflow out of use, everywhere and for good", archive),
    Operation(
        "POST",
        "/workflows/{id}/copy",
        "copy-workflow",
        "Make a new workflow with the same settings and definition",
        copy,
        _MADE,
        body=attributes_body(CopyWorkflow),
        refusals=(404, 409, 422),
        once=True,
        path_patterns=WORKFLOW_ID,
    ),
)
