"""Events from outside."""

from typing import Any

from turnout.api.cloud_events import STRUCTURED, read_event
from turnout.api.documents import document
from turnout.api.operation import Answer, Body, Call, Operation, Shown
from turnout.api.resources.events import EVENT, event_resource
from turnout.api.schema import STRING
from turnout.domain.cloud_event import NAME
from turnout.domain.instant import SECOND
from turnout.use_cases.receive_event import receive_event


async def receive(call: Call) -> Answer:
    """Receive an event."""
    if not isinstance(call.body, dict):
        raise AssertionError("the body's reader gives an event")
    kept = call.turnout.settings.event_ttl * SECOND
    received = await receive_event(call.ports, call.caller, call.body, kept)
    return Answer(await document(call, event_resource(received)), 202)


_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 2_048}

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "specversion": {"type": "string", "const": "1.0"},
        "id": _TEXT,
        "source": _TEXT,
        "type": _TEXT,
        "subject": _TEXT,
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": _TEXT,
        "dataschema": _TEXT,
        "data": {},
        "data_base64": STRING,
    },
    "patternProperties": {f"^(?!data$){NAME.pattern}$": {"type": ["string", "boolean", "integer"]}},
    "required": ["specversion", "id", "source", "type"],
    "additionalProperties": False,
}

OPERATIONS = (
    Operation(
        "POST",
        "/events",
        "receive-event",
        "Receive a CloudEvent and offer it to the runs that listen for it",
        receive,
        (Shown(EVENT, 202),),
        body=Body(
            lambda sent, _: sent,
            _SCHEMA,
            required=True,
            read_raw=read_event,
            content={STRUCTURED: _SCHEMA, "*/*": {}},
        ),
        refusals=(409,),
        once=True,
        description="Structured, or binary: then the attributes are headers that begin with `ce-`. "
        "The event is kept for a while for listens that begin later. One of a source and id that "
        "is kept already is accepted and not offered again. `offers` counts the listens to which "
        "it is offered, each of which decides with its own expressions; `run-ids` names the "
        "oldest 100 of their runs.",
    ),
)
