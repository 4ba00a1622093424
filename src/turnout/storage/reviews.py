"""Reviews: who is asked what, in the order in which it is due.

What was asked and answered stands in the journal, once. A row of ``reviews`` says where, for good;
one of ``waiting_reviews`` goes by itself with the open effect that it belongs to, whatever the
reason (its foreign key cascades), so that the list can never show what no run waits for.
"""

from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import BigInteger, Select, Table, bindparam, literal, literal_column, select, tuple_

from turnout.domain.ids import Prefix
from turnout.domain.instant import Instant
from turnout.domain.journal import EntryKind
from turnout.domain.review import Review
from turnout.domain.run import Run
from turnout.storage.codec import unpack
from turnout.storage.ids import TypeIds, to_bytes
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import journal, reviews, waiting_reviews
from turnout.storage.types import TypeId
from turnout.use_cases.ports import Page, ReviewBodies, Slice, bad_cursor
from turnout.use_cases.workers import WantedEffect

NEVER = 2**63 - 1
"""The urgency of what is never due: after everything else."""

_R, _W, _J = reviews.c, waiting_reviews.c, journal.c
_ALL = select(
    _R.id,
    _R.environment_id,
    _R.workflow_id,
    _R.run_id,
    _R.effect_key,
    _R.attempt,
    _R.queue,
    _R.due,
    _R.asked_at,
)
_BY_ID = Prepared(_ALL.where(_R.id == bindparam("id_")), "id_")
_BODY = Prepared(
    select(_J.body_codec, _J.body).where(
        _J.run_id == bindparam("of"),
        _J.effect_key == bindparam("key_"),
        # In the words of the index, which has only such entries.
        _J.effect_key != literal_column("''"),
        _J.attempt == bindparam("attempt_"),
        _J.kind == bindparam("kind_"),
    ),
    "of",
    "key_",
    "attempt_",
    "kind_",
)
_PLACE = tuple_(_W.urgency, _W.review_id)
_IDS = TypeIds()


class SqlReviews:
    """The port ``Reviews``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str) -> Review | None:
        """By id, waiting or not."""
        row = self._session.find(_BY_ID, id_)
        return Review(*row) if row else None

    def list(
        self, environment_id: str, page: Page, *, workflow_id: str | None, queue: str | None
    ) -> Slice[Review]:
        """A page of those that wait; what is due first comes first, then the oldest."""
        query = _ALL.join_from(waiting_reviews, reviews, _R.id == _W.review_id)
        query = query.where(_W.environment_id == environment_id)
        if workflow_id is not None:
            query = query.where(_W.workflow_id == workflow_id)
        if queue is not None:
            query = query.where(_W.queue == queue)
        return self._slice(query, page)

    def bodies(self, review: Review) -> ReviewBodies:
        """What was asked and answered; None where there is no such entry, or not any more."""
        return ReviewBodies(
            self._body(review, EntryKind.WANTED), self._body(review, EntryKind.ANSWERED)
        )

    def _body(self, review: Review, kind: EntryKind) -> bytes | None:
        row = self._session.find(_BODY, review.run_id, review.effect_key, review.attempt, kind)
        return unpack(*row) if row else None

    def _slice(self, query: Select[Any], page: Page) -> Slice[Review]:
        after = None if page.after is None else self._place(page.after)
        before = None if page.before is None else self._place(page.before)
        backwards = before is not None and after is None
        bounded = query
        if after is not None:
            bounded = bounded.where(after < _PLACE)
        if before is not None:
            bounded = bounded.where(before > _PLACE)
        order = [each.desc() if backwards else each.asc() for each in (_W.urgency, _W.review_id)]
        rows = list(self._session.rows(bounded.order_by(*order).limit(page.size + 1)))
        more, rows = len(rows) > page.size, rows[: page.size]
        if backwards:
            found = tuple(Review(*row) for row in reversed(rows))
            return Slice(found, more, self._any(query.where(before <= _PLACE)))
        earlier = after is not None and self._any(query.where(after >= _PLACE))
        return Slice(tuple(Review(*row) for row in rows), earlier, more)

    def _place(self, id_: str) -> Any:
        # One that does not wait any more has kept its place.
        found = self.get(id_)
        if found is None:
            raise bad_cursor(id_)
        urgency = literal(_urgency(found.due), BigInteger)
        return tuple_(urgency, literal(id_, TypeId(Prefix.REVIEW)))

    def _any(self, query: Select[Any]) -> bool:
        return self._session.row(query.limit(1)) is not None


def rows(
    raw: bytes, run: Run, effect: WantedEffect, at: Instant
) -> Iterator[tuple[Table, tuple[Any, ...]]]:
    """The rows that come with an effect; none where it is no review.

    Args:
        raw: the run's id. at: when it was wanted.
    """
    if effect.kind != "review":
        return
    id_ = to_bytes(Prefix.REVIEW, _IDS.new(Prefix.REVIEW))
    of = (
        to_bytes(Prefix.ENVIRONMENT, run.environment_id),
        to_bytes(Prefix.WORKFLOW, run.workflow_id),
    )
    place = (raw, effect.key, effect.attempt)
    queue = orjson.loads(effect.request)["queue"]
    yield reviews, (id_, *of, *place, queue, effect.due, at)
    yield waiting_reviews, (*place, id_, *of, queue, _urgency(effect.due))


def _urgency(due: Instant | None) -> int:
    return NEVER if due is None else due
