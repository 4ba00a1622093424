"""Receive an event: keep it for a while, and offer it to the listens that wait for it.

The event and what is to be offered to whom are one commit. Listens that begin later look back at
it until it expires.
"""

from dataclasses import dataclass

import orjson

from turnout.domain.cloud_event import KeptEvent, NewEvent
from turnout.domain.instant import Instant
from turnout.domain.json import JsonObject
from turnout.domain.role import Role
from turnout.use_cases.caller import Caller, admit
from turnout.use_cases.once import once
from turnout.use_cases.ports import Ports, Transaction

MOST_SHOWN = 100
"""Runs that an answer names."""


@dataclass(frozen=True, slots=True)
class Received:
    """An event that is kept.

    Attributes:
        is_new: False when an event of this source and id was received before.
        offers: listens to which it is offered now; 0 where it is not new.
        run_ids: of the oldest runs that it was offered to.
    """

    stored: KeptEvent
    is_new: bool
    offers: int
    run_ids: tuple[str, ...]


async def receive_event(ports: Ports, caller: Caller, event: JsonObject, kept: Instant) -> Received:
    """Receive an event from outside; one that was received before is not offered again.

    Args:
        event: as ``cloud_event.checked`` gives it.
        kept: microseconds for which it is kept.

    Raises:
        Conflict: the caller's idempotency key was used for another request.
    """
    body = orjson.dumps(event)

    def work(tx: Transaction) -> Received:
        admit(tx, caller, Role.OPERATOR)
        now = ports.now()
        environment_id = caller.environment.id
        new = new_event(environment_id, event, body, now, kept, caller.key.id)
        return once(
            tx,
            caller,
            now,
            do=lambda: receive(tx, new),
            subject=lambda done: str(done.stored.number),
            again=lambda _: receive(tx, new),
        )

    done = await ports.store.write(work)
    if done.offers:
        ports.engine.received()
    return done


def new_event(
    environment_id: str, event: JsonObject, body: bytes, now: Instant, kept: Instant, sender: str
) -> NewEvent:
    """An event that comes in now.

    Args:
        body: the event as JSON.
        kept: microseconds for which it is kept.
        sender: as in ``NewEvent``.
    """
    source, id_, type_ = str(event["source"]), str(event["id"]), str(event["type"])
    return NewEvent(environment_id, source, id_, type_, body, now, now + kept, sender)


def receive(tx: Transaction, event: NewEvent) -> Received:
    """Keep an event and note it for every open listen that may want it."""
    before = tx.events.find(event.environment_id, event.source, event.event_id)
    if before is not None:
        run_ids = tx.events.offered_to(before.number, MOST_SHOWN)
        return Received(before, False, 0, tuple(run_ids))
    stored = tx.events.add(event)
    offers = tx.events.offer(stored)
    run_ids = tx.events.offered_to(stored.number, MOST_SHOWN) if offers else ()
    return Received(stored, True, offers, tuple(run_ids))
