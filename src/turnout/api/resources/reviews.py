"""Reviews: what is asked, what may be chosen, and what became of it."""

import json
from typing import Any

from orjson import Fragment

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import (
    ANY,
    BOOLEAN,
    INSTANT,
    STRING,
    list_of,
    object_of,
    one_of,
    or_null,
)
from turnout.domain.instant import iso
from turnout.domain.json import Json
from turnout.domain.review import ReviewState
from turnout.use_cases.read_reviews import ReviewView

REVIEW = ResourceType(
    "review",
    {
        "status": one_of(*ReviewState),
        "queue": STRING,
        "question": or_null(STRING),
        "data": ANY,
        "choices": list_of(object_of(value=STRING, label=STRING)),
        "due-at": or_null(INSTANT),
        "when-due": or_null(STRING),
        "task": STRING,
        "workflow-handle": STRING,
        "asked-at": INSTANT,
        "decision": or_null(STRING),
        "reason": or_null(STRING),
        "decided-by": or_null(STRING),
        "decided-at": or_null(INSTANT),
        "automatic": or_null(BOOLEAN),
    },
    {"workflow": "workflow", "workflow-run": "workflow-run"},
    ("workflow",),
)


def review_resource(view: ReviewView) -> Resource:
    """A review."""
    review, asked = view.review, view.asked or {}
    return Resource(
        REVIEW,
        review.id,
        {
            "status": view.state.value,
            "queue": review.queue,
            "question": asked.get("question"),
            "data": _verbatim(asked.get("data")),
            "choices": asked.get("choices", []),
            "due-at": None if review.due is None else iso(review.due),
            "when-due": asked.get("whenDue"),
            "task": review.effect_key.rpartition("#")[0],
            "workflow-handle": view.handle,
            "asked-at": iso(review.asked_at),
            **_decision(view),
        },
        {"workflow": review.workflow_id, "workflow-run": review.run_id},
    )


def _decision(view: ReviewView) -> dict[str, Any]:
    answer = view.answer or {}
    actor = answer.get("decidedBy")
    return {
        "decision": answer.get("decision"),
        "reason": answer.get("reason"),
        "decided-by": view.names.get(str(actor)) or actor,
        "decided-at": answer.get("decidedAt"),
        "automatic": answer.get("automatic"),
    }


def _verbatim(value: Json) -> Fragment:
    """A value of the workflow's: the names in it are not ours to inflect."""
    return Fragment(json.dumps(value, separators=(",", ":")).encode())
