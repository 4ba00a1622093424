"""Bulk actions, and the runs that they still have to deal with."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, insert, literal, select, update

from turnout.domain.bulk import BulkAction, BulkState
from turnout.storage.runs import chosen
from turnout.storage.session import Session
from turnout.storage.tables import bulk_actions, bulk_runs, runs
from turnout.use_cases.ports import RunFilter

_C, _R = bulk_actions.c, bulk_runs.c
_ALL = select(
    _C.id,
    _C.environment_id,
    _C.verb,
    _C.state,
    _C.total,
    _C.done,
    _C.created_at,
    _C.ended_at,
    _C.actor,
    _C.reason,
    _C.refusals,
)


class SqlBulks:
    """The port ``Bulks``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, action: BulkAction, filter_: RunFilter) -> None:
        """Store it, with the runs that the filter finds now."""
        self._session.execute(insert(bulk_actions).values(asdict(action)))
        matching = select(literal(action.id, _R.bulk_id.type), runs.c.id).where(
            runs.c.environment_id == action.environment_id
        )
        self._session.execute(
            insert(bulk_runs).from_select(["bulk_id", "run_id"], chosen(matching, filter_))
        )

    def get(self, id_: str) -> BulkAction | None:
        """By id."""
        row = self._session.row(_ALL.where(_C.id == id_))
        return _of(row) if row else None

    def working(self) -> Sequence[BulkAction]:
        """Those that are not over, the oldest first."""
        query = _ALL.where(_C.state == BulkState.WORKING).order_by(_C.id)
        return [_of(row) for row in self._session.rows(query)]

    def left(self, id_: str, limit: int) -> Sequence[str]:
        """Ids of the next runs to deal with."""
        query = select(_R.run_id).where(_R.bulk_id == id_).order_by(_R.run_id).limit(limit)
        return [row[0] for row in self._session.rows(query)]

    def save(self, action: BulkAction, dealt_with: Sequence[str]) -> None:
        """Save how far it is, and forget these of its runs; all of them when it is over."""
        changed = {
            name: getattr(action, name) for name in ("state", "done", "refusals", "ended_at")
        }
        self._session.execute(update(bulk_actions).where(_C.id == action.id).values(changed))
        gone = delete(bulk_runs).where(_R.bulk_id == action.id)
        if action.state is BulkState.WORKING:
            gone = gone.where(_R.run_id.in_(dealt_with))
        self._session.execute(gone)


def _of(row: Any) -> BulkAction:
    return BulkAction(*row)
