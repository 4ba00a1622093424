"""Versions: read, describe, compare, restore."""

from turnout.api.attributes import Attributes, Text
from turnout.api.documents import Loader, Resource, document, page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import identifier, page, paging
from turnout.api.resources.definitions import DIFF
from turnout.api.resources.versions import VERSION, load_version, version_resource
from turnout.api.resources.workflows import load_workflow
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.drafts import draft_answer
from turnout.api.routes.paths import VERSION_ID, workflow_filter
from turnout.domain.ids import Prefix
from turnout.use_cases.compare_versions import compare_versions
from turnout.use_cases.describe_version import describe_version
from turnout.use_cases.read_versions import list_versions, read_version
from turnout.use_cases.restore_version import restore_version

LOADERS: dict[str, Loader] = {"workflow": load_workflow, "workflow-version": load_version}


class DescribeVersion(Attributes):
    """The one thing of a version that may change."""

    description: Text


class RestoreVersion(Attributes):
    """Whether a draft in the way is set aside."""

    set_aside: bool = False


async def index(call: Call) -> Answer:
    """List a workflow's versions."""
    found = await list_versions(
        call.ports, call.caller, call.query["filter[workflow-id]"], page(call.query)
    )
    resources = [version_resource(each) for each in found.items]
    return Answer(await page_document(call, resources, found, loaders=LOADERS))


async def show(call: Call) -> Answer:
    """Read a version or draft."""
    return await _answer(call, call.id)


async def describe(call: Call) -> Answer:
    """Edit the description."""
    text = call.attributes(DescribeVersion).description
    described = await describe_version(call.ports, call.caller, call.id, text)
    return await _answer(call, described.id)


async def definition(call: Call) -> Answer:
    """Read the text as written."""
    return await _answer(call, call.id, definition=True)


async def _answer(call: Call, id_: str, *, definition: bool = False) -> Answer:
    view = await read_version(call.ports, call.caller, id_)
    shown = version_resource(view, definition=definition)
    return Answer(await document(call, shown, loaders=LOADERS))


async def diff(call: Call) -> Answer:
    """Compare with another version or draft."""
    found = await compare_versions(call.ports, call.caller, call.id, against=call.query["against"])
    changes = [
        {
            "kind": each.kind.value,
            "path": each.path,
            "sentence": each.sentence,
            "before": each.before,
            "after": each.after,
        }
        for each in found.changes
    ]
    resource = Resource(
        DIFF,
        f"{found.old}..{found.new}",
        {"changes": changes},
        {"workflow-version": found.new, "against": found.old},
    )
    return Answer(await document(call, resource))


async def restore(call: Call) -> Answer:
    """Copy a version into the draft, or take up one that was set aside."""
    set_aside = call.attributes(RestoreVersion).set_aside
    made = await restore_version(call.ports, call.caller, call.id, set_aside=set_aside)
    return await draft_answer(call, made.id, made.revision, status=201)


OPERATIONS = (
    Operation(
        "GET",
        "/workflow-versions",
        "list-versions",
        "List a workflow's draft, treatment, control, then the rest",
        index,
        (Shown(VERSION, many=True),),
        query=(workflow_filter(required=True), *paging(Prefix.VERSION)),
        refusals=(404,),
    ),
    Operation(
        "GET",
        "/workflow-versions/{id}",
        "read-version",
        "Read a version or draft",
        show,
        (Shown(VERSION),),
        refusals=(404,),
        path_patterns=VERSION_ID,
    ),
    Operation(
        "PATCH",
        "/workflow-versions/{id}",
        "describe-version",
        "Edit a version's description",
        describe,
        (Shown(VERSION),),
        body=attributes_body(DescribeVersion),
        refusals=(404, 422),
        path_patterns=VERSION_ID,
    ),
    Operation(
        "GET",
        "/workflow-versions/{id}/definition",
        "read-definition",
        "Read a version or draft with its text as written",
        definition,
        (Shown(VERSION),),
        refusals=(404,),
        path_patterns=VERSION_ID,
    ),
    Operation(
        "GET",
        "/workflow-versions/{id}/diff",
        "compare-versions",
        "What changed from `against` to this version or draft",
        diff,
        (Shown(DIFF),),
        query=(
            identifier("against", "The older version or draft.", Prefix.VERSION, required=True),
        ),
        refusals=(404, 422),
        path_patterns=VERSION_ID,
    ),
    Operation(
        "POST",
        "/workflow-versions/{id}/restore",
        "restore-version",
        "Copy a version into the draft, or make a draft that was set aside the draft again",
        restore,
        (Shown(VERSION, 201, tagged=True),),
        body=attributes_body(RestoreVersion),
        refusals=(404, 409),
        once=True,
        path_patterns=VERSION_ID,
    ),
)
