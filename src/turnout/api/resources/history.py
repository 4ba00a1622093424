"""Events of the version history."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import (
    INSTANT,
    INTEGER,
    PERCENTAGE,
    STRING,
    id_of,
    list_of,
    object_of,
    one_of,
    percent,
)
from turnout.domain.deployment import Deployment
from turnout.domain.history import HistoryKind
from turnout.domain.ids import Prefix
from turnout.domain.instant import iso
from turnout.use_cases.ports import StoredEvent
from turnout.use_cases.read_history import HistoryView

_SHARES = list_of(
    object_of(
        version_id=id_of(Prefix.VERSION),
        number=INTEGER,
        percentage=PERCENTAGE,
        label=one_of("treatment", "control"),
    )
)

EVENT = ResourceType(
    "history-event",
    {
        "event": one_of(*HistoryKind),
        "version-number": INTEGER,
        "shares-before": _SHARES,
        "shares-after": _SHARES,
        "actor": STRING,
        "description": STRING,
        "created-at": INSTANT,
    },
    {"workflow-version": "workflow-version", "rollout": "rollout", "creator": "api-key"},
    ("workflow-version",),
)


def event_resource(stored: StoredEvent, view: HistoryView) -> Resource:
    """An event, with the numbers and names that ``view`` knows."""
    event = stored.event
    return Resource(
        EVENT,
        stored.id,
        {
            "event": event.kind.value,
            "version-number": view.numbers[event.version_id],
            "shares-before": _shares(event.before, view.numbers),
            "shares-after": _shares(event.after, view.numbers),
            "actor": view.names.get(event.by.actor) or event.by.actor,
            "description": event.by.reason,
            "created-at": iso(event.by.at),
        },
        {
            "workflow-version": event.version_id,
            "rollout": event.rollout_id,
            "creator": event.by.actor,
        },
    )


def _shares(deployment: Deployment | None, numbers: dict[str, int]) -> list[dict[str, object]]:
    return [
        {
            "version-id": share.version_id,
            "number": numbers[share.version_id],
            "percentage": percent(share.basis_points),
            "label": share.label.value,
        }
        for share in (deployment.shares if deployment else ())
    ]
