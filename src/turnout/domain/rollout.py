"""Rollouts: the staged introduction of one version against the one that was live.

What may begin, change or end one is decided in ``gate``.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from turnout.domain.assignment import FULL
from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant


class RolloutState(StrEnum):
    """``active`` until it ends, once, as one of the others."""

    ACTIVE = "active"
    COMPLETED = "completed"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"


class RolloutKind(StrEnum):
    """What brought the treatment in."""

    PUBLISH = "publish"
    PROMOTE = "promote"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Rollout:
    """One version's way into traffic, from its deploy to its end.

    Attributes:
        id: ``rol_…``; also the salt of its assignments, to its end (I5).
        treatment: id of the version that is introduced.
        control: id of the version that was alone at 100 %, or None on the first deploy.
        basis_points: the treatment's share; 10000 when completed, 0 when stopped, and the last
            one when superseded.
        assignment_key: the workflow's expression when the rollout began, kept to its end (I5).
        revision: counts share changes and the end, from 1; what If-Match names.
        reason: what was said at its end.
    """

    id: str
    environment_id: str
    workflow_id: str
    kind: RolloutKind
    state: RolloutState
    treatment: str
    control: str | None
    basis_points: int
    assignment_key: str | None
    revision: int
    started_at: Instant
    started_by: str
    ended_at: Instant | None
    ended_by: str | None
    reason: str

    @property
    def salt(self) -> str:
        """What its assignments are hashed with."""
        return self.id


def begin(
    id_: str,
    environment_id: str,
    workflow_id: str,
    kind: RolloutKind,
    version_id: str,
    control: str | None,
    basis_points: int,
    assignment_key: str | None,
    by: By,
) -> Rollout:
    """A new rollout; one at 100 % is born completed."""
    full = basis_points == FULL
    return Rollout(
        id=id_,
        environment_id=environment_id,
        workflow_id=workflow_id,
        kind=kind,
        state=RolloutState.COMPLETED if full else RolloutState.ACTIVE,
        treatment=version_id,
        control=control,
        basis_points=basis_points,
        assignment_key=assignment_key,
        revision=1,
        started_at=by.at,
        started_by=by.actor,
        ended_at=by.at if full else None,
        ended_by=by.actor if full else None,
        reason="",
    )


def ended(rollout: Rollout, state: RolloutState, basis_points: int, by: By) -> Rollout:
    """A rollout at its end, with the share that it ended at."""
    return replace(
        rollout,
        state=state,
        basis_points=basis_points,
        revision=rollout.revision + 1,
        ended_at=by.at,
        ended_by=by.actor,
        reason=by.reason,
    )


def require_active(rollout: Rollout) -> None:
    """Refuse to change a rollout that is over.

    Raises:
        Conflict: it is; ends are final.
    """
    if rollout.state is not RolloutState.ACTIVE:
        raise Conflict(
            "rollout_ended",
            f"This rollout is {rollout.state.value} already, which is final; "
            "publish, promote or revert to begin another.",
        )
