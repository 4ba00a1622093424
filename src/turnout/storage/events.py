"""Events that are kept for a while, and what is to be offered to which listen."""

from collections.abc import Collection, Sequence

import orjson
from sqlalchemy import BigInteger, bindparam, delete, exists, func, insert, literal, select, update
from sqlalchemy.dialects import sqlite

from turnout.domain.cloud_event import KeptEvent, NewEvent
from turnout.domain.instant import Instant
from turnout.domain.json import JsonObject
from turnout.domain.subscription import DeliveryState, marked
from turnout.storage import effects
from turnout.storage.codec import pack, unpack
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.subscriptions import KIND
from turnout.storage.tables import deliveries, events, subscriptions
from turnout.use_cases.ports import Offered, OpenEffect

_C, _D, _S, _E = events.c, deliveries.c, subscriptions.c, effects.TABLE.c
_PENDING = _D.state == DeliveryState.PENDING
_OPEN = (_E.run_id == _D.run_id) & (_E.key == _D.effect_key) & (_E.kind == KIND)

_FIND = Prepared(
    select(
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
    ).where(
        _C.environment_id == bindparam("environment"),
        _C.source == bindparam("source_"),
        _C.event_id == bindparam("id_"),
    ),
    "environment",
    "source_",
    "id_",
)
_LAST = Prepared(select(func.max(_C.number)), sees_deferred=True)
_COLUMNS = [column.name for column in events.columns]
_ADD = Prepared(
    insert(events).values({name: bindparam(f"v_{name}") for name in _COLUMNS}),
    *(f"v_{name}" for name in _COLUMNS),
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
)
# The event is new, so only its other filters can have noted it for the same listen.
_OFFER = Prepared(
    sqlite.insert(deliveries)
    .from_select(
        ["event", "run_id", "listen", "effect_key", "workflow_id", "state"],
        select(
            bindparam("number", type_=BigInteger),
            _S.run_id,
            _S.listen,
            _S.effect_key,
            _S.workflow_id,
            literal(DeliveryState.PENDING.value),
        ).where(
            _S.environment_id == bindparam("environment"),
            _S.type == bindparam("type_"),
            _S.pointer == bindparam("pointer_"),
            _S.mark == bindparam("mark_"),
        ),
    )
    .on_conflict_do_nothing(),
    "number",
    "environment",
    "type_",
    "pointer_",
    "mark_",
)
_OF_LISTEN = (_D.run_id == bindparam("run")) & (_D.effect_key == bindparam("key_")) & _PENDING
_NEXT = Prepared(
    effects.ALL.add_columns(_C.number, _C.body_codec, _C.body)
    .join(deliveries, _OPEN)
    .join(events, _C.number == _D.event)
    .where(_OF_LISTEN, _E.held == effects.FREE)
    .order_by(_D.event)
    .limit(1),
    "run",
    "key_",
)
_ANSWERED = Prepared(
    update(deliveries)
    .where(_OF_LISTEN, _D.event == bindparam("number"))
    .values(state=bindparam("to_state")),
    "run",
    "key_",
    "number",
    "to_state",
)
_OVER = Prepared(delete(deliveries).where(_OF_LISTEN), "run", "key_")


class SqlEvents:
    """The port ``Events``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, environment_id: str, source: str, event_id: str) -> KeptEvent | None:
        """By what identifies it to its sender."""
        row = self._session.find(_FIND, environment_id, source, event_id)
        if row is None:
            return None
        number, environment_id, source, event_id, type_, codec, body, *rest = row
        event = NewEvent(environment_id, source, event_id, type_, unpack(codec, body), *rest)
        return KeptEvent(number, event)

    def add(self, event: NewEvent) -> KeptEvent:
        """Keep it, as the last that came."""
        row = self._session.find(_LAST)
        kept = KeptEvent((row[0] if row and row[0] else 0) + 1, event)
        self._session.change(
            _ADD,
            kept.number,
            event.environment_id,
            event.source,
            event.event_id,
            event.type,
            event.received_at,
            event.expires_at,
            event.sender,
            *pack(event.body),
        )
        return kept

    def offer(self, kept: KeptEvent) -> int:
        """Note it for every open listen that may want it; the number of them."""
        body: JsonObject = orjson.loads(kept.event.body)
        of = kept.event.environment_id
        count = 0
        for type_ in (kept.event.type, ""):
            for pointer in self._pointers(of, type_):
                mark = marked(body, pointer)
                if mark is not None:
                    count += self._session.change(_OFFER, kept.number, of, type_, pointer, mark)
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
        row = self._session.find(_NEXT, run_id, effect_key)
        if row is None:
            return None
        *effect, number, codec, body = row
        return Offered(effects.of(effect), number, unpack(codec, body))

    def answered(self, offered: Offered, *, taken: bool, goes_on: bool) -> None:
        """A listen took an event or refused it.

        Args:
            goes_on: whether it wants more; else nothing more is offered to it.
        """
        listen = (offered.open.run_id, offered.open.effect.key)
        state = DeliveryState.TAKEN if taken else DeliveryState.REFUSED
        self._session.change(_ANSWERED, *listen, offered.number, state)
        if not goes_on:
            self._session.change(_OVER, *listen)

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
