"""Suspended runs, and the answers that are kept for them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, case, delete, select, update

from turnout.domain.instant import Instant
from turnout.domain.run import Phase
from turnout.domain.suspension import Suspension
from turnout.storage import effects
from turnout.storage.codec import unpack
from turnout.storage.prepared import Prepared, inserting
from turnout.storage.session import Session
from turnout.storage.tables import runs, suspensions
from turnout.storage.types import packed
from turnout.use_cases.ports import KeptAnswer, OpenEffect

_C, _E = suspensions.c, effects.TABLE.c
_ALL = select(_C.run_id, _C.phase, _C.at, _C.actor, _C.reason, _C.problem)
_ADD = inserting(suspensions)
_BY_RUN = Prepared(_ALL.where(_C.run_id == bindparam("of")), "of")
_UNANSWERED = Prepared(
    effects.ALL.where(_E.run_id == bindparam("of"), _E.answered_at.is_(None)).order_by(_E.key), "of"
)
_FORGET = Prepared(delete(suspensions).where(_C.run_id == bindparam("of")), "of")
_PHASE = Prepared(
    update(runs).where(runs.c.id == bindparam("of")).values(phase=bindparam("to")), "of", "to"
)
_HOLD = Prepared(
    update(effects.TABLE).where(_E.run_id == bindparam("of")).values(held=effects.HELD), "of"
)
_LET_GO = Prepared(
    update(effects.TABLE)
    .where(_E.run_id == bindparam("of"))
    .values(held=case((_E.answered_at.is_(None), effects.FREE), else_=effects.READY)),
    "of",
)


class SqlSuspensions:
    """The port ``Suspensions``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, suspension: Suspension) -> None:
        """Suspend a run."""
        self._session.change(_PHASE, suspension.run_id, Phase.SUSPENDED)
        self._session.change(_HOLD, suspension.run_id)
        values = [getattr(suspension, column.name) for column in suspensions.columns]
        self._session.change(_ADD, *values)

    def of(self, run_ids: Sequence[str]) -> dict[str, Suspension]:
        """By run id, of those that are suspended."""
        if len(run_ids) == 1:
            row = self._session.find(_BY_RUN, run_ids[0])
            return {run_ids[0]: Suspension(*row)} if row else {}
        if not run_ids:
            return {}
        rows = self._session.rows(_ALL.where(_C.run_id.in_(run_ids)))
        return {row[0]: Suspension(*row) for row in rows}

    def end(self, suspension: Suspension) -> Sequence[OpenEffect]:
        """Give the run its phase back; the open effects that nobody answered meanwhile."""
        run_id = suspension.run_id
        forget(self._session, run_id)
        self._session.change(_PHASE, run_id, suspension.phase)
        self._session.change(_LET_GO, run_id)
        return [effects.of(row) for row in self._session.every(_UNANSWERED, run_id)]

    def keep(self, run_id: str, key: str, attempt: int, body: bytes, now: Instant) -> bool:
        """Keep an answer with its effect; False when that is closed or has one already."""
        open_ = (_E.run_id == run_id) & (_E.key == key) & (_E.attempt == attempt)
        met = self._session.execute(
            update(effects.TABLE)
            .where(open_, _E.answered_at.is_(None))
            .values(answered_at=now, **packed("answer", body))
        )
        return met.rowcount == 1

    def ready(self, limit: int, *, but: Collection[str] = ()) -> Sequence[KeptAnswer]:
        """Kept answers of runs that were resumed, in the order in which they came."""
        query = (
            effects.ALL.add_columns(_E.answer_codec, _E.answer)
            .where(_E.held == effects.READY, _E.answered_at.is_not(None))
            .order_by(_E.answered_at, _E.run_id, _E.key)
            .limit(limit)
        )
        return [_kept(row) for row in self._session.rows(effects.without(query, but))]


def forget(session: Session, run_id: str) -> None:
    """Drop a run's suspension, if it has one."""
    session.change(_FORGET, run_id)


def _kept(row: Any) -> KeptAnswer:
    *effect, codec, body = row
    return KeptAnswer(effects.of(effect), unpack(codec, body))
