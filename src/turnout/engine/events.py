"""The event duties: offer events to listens, and send what runs emit.

All of it stands in the store: an event with the listens that it is to be offered to, an ``emit``
as an open effect. A waiting run costs rows, not memory.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import orjson

from turnout.domain.instant import Instant
from turnout.domain.json import JsonObject
from turnout.domain.run import Run
from turnout.engine.delivery import deliver, deliver_body
from turnout.engine.waking import Waking
from turnout.interpreter.errors import fault
from turnout.use_cases.ports import Offered, OpenEffect, Ports, Progress, Transaction
from turnout.use_cases.receive_event import new_event, receive

_BATCH = 256


def offers(ports: Ports) -> Waking:
    """The duty that offers every event to the listens for which it was noted."""

    async def find(full: frozenset[str]) -> Sequence[OpenEffect]:
        found = await ports.store.read(lambda tx: tx.events.waiting(_BATCH, but=full))
        # A listen is one piece of work, however many events it takes one after the other.
        return [replace(each, effect=replace(each.effect, attempt=0)) for each in found]

    return Waking("offers", find, partial(_offer_all, ports))


def emits(ports: Ports, kept: Instant) -> Waking:
    """The duty that sends what runs emit.

    Args:
        kept: microseconds for which an event is kept.
    """

    async def find(full: frozenset[str]) -> Sequence[OpenEffect]:
        now = ports.now()
        return await ports.store.read(lambda tx: tx.effects.due("emit", now, _BATCH, but=full))

    return Waking("emits", find, partial(_emit, ports, kept))


async def _offer_all(ports: Ports, open_: OpenEffect) -> None:
    """Offer a listen its events, the oldest first, until it is over or has heard them all."""
    run_id, key = open_.run_id, open_.effect.key
    is_over = False

    def offer(offered: Offered, tx: Transaction, progress: Progress) -> None:
        nonlocal is_over
        taken = bool(progress.entries)
        is_over = taken and key not in {effect.key for effect in progress.opened}
        tx.events.answered(offered, taken=taken, goes_on=not is_over)

    while not is_over:
        next_ = await ports.store.read(lambda tx: tx.events.next_for(run_id, key))
        if next_ is None:
            return
        event = orjson.Fragment(next_.event)
        body = orjson.dumps({"digest": next_.open.effect.digest, "value": {"event": event}})
        await deliver_body(ports, next_.open, body, offer=partial(offer, next_))


def nothing_to_hear() -> JsonObject:
    """The answer to a listen where no events come."""
    detail = "No events come here: run this workflow on a server, and send it events there."
    return {"error": fault("runtime", detail).error}


async def _emit(ports: Ports, kept: Instant, open_: OpenEffect) -> None:
    """Receive the event in the commit in which the run hears that it was sent."""
    still = await ports.store.read(lambda tx: tx.effects.of_run(open_.run_id))
    if open_ not in still:
        return  # It was found while it was being sent.
    event = orjson.loads(open_.effect.request)["event"]
    body = orjson.dumps(event)

    def send(tx: Transaction, run: Run) -> None:
        environment_id = run.environment_id
        receive(tx, new_event(environment_id, event, body, ports.now(), kept, run.id))

    await deliver(ports, open_, {"value": None}, also=send)
    ports.engine.received()
