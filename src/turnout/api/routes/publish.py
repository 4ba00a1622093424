"""Into traffic: publish a draft, promote a version, revert to one."""

from pydantic import Field

from turnout.api.attributes import Attributes, Percentage, Text
from turnout.api.documents import Loader, Resource, document
from turnout.api.errors import BadHeader
from turnout.api.operation import Answer, Call, Operation, Shown
from turnout.api.preconditions import based_on, etag
from turnout.api.query import id_pattern
from turnout.api.resources.deployments import DEPLOYMENT, deployment_resource
from turnout.api.resources.rollouts import ROLLOUT, rollout_resource
from turnout.api.resources.versions import VERSION, load_version, version_resource
from turnout.api.resources.workflows import load_workflow
from turnout.api.routes.bodies import attributes_body
from turnout.api.routes.drafts import draft_revision, if_match
from turnout.api.routes.paths import WORKFLOW_ID
from turnout.domain.deployment import Deployment, basis_points
from turnout.domain.ids import Prefix
from turnout.use_cases import promote as promotion
from turnout.use_cases import publish as publishing
from turnout.use_cases import revert as reversion
from turnout.use_cases.publish import Publication
from turnout.use_cases.read_rollouts import read_rollout
from turnout.use_cases.read_versions import read_version
from turnout.use_cases.read_workflows import read_workflow
from turnout.use_cases.redeploy import Redeployment

LOADERS: dict[str, Loader] = {"workflow": load_workflow, "workflow-version": load_version}
_SHARE = "/data/attributes/rollout-percentage"


class Publish(Attributes):
    """What to publish, at which share; the revision may stand in If-Match instead."""

    revision: int | None = Field(default=None, ge=1, le=2**31)
    description: Text = ""
    rollout_percentage: Percentage = 100
    supersede: bool = False


class Promote(Attributes):
    """Which version to promote, at which share."""

    version_id: str = Field(pattern=id_pattern(Prefix.VERSION))
    rollout_percentage: Percentage = 100
    description: Text = ""
    supersede: bool = False


class Revert(Attributes):
    """Which version to revert to, at which share."""

    version_id: str = Field(pattern=id_pattern(Prefix.VERSION))
    rollout_percentage: Percentage = 100
    description: Text = ""


async def publish(call: Call) -> Answer:
    """Lock the draft as a version and deploy it."""
    sent = call.attributes(Publish)
    points = basis_points(sent.rollout_percentage, pointer=_SHARE)
    named = if_match(call)
    if sent.revision is not None and named is not None and not named.matches(sent.revision):
        raise BadHeader(
            "If-Match", f"It does not name revision {sent.revision}, which the body does; send one."
        )
    # A repeat is answered before its revision is looked for: publishing took the draft away.
    made = await publishing.published_before(call.ports, call.caller)
    if made is None:
        revision = sent.revision or await based_on(named, lambda: draft_revision(call))
        wanted = Publication(revision, points, sent.description, sent.supersede)
        made = await publishing.publish(call.ports, call.caller, call.id, wanted)
    version = version_resource(await read_version(call.ports, call.caller, made.version.id))
    rollout = rollout_resource(await read_rollout(call.ports, call.caller, made.rollout.id))
    included = [await _deployment(call, made.deployment), rollout]
    shown = await document(call, version, included=included, loaders=LOADERS)
    return Answer(shown, 201)


async def _deployment(call: Call, made: Deployment) -> Resource:
    """The deployment that was made; another may be in force by now."""
    now = (await read_workflow(call.ports, call.caller, made.workflow_id)).gate.deployment
    return deployment_resource(made, active=now is not None and now.id == made.id)


async def promote(call: Call) -> Answer:
    """Deploy a version that was never live here."""
    sent = call.attributes(Promote)
    points = basis_points(sent.rollout_percentage, pointer=_SHARE)
    wanted = Redeployment(sent.version_id, points, sent.description, sent.supersede)
    made = await promotion.promote(call.ports, call.caller, call.id, wanted)
    return await rollout_answer(call, made.id, status=201)


async def revert(call: Call) -> Answer:
    """Deploy a version that was live here before."""
    sent = call.attributes(Revert)
    points = basis_points(sent.rollout_percentage, pointer=_SHARE)
    wanted = Redeployment(sent.version_id, points, sent.description)
    made = await reversion.revert(call.ports, call.caller, call.id, wanted)
    return await rollout_answer(call, made.id, status=201)


async def rollout_answer(call: Call, rollout_id: str, *, status: int = 200) -> Answer:
    """A rollout as it stands now, with its entity tag."""
    view = await read_rollout(call.ports, call.caller, rollout_id)
    shown = await document(call, rollout_resource(view), loaders=LOADERS)
    return Answer(shown, status, {"etag": etag(view.rollout.revision)})


OPERATIONS = (
    Operation(
        "POST",
        "/workflows/{id}/publish",
        "publish-draft",
        "Lock the draft as the next version and deploy it",
        publish,
        (Shown(VERSION, 201, with_=(DEPLOYMENT, ROLLOUT)),),
        body=attributes_body(Publish),
        refusals=(404, 409, 412, 422, 428),
        preconditions=("If-Match",),
        once=True,
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "POST",
        "/workflows/{id}/promote",
        "promote-version",
        "Deploy a version that was never live in this environment",
        promote,
        (Shown(ROLLOUT, 201, tagged=True),),
        body=attributes_body(Promote),
        refusals=(404, 409, 422),
        once=True,
        path_patterns=WORKFLOW_ID,
    ),
    Operation(
        "POST",
        "/workflows/{id}/revert",
        "revert-version",
        "Deploy a version that was live in this environment before",
        revert,
        (Shown(ROLLOUT, 201, tagged=True),),
        body=attributes_body(Revert),
        refusals=(404, 409, 422),
        once=True,
        path_patterns=WORKFLOW_ID,
    ),
)
