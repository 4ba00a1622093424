"""Deployments: which versions are live, with which share."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import INSTANT, PERCENTAGE, id_of, list_of, object_of, one_of, percent
from turnout.domain.deployment import Deployment
from turnout.domain.ids import Prefix
from turnout.domain.instant import iso

DEPLOYMENT = ResourceType(
    "workflow-deployment",
    {
        "status": one_of("active", "inactive"),
        "configuration": object_of(
            versions=list_of(
                object_of(
                    token=id_of(Prefix.VERSION),
                    percentage=PERCENTAGE,
                    label=one_of("treatment", "control"),
                )
            )
        ),
        "created-at": INSTANT,
    },
    {"workflow": "workflow", "rollout": "rollout", "creator": "api-key"},
)


def deployment_resource(deployment: Deployment, *, active: bool) -> Resource:
    """A deployment; ``active`` while it is the one in force."""
    return Resource(
        DEPLOYMENT,
        deployment.id,
        {
            "status": "active" if active else "inactive",
            "configuration": {
                "versions": [
                    {
                        "token": share.version_id,
                        "percentage": percent(share.basis_points),
                        "label": share.label.value,
                    }
                    for share in deployment.shares
                ]
            },
            "created-at": iso(deployment.created_at),
        },
        {
            "workflow": deployment.workflow_id,
            "rollout": deployment.rollout_id,
            "creator": deployment.created_by,
        },
    )
