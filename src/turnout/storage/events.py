"""Events that are kept for a while, and what is to be offered to which listen."""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from turnout.domain.cloud_event import KeptEvent, NewEvent
from turnout.domain.instant import Instant
from turnout.domain.json import JsonObject
from turnout.domain.subscription import DeliveryState, marked
from turnout.storage import effects
from turnout.storage.codec import unpack
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.subscriptions import KIND
from turnout.storage.tables import deliveries, events, subscriptions
from turnout.storage.types import packed
from turnout.use_cases.ports import Offered, OpenEffect

_C, _D, _S, _E = events.c, deliveries.c, subscriptions.c, effects.TABLE.c
_PENDING = _D.state == DeliveryState.PENDING
_ALL = select(
    _C.number,
    _C.environment_id,
    _C.source,
    _C.event_id,
    _C.type,
    _C.body_codec,
    _C.body,
    _C.received_at,
    _C.expires_at,
    _C.sender,
)
_NEXT_POINTER = Prepared(
    select(func.min(_S.pointer)).where(
        _S.environment_id == bindparam("environment"),
        _S.type == bindparam("type_"),
        _S.pointer > bindparam("after"),
    ),
    "environment",
    "type_",
    "after",
    sees_deferred=True,
)
_OPEN = (_E.run_id == _D.run_id) & (_E.key == _D.effect_key) & (_E.kind == KIND)


class SqlEvents:
    """The port ``Events``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, environment_id: str, source: str, event_id: str) -> KeptEvent | None:
        """By what identifies it to its sender."""
        row = self._session.row(
            _ALL.where(
                _C.environment_id == environment_id, _C.source == source, _C.event_id == event_id
            )
        )
        if row is None:
            return None
        number, environment_id, source, event_id, type_, codec, body, *rest = row
        event = NewEvent(environment_id, source, event_id, type_, unpack(codec, body), *rest)
        return KeptEvent(number, event)

    def add(self, event: NewEvent) -> KeptEvent:
        """Keep it, as the last that came."""
        last = self._session.rows(select(func.max(_C.number)))[0][0]
        stored = KeptEvent((last or 0) + 1, event)
        values = {
            "number": stored.number,
            "environment_id": event.environment_id,
            "source": event.source,
            "event_id": event.event_id,
            "type": event.type,
            "received_at": event.received_at,
            "expires_at": event.expires_at,
            "sender": event.sender,
            **packed("body", event.body),
        }
        self._session.execute(insert(events).values(values))
        return stored

    def offer(self, stored: KeptEvent) -> int:
        """Note it for every open listen that may want it; the number of them."""
        event: JsonObject = orjson.loads(stored.event.body)
        count = 0
        for type_ in {stored.event.type, ""}:
            for pointer in self._pointers(stored.event.environment_id, type_):
                mark = marked(event, pointer)
                if mark is not None:
                    count += self._offer(stored, type_, pointer, mark)
        return count

    def offered_to(self, number: int, limit: int) -> Sequence[str]:
        """Ids of runs for whose listens it was noted, the oldest first."""
        query = select(_D.run_id).where(_D.event == number).distinct()
        return [row[0] for row in self._session.rows(query.order_by(_D.run_id).limit(limit))]

    def waiting(self, limit: int, *, but: Collection[str] = ()) -> Sequence[OpenEffect]:
        """Open listens that something is to be offered to; none of the workflows ``but``."""
        pending = select(_D.run_id, _D.effect_key).where(_PENDING)
        if but:
            pending = pending.where(_D.workflow_id.not_in(sorted(but)))
        few = pending.distinct().order_by(_D.run_id, _D.effect_key).limit(limit).subquery()
        query = effects.ALL.join(
            few, (few.c.run_id == _E.run_id) & (few.c.effect_key == _E.key)
        ).where(_E.kind == KIND, _E.held == effects.FREE)
        return [effects.of(row) for row in self._session.rows(query)]

    def next_for(self, run_id: str, effect_key: str) -> Offered | None:
        """The oldest event to be offered to a listen, if that is open and may go on."""
        query = (
            effects.ALL.add_columns(_C.number, _C.body_codec, _C.body)
            .join(deliveries, _OPEN)
            .join(events, _C.number == _D.event)
            .where(
                _D.run_id == run_id,
                _D.effect_key == effect_key,
                _PENDING,
                _E.held == effects.FREE,
            )
            .order_by(_D.event)
            .limit(1)
        )
        row = self._session.row(query)
        if row is None:
            return None
        *effect, number, codec, body = row
        return Offered(effects.of(effect), number, unpack(codec, body))

    def answered(self, offered: Offered, *, taken: bool, goes_on: bool) -> None:
        """A listen took an event or refused it.

        Args:
            goes_on: whether it wants more; else nothing more is offered to it.
        """
        run_id, key = offered.open.run_id, offered.open.effect.key
        mine = (_D.run_id == run_id) & (_D.effect_key == key) & _PENDING
        state = DeliveryState.TAKEN if taken else DeliveryState.REFUSED
        self._session.execute(
            update(deliveries).where(mine, _D.event == offered.number).values(state=state)
        )
        if not goes_on:
            self._session.execute(delete(deliveries).where(mine))

    def expire(self, now: Instant, limit: int) -> int:
        """Forget what is kept no longer and nobody is yet to hear; the number of events."""
        self._session.execute(delete(deliveries).where(_PENDING, ~exists().where(_OPEN)))
        old = (
            select(_C.number)
            .where(_C.expires_at <= now, ~exists().where(_D.event == _C.number, _PENDING))
            .limit(limit)
        )
        return self._session.execute(delete(events).where(_C.number.in_(old))).rowcount

    def _pointers(self, environment_id: str, type_: str) -> Sequence[str]:
        """Places that listens for this type are told apart by; each costs one look."""
        found = [""]
        while True:
            row = self._session.find(_NEXT_POINTER, environment_id, type_, found[-1])
            if row is None or row[0] is None:
                return found
            found.append(row[0])

    def _offer(self, stored: KeptEvent, type_: str, pointer: str, mark: bytes) -> int:
        found = select(
            literal(stored.number),
            _S.run_id,
            _S.listen,
            _S.effect_key,
            _S.workflow_id,
            literal(DeliveryState.PENDING.value),
        ).where(
            _S.environment_id == stored.event.environment_id,
            _S.type == type_,
            _S.pointer == pointer,
            _S.mark == mark,
        )
        # The event is new, so only its other filters can have noted it for the same listen.
        return self._session.execute(
            insert_or(deliveries)
            .from_select(["event", "run_id", "listen", "effect_key", "workflow_id", "state"], found)
            .on_conflict_do_nothing()
        ).rowcount
