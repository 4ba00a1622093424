"""The version history of a workflow."""

from turnout.api.documents import Loader, document, page_document
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.query import moment, page, paging
from turnout.api.resources.deployments import DEPLOYMENT, deployment_resource
from turnout.api.resources.history import EVENT, event_resource
from turnout.api.resources.versions import load_version
from turnout.api.routes.paths import WORKFLOW_ID
from turnout.domain.ids import Prefix
from turnout.use_cases.read_history import read_history, read_history_at
from turnout.use_cases.read_workflows import read_workflow

LOADERS: dict[str, Loader] = {"workflow-version": load_version}


async def history(call: Call) -> Answer:
    """Events, newest first; with ``at``, the deployment that was in force then."""
    if "at" in call.query:
        return await _at(call, call.query["at"])
    view = await read_history(call.ports, call.caller, call.id, page(call.query))
    resources = [event_resource(each, view) for each in view.events.items]
    return Answer(await page_document(call, resources, view.events, loaders=LOADERS))


async def _at(call: Call, instant: int) -> Answer:
    then = (await read_history_at(call.ports, call.caller, call.id, instant)).deployment
    if then is None:
        return Answer(await document(call, None))
    now = (await read_workflow(call.ports, call.caller, call.id)).gate.deployment
    active = now is not None and now.id == then.id
    return Answer(await document(call, deployment_resource(then, active=active)))


OPERATIONS = (
    Operation(
        "GET",
        "/workflows/{id}/history",
        "read-history",
        "List what happened to the versions here, or with `at` what was live then",
        history,
        (Shown(EVENT, many=True), Shown(DEPLOYMENT, nullable=True)),
        query=(*paging(Prefix.EVENT), moment("at", "What was live at this instant?")),
        refusals=(404,),
        path_patterns=WORKFLOW_ID,
    ),
)
