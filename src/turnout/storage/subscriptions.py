"""Which events open listens wait for: rows beside their effects."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy import Table, select
from sqlalchemy.dialects.sqlite import insert

from turnout.domain.ids import Prefix
from turnout.domain.json import JsonObject
from turnout.domain.run import Run
from turnout.domain.subscription import TYPE, DeliveryState, Facts, holds, subscription
from turnout.storage.codec import unpack
from turnout.storage.ids import to_bytes
from turnout.storage.session import Session
from turnout.storage.tables import deliveries, events, subscriptions
from turnout.use_cases.ports import Progress
from turnout.use_cases.workers import WantedEffect

KIND = "event"
"""Of an effect that waits for events."""

_E, _D = events.c, deliveries.c


def rows(raw: bytes, run: Run, effect: WantedEffect) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    """What is stored beside an effect, for ``Session.defer``; ``raw`` is the run's id."""
    if effect.kind != KIND:
        return
    request = orjson.loads(effect.request)
    for position, facts in enumerate(request["filters"]):
        found = subscription(facts)
        yield (
            subscriptions,
            (
                raw,
                effect.key,
                effect.attempt,
                position,
                to_bytes(Prefix.ENVIRONMENT, run.environment_id),
                found.type,
                found.pointer,
                found.mark,
                to_bytes(Prefix.WORKFLOW, run.workflow_id),
                request["listen"],
            ),
        )


def look_back(session: Session, progress: Progress) -> None:
    """Offer listens that begin what came since their run was accepted."""
    goes_on = {key for key, _ in progress.closed}
    for effect in progress.opened:
        # One that goes on heard of everything when it began, and of each event since then.
        if effect.kind == KIND and effect.key not in goes_on:
            _look_back(session, progress, effect)


def offer(session: Session, found: Sequence[dict[str, Any]]) -> None:
    """Note what is to be offered; what a visit of the same task took is not offered again."""
    if not found:
        return
    statement = insert(deliveries)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=list(deliveries.primary_key.columns),
            set_={
                "effect_key": statement.excluded.effect_key,
                "state": statement.excluded.state,
            },
            where=(_D.state != DeliveryState.TAKEN)
            & (_D.effect_key != statement.excluded.effect_key),
        ),
        found,
    )


def _look_back(session: Session, progress: Progress, effect: WantedEffect) -> None:
    run, now = progress.run, progress.entries[-1].at
    request: JsonObject = orjson.loads(effect.request)
    filters: list[Facts] = request["filters"]  # type: ignore[assignment]
    types = {facts.get(TYPE) for facts in filters}
    query = select(_E.number, _E.body_codec, _E.body).where(
        _E.environment_id == run.environment_id,
        _E.received_at >= run.created_at,
        _E.expires_at > now,
    )
    if all(isinstance(type_, str) for type_ in types):
        query = query.where(_E.type.in_(sorted(map(str, types))))
    fitting = _fitting(session.rows(query.order_by(_E.number)), filters)
    offer(
        session,
        [
            {
                "event": number,
                "run_id": run.id,
                "listen": request["listen"],
                "effect_key": effect.key,
                "workflow_id": run.workflow_id,
                "state": DeliveryState.PENDING,
            }
            for number in fitting
        ],
    )


def _fitting(found: Iterable[Any], filters: Sequence[Facts]) -> Iterator[int]:
    for number, codec, body in found:
        event = orjson.loads(unpack(codec, body))
        if any(holds(facts, event) for facts in filters):
            yield number
