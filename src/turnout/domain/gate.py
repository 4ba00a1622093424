"""Gates: what new runs obey, and every decision that changes it.

Here "publish", "promote", "revert", "complete", "stop" and "share change" are decided. Every
function takes the gate as it stands and returns the change to make, or refuses.
"""

from dataclasses import dataclass, replace

from turnout.domain import rollout as rollouts
from turnout.domain.assignment import FULL, ArmLabel
from turnout.domain.by import By
from turnout.domain.deployment import Deployment, Share
from turnout.domain.errors import Conflict, Invalid, PreconditionRequired, Stale
from turnout.domain.history import HistoryEvent, HistoryKind
from turnout.domain.rollout import Rollout, RolloutKind, RolloutState


@dataclass(frozen=True, slots=True)
class Gate:
    """What new runs of a workflow in an environment obey, from the moment of the commit (I7).

    Attributes:
        deployment: the one in force, or None before the first deploy.
        rollout: the active one, or None.
        generation: counts the gate's changes; every change compares and sets it.
        paused: whether new runs are refused.
    """

    environment_id: str
    workflow_id: str
    generation: int
    paused: bool
    deployment: Deployment | None
    rollout: Rollout | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision comes to; saved as a whole or not at all.

    Attributes:
        gate: as it will stand, one generation on.
        rollout: the rollout that the request was about.
        rollouts: every rollout to insert or update, ``rollout`` among them.
        events: for the version history, oldest first.
    """

    gate: Gate
    rollout: Rollout
    rollouts: tuple[Rollout, ...]
    events: tuple[HistoryEvent, ...]


@dataclass(frozen=True, slots=True)
class NewIds:
    """Fresh ids for what a decision may make."""

    rollout: str
    deployment: str


def deploy(
    gate: Gate,
    kind: RolloutKind,
    version_id: str,
    basis_points: int,
    *,
    was_live: bool,
    supersede: bool,
    assignment_key: str | None,
    ids: NewIds,
    by: By,
) -> Change:
    """Put a version live with a share: the one primitive behind publish, promote and revert.

    Args:
        basis_points: 1 … 10000.
        was_live: whether the version was ever live in this environment.
        supersede: end a running rollout for it (a revert always does).
        assignment_key: the workflow's present one, which the new rollout keeps.

    Raises:
        Conflict: never live here (revert), live before (promote), live alone already, the
            control itself at a share, or a running rollout in the way; says what to do.
        Invalid: the first deploy in an environment at less than 100 %.
    """
    _require_fit(gate, kind, version_id, was_live=was_live)
    active = gate.rollout
    if active and kind is RolloutKind.REVERT:
        if basis_points == FULL and version_id == active.control:
            return stop(gate, active, ids=ids, by=by)
        if basis_points == FULL and version_id == active.treatment:
            return complete(gate, active, ids=ids, by=by)
    _require_free(gate, version_id, supersede=supersede or kind is RolloutKind.REVERT)
    control = _last_alone(gate)
    if control is None and basis_points != FULL:
        raise Invalid(
            "first_deploy_not_full",
            "Nothing is live in this environment yet, so there is nothing to share with: "
            "the first deploy must be 100 percent.",
            "/data/attributes/rollout-percentage",
        )
    rollout = rollouts.begin(
        ids.rollout,
        gate.environment_id,
        gate.workflow_id,
        kind,
        version_id,
        control,
        basis_points,
        assignment_key,
        by,
    )
    after = _deployment(rollout, ids, by)
    ended = _superseded(active, by) if active else None
    return _change(gate, after, rollout, ended, by)


def set_share(
    gate: Gate, rollout: Rollout, basis_points: int, *, revision: int | None, ids: NewIds, by: By
) -> Change | None:
    """Change the treatment's share; 10000 completes and 0 stops. None: it is that share already.

    Raises:
        PreconditionRequired: no revision is named.
        Stale: the rollout changed since that revision.
        Conflict: the rollout has ended.
    """
    rollouts.require_active(rollout)
    if revision is None:
        raise PreconditionRequired(
            "precondition_required", "Say which state you saw: send If-Match with its ETag."
        )
    if revision != rollout.revision:
        raise Stale(
            "stale_object",
            f"The rollout changed: the treatment has {rollout.basis_points / 100:g} % now.",
            rollout.revision,
        )
    if basis_points in (0, FULL):
        return (stop if basis_points == 0 else complete)(gate, rollout, ids=ids, by=by)
    if basis_points == rollout.basis_points:
        return None
    changed = replace(rollout, basis_points=basis_points, revision=rollout.revision + 1)
    after = _deployment(changed, ids, by)
    event = _event(HistoryKind.SHARE_CHANGED, changed, changed.treatment, gate, after, by)
    return Change(_moved(gate, after, changed), changed, (changed,), (event,))


def complete(gate: Gate, rollout: Rollout, *, ids: NewIds, by: By) -> Change:
    """End a rollout: all new runs go to its treatment.

    Raises:
        Conflict: it has ended.
    """
    return _end(gate, rollout, RolloutState.COMPLETED, FULL, ids, by)


def stop(gate: Gate, rollout: Rollout, *, ids: NewIds, by: By) -> Change:
    """End a rollout: all new runs go to its control.

    Raises:
        Conflict: it has ended.
    """
    return _end(gate, rollout, RolloutState.STOPPED, 0, ids, by)


def _require_fit(gate: Gate, kind: RolloutKind, version_id: str, *, was_live: bool) -> None:
    if kind is RolloutKind.REVERT and not was_live:
        raise Conflict(
            "never_live",
            "This version was never live in this environment, so there is nothing to revert to; "
            "promote it instead.",
        )
    if gate.deployment and gate.deployment.alone == version_id:
        raise Conflict("already_live", "This version is live here already, alone at 100 percent.")
    if kind is RolloutKind.PROMOTE and was_live:
        raise Conflict(
            "was_live", "This version was live in this environment before; revert to it instead."
        )


def _require_free(gate: Gate, version_id: str, *, supersede: bool) -> None:
    active = gate.rollout
    if active is None:
        return
    if version_id == active.control:
        raise Conflict(
            "is_control",
            "This version is the running rollout's control and takes the rest of the traffic; "
            "lower the treatment's share, or stop the rollout.",
        )
    if not supersede:
        raise Conflict(
            "rollout_active",
            f"A rollout is active at {active.basis_points / 100:g} %. Complete it, stop it, or "
            "send `supersede: true` to end it for this one.",
        )


def _last_alone(gate: Gate) -> str | None:
    """The version that was last alone at 100 % here: the control of a new rollout."""
    if gate.rollout:
        return gate.rollout.control
    return gate.deployment.alone if gate.deployment else None


def _superseded(active: Rollout, by: By) -> Rollout:
    return rollouts.ended(active, RolloutState.SUPERSEDED, active.basis_points, by)


def _end(
    gate: Gate, rollout: Rollout, state: RolloutState, basis_points: int, ids: NewIds, by: By
) -> Change:
    rollouts.require_active(rollout)
    ended = rollouts.ended(rollout, state, basis_points, by)
    after = _deployment(ended, ids, by)
    kind = HistoryKind.COMPLETED if state is RolloutState.COMPLETED else HistoryKind.STOPPED
    event = _event(kind, ended, ended.treatment, gate, after, by)
    return Change(_moved(gate, after, None), ended, (ended,), (event,))


def _deployment(rollout: Rollout, ids: NewIds, by: By) -> Deployment:
    if rollout.state is RolloutState.ACTIVE:
        points = rollout.basis_points
        shares: tuple[Share, ...] = (
            Share(rollout.treatment, points, ArmLabel.TREATMENT),
            Share(str(rollout.control), FULL - points, ArmLabel.CONTROL),
        )
    else:
        stopped = rollout.state is RolloutState.STOPPED
        alone = str(rollout.control) if stopped else rollout.treatment
        shares = (Share(alone, FULL, ArmLabel.TREATMENT),)
    return Deployment(
        ids.deployment,
        rollout.environment_id,
        rollout.workflow_id,
        shares,
        rollout.id,
        by.at,
        by.actor,
    )


_BEGUN = {
    RolloutKind.PUBLISH: HistoryKind.PUBLISHED,
    RolloutKind.PROMOTE: HistoryKind.PROMOTED,
    RolloutKind.REVERT: HistoryKind.REVERTED_TO,
}


def _change(
    gate: Gate, after: Deployment, rollout: Rollout, ended: Rollout | None, by: By
) -> Change:
    events = []
    if ended:
        kind = HistoryKind.SUPERSEDED
        events.append(_event(kind, ended, ended.treatment, gate, after, by))
    events.append(_event(_BEGUN[rollout.kind], rollout, rollout.treatment, gate, after, by))
    active = rollout if rollout.state is RolloutState.ACTIVE else None
    rollouts = (ended, rollout) if ended else (rollout,)
    return Change(_moved(gate, after, active), rollout, rollouts, tuple(events))


def _moved(gate: Gate, after: Deployment, active: Rollout | None) -> Gate:
    return replace(gate, generation=gate.generation + 1, deployment=after, rollout=active)


def _event(
    kind: HistoryKind, rollout: Rollout, version_id: str, gate: Gate, after: Deployment, by: By
) -> HistoryEvent:
    return HistoryEvent(kind, rollout.id, version_id, gate.deployment, after, by)
