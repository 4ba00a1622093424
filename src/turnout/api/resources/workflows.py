"""Workflows as one environment sees them."""

from turnout.api.documents import Resource
from turnout.api.operation import Call, ResourceType
from turnout.api.resources.deployments import deployment_resource
from turnout.api.schema import INSTANT, INTEGER, STRING, one_of, or_null
from turnout.domain.instant import iso
from turnout.use_cases.read_workflows import WorkflowView, read_workflow

WORKFLOW = ResourceType(
    "workflow",
    {
        "name": STRING,
        "handle": STRING,
        "description": STRING,
        "assignment-key": or_null(STRING),
        "outcome": or_null(STRING),
        "status": one_of("running", "paused", "archived"),
        "versions": INTEGER,
        "revisions": INTEGER,
        "created-at": INSTANT,
        "updated-at": INSTANT,
        "archived-at": or_null(INSTANT),
    },
    {
        "latest-published-version": "workflow-version",
        "active-deployment": "workflow-deployment",
        "draft": "workflow-version",
    },
    ("latest-published-version", "active-deployment", "draft"),
)


def workflow_resource(view: WorkflowView) -> Resource:
    """A workflow."""
    workflow, deployment = view.workflow, view.gate.deployment
    archived = workflow.archived_at
    return Resource(
        WORKFLOW,
        workflow.id,
        {
            "name": workflow.name,
            "handle": workflow.handle,
            "description": workflow.description,
            "assignment-key": workflow.assignment_key,
            "outcome": workflow.outcome,
            "status": view.status,
            "versions": workflow.versions,
            "revisions": workflow.revisions,
            "created-at": iso(workflow.created_at),
            "updated-at": iso(workflow.updated_at),
            "archived-at": None if archived is None else iso(archived),
        },
        {
            "latest-published-version": view.latest.id if view.latest else None,
            "active-deployment": deployment.id if deployment else None,
            "draft": view.draft.id if view.draft else None,
        },
        related={
            "active-deployment": deployment_resource(deployment, active=True)
            if deployment
            else None
        },
    )


async def load_workflow(call: Call, id_: str) -> Resource:
    """Look one up, to be included."""
    return workflow_resource(await read_workflow(call.ports, call.caller, id_))
