"""Events that were received."""

from turnout.api.documents import Resource
from turnout.api.operation import ResourceType
from turnout.api.schema import BOOLEAN, INSTANT, INTEGER, STRING, id_of, list_of
from turnout.domain.ids import Prefix
from turnout.domain.instant import iso
from turnout.use_cases.receive_event import Received

EVENT = ResourceType(
    "event",
    {
        "event-id": STRING,
        "source": STRING,
        "event-type": STRING,
        "received-at": INSTANT,
        "expires-at": INSTANT,
        "is-new": BOOLEAN,
        "offers": INTEGER,
        "run-ids": list_of(id_of(Prefix.RUN)),
    },
)


def event_resource(received: Received) -> Resource:
    """A received event; its id is its place in the order in which events came."""
    event = received.stored.event
    return Resource(
        EVENT,
        str(received.stored.number),
        {
            "event-id": event.event_id,
            "source": event.source,
            "event-type": event.type,
            "received-at": iso(event.received_at),
            "expires-at": iso(event.expires_at),
            "is-new": received.is_new,
            "offers": received.offers,
            "run-ids": list(received.run_ids),
        },
    )
