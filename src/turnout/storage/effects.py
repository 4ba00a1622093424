"""Open effects: what runs wait for, as long as they do."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, func, select, tuple_, update

from turnout.domain.ids import Prefix
from turnout.domain.instant import Instant
from turnout.domain.run import Run
from turnout.storage import reviews, subscriptions, tables
from turnout.storage.codec import pack, unpack
from turnout.storage.ids import to_bytes
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.use_cases.ports import OpenEffect, Progress
from turnout.use_cases.workers import WantedEffect

TABLE = tables.effects

_C = TABLE.c
ALL = select(
    _C.run_id,
    _C.key,
    _C.attempt,
    _C.kind,
    _C.request_codec,
    _C.request,
    _C.digest,
    _C.due,
    _C.idempotency_key,
    _C.workflow_id,
)
_KEY = (_C.run_id, _C.key, _C.attempt)
FREE, HELD, READY = 0, 1, 2
"""Values of ``held``: open; of a suspended run; of a resumed run, with the answer that was kept."""

_CLOSE = Prepared(
    delete(TABLE).where(
        _C.run_id == bindparam("of"),
        _C.key == bindparam("key_"),
        _C.attempt == bindparam("attempt_"),
    ),
    "of",
    "key_",
    "attempt_",
)
_CLOSE_ALL = Prepared(delete(TABLE).where(_C.run_id == bindparam("of")), "of")
_NEXT_DUE = Prepared(
    select(func.min(_C.due)).where(
        _C.kind == bindparam("kind_"), _C.held == FREE, _C.due > bindparam("after_")
    ),
    "kind_",
    "after_",
)


class SqlEffects:
    """The port ``Effects``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def due(
        self, kind: str, now: Instant, limit: int, *, but: Collection[str] = ()
    ) -> Sequence[OpenEffect]:
        """Open effects of a kind that are due, the oldest first; none of the workflows ``but``."""
        query = without(ALL.where(_C.kind == kind, _C.held == FREE, _C.due <= now), but)
        rows = self._session.rows(query.order_by(_C.due, *_KEY).limit(limit))
        return [of(row) for row in rows]

    def next_due(self, kind: str, *, after: Instant) -> Instant | None:
        """When the first one that is due later than that will be due; None when there is none."""
        row = self._session.find(_NEXT_DUE, kind, after)
        return row[0] if row else None

    def unclaimed(
        self, kind: str, now: Instant, limit: int, *, but: Collection[str] = ()
    ) -> Sequence[OpenEffect]:
        """Open effects that nobody holds, the oldest runs' first; none of the workflows ``but``."""
        free = ALL.where(_C.kind == kind, _C.held == FREE, _C.lease_until <= now)
        query = without(free, but)
        return [of(row) for row in self._session.rows(query.order_by(*_KEY).limit(limit))]

    def lease(self, effects: Sequence[OpenEffect], owner: str, until: Instant) -> None:
        """Hold these effects until then."""
        if effects:
            keys = [(each.run_id, each.effect.key, each.effect.attempt) for each in effects]
            self._session.execute(
                update(TABLE).where(tuple_(*_KEY).in_(keys)).values(owner=owner, lease_until=until)
            )

    def release_all(self, kind: str) -> None:
        """End every lease."""
        self._session.execute(
            update(TABLE).where(_C.kind == kind).values(owner=None, lease_until=0)
        )

    def of_run(self, run_id: str) -> Sequence[OpenEffect]:
        """A run's."""
        rows = self._session.rows(ALL.where(_C.run_id == run_id).order_by(*_KEY))
        return [of(row) for row in rows]


def move(session: Session, progress: Progress, raw: bytes) -> None:
    """Close and open a run's effects as ``progress`` says; ``raw`` is the run's id."""
    run = progress.run
    if run.phase.ended and progress.entries:
        session.change(_CLOSE_ALL, run.id)
    else:
        for key, attempt in progress.closed:
            session.change(_CLOSE, run.id, key, attempt)
    if progress.opened:
        session.insert(TABLE, [values(raw, run, effect) for effect in progress.opened])
    for effect in progress.opened:
        for table, row in reviews.rows(raw, run, effect, progress.entries[-1].at):
            session.insert(table, [row])
        for table, row in subscriptions.rows(raw, run, effect):
            session.insert(table, [row])
    subscriptions.look_back(session, progress)


def values(raw: bytes, run: Run, effect: WantedEffect) -> tuple[Any, ...]:
    """A row, for ``Session.defer`` and ``Session.insert``; ``raw`` is the run's id."""
    return (
        raw,
        effect.key,
        effect.attempt,
        effect.kind,
        effect.digest,
        effect.due,
        effect.idempotency_key,
        to_bytes(Prefix.WORKFLOW, run.workflow_id),
        None,
        0,
        FREE,
        None,
        None,
        None,
        *pack(effect.request),
    )


def without(query: Select[Any], workflows: Collection[str]) -> Select[Any]:
    """A query over effects, for none of these workflows."""
    return query.where(_C.workflow_id.not_in(sorted(workflows))) if workflows else query


def of(row: Any) -> OpenEffect:
    """An effect from a row of ``ALL``."""
    run_id, key, attempt, kind, codec, request, digest, due, idempotency_key, workflow_id = row
    return OpenEffect(
        run_id,
        workflow_id,
        WantedEffect(key, attempt, kind, unpack(codec, request), digest, due, idempotency_key),
    )
