"""Bulk actions: what is done to how many runs, and how far it is."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import INSTANT, INTEGER, STRING, counts_by_word, one_of, or_null
from turnout.domain.bulk import BulkAction, BulkState, BulkVerb
from turnout.domain.instant import iso

BULK = ResourceType(
    "workflow-run-bulk",
    {
        "action": one_of(*BulkVerb),
        "status": one_of(*BulkState),
        "count": INTEGER,
        "done": INTEGER,
        "refused": INTEGER,
        "refusals": counts_by_word(),
        "reason": STRING,
        "created-at": INSTANT,
        "completed-at": or_null(INSTANT),
    },
    {"creator": "api-key"},
)


def bulk_resource(action: BulkAction) -> Resource:
    """A bulk action."""
    ended = action.ended_at
    return Resource(
        BULK,
        action.id,
        {
            "action": action.verb.value,
            "status": action.state.value,
            "count": action.total,
            "done": action.done,
            "refused": action.refused,
            "refusals": action.refusals,
            "reason": action.reason,
            "created-at": iso(action.created_at),
            "completed-at": None if ended is None else iso(ended),
        },
        {"creator": action.actor},
    )
