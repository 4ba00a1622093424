"""Deployments and their shares; the gates that point to them use these."""

from typing import Any

from sqlalchemy import bindparam, insert, select

from turnout.domain.assignment import ArmLabel
from turnout.domain.deployment import Deployment, Share
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import deployment_shares, deployments

_C, _S = deployments.c, deployment_shares.c
_BY_ID = Prepared(
    select(_C.environment_id, _C.workflow_id, _C.rollout_id, _C.created_at, _C.created_by).where(
        _C.id == bindparam("id_")
    ),
    "id_",
)
_SHARE = Prepared(
    select(_S.version_id, _S.basis_points, _S.label).where(
        _S.deployment_id == bindparam("id_"), _S.label == bindparam("label_")
    ),
    "id_",
    "label_",
)


def load(session: Session, id_: str) -> Deployment | None:
    """A deployment with its shares, the treatment's first."""
    row = session.find(_BY_ID, id_)
    if row is None:
        return None
    environment_id, workflow_id, rollout_id, created_at, created_by = row
    found = [session.find(_SHARE, id_, label) for label in (ArmLabel.TREATMENT, ArmLabel.CONTROL)]
    shares = tuple(Share(*share) for share in found if share)
    return Deployment(id_, environment_id, workflow_id, shares, rollout_id, created_at, created_by)


def add(session: Session, deployment: Deployment) -> None:
    """Store it, for ever."""
    session.execute(
        insert(deployments).values(
            id=deployment.id,
            environment_id=deployment.environment_id,
            workflow_id=deployment.workflow_id,
            rollout_id=deployment.rollout_id,
            created_at=deployment.created_at,
            created_by=deployment.created_by,
        )
    )
    session.execute(
        insert(deployment_shares), [_share_values(deployment, share) for share in deployment.shares]
    )


def _share_values(deployment: Deployment, share: Share) -> dict[str, Any]:
    return {
        "deployment_id": deployment.id,
        "label": share.label,
        "environment_id": deployment.environment_id,
        "version_id": share.version_id,
        "basis_points": share.basis_points,
    }
