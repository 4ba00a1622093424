"""Rollouts with their arms."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import (
    INSTANT,
    INTEGER,
    PERCENTAGE,
    STRING,
    counts_by_word,
    id_of,
    list_of,
    object_of,
    one_of,
    or_null,
    percent,
)
from turnout.domain.ids import Prefix
from turnout.domain.instant import iso
from turnout.domain.rollout import RolloutKind, RolloutState
from turnout.use_cases.read_rollouts import ArmView, RolloutView

ROLLOUT = ResourceType(
    "rollout",
    {
        "state": one_of(*RolloutState),
        "kind": one_of(*RolloutKind),
        "percentage": PERCENTAGE,
        "salt": STRING,
        "assignment-key": or_null(STRING),
        "workflow-handle": STRING,
        "revision": INTEGER,
        "reason": STRING,
        "started-at": INSTANT,
        "started-by": STRING,
        "ended-at": or_null(INSTANT),
        "ended-by": or_null(STRING),
        "arms": list_of(
            object_of(
                label=one_of("treatment", "control"),
                version_id=id_of(Prefix.VERSION),
                number=INTEGER,
                percentage=PERCENTAGE,
                runs=INTEGER,
                in_flight=INTEGER,
                completed=INTEGER,
                faulted=INTEGER,
                cancelled=INTEGER,
                key_fallbacks=INTEGER,
                outcomes=counts_by_word(),
            )
        ),
    },
    {"workflow": "workflow", "treatment": "workflow-version", "control": "workflow-version"},
    ("workflow", "treatment", "control"),
)


def rollout_resource(view: RolloutView) -> Resource:
    """A rollout."""
    rollout = view.rollout
    ended_by = rollout.ended_by
    return Resource(
        ROLLOUT,
        rollout.id,
        {
            "state": rollout.state.value,
            "kind": rollout.kind.value,
            "percentage": percent(rollout.basis_points),
            "salt": rollout.salt,
            "assignment-key": rollout.assignment_key,
            "workflow-handle": view.handle,
            "revision": rollout.revision,
            "reason": rollout.reason,
            "started-at": iso(rollout.started_at),
            "started-by": view.names.get(rollout.started_by) or rollout.started_by,
            "ended-at": None if rollout.ended_at is None else iso(rollout.ended_at),
            "ended-by": ended_by and (view.names.get(ended_by) or ended_by),
            "arms": [_arm(each) for each in view.arms],
        },
        {
            "workflow": rollout.workflow_id,
            "treatment": rollout.treatment,
            "control": rollout.control,
        },
    )


def _arm(arm: ArmView) -> dict[str, object]:
    counts = arm.counts
    return {
        "label": arm.label.value,
        "version-id": arm.version_id,
        "number": arm.number,
        "percentage": percent(arm.basis_points),
        "runs": counts.runs,
        "in-flight": counts.in_flight,
        "completed": counts.completed,
        "faulted": counts.faulted,
        "cancelled": counts.cancelled,
        "key-fallbacks": counts.key_fallbacks,
        "outcomes": counts.outcomes,
    }
