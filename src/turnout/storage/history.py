"""Version history."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from turnout.domain.by import By
from turnout.domain.deployment import Deployment
from turnout.domain.history import HistoryEvent
from turnout.domain.instant import Instant
from turnout.storage import deployments
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import history_events
from turnout.use_cases.ports import Page, Slice, StoredEvent, bad_cursor

_C = history_events.c
_ALL = select(
    _C.id,
    _C.kind,
    _C.rollout_id,
    _C.version_id,
    _C.deployment_before,
    _C.deployment_after,
    _C.actor,
    _C.at,
    _C.reason,
)
_POSITION = Prepared(select(_C.position).where(_C.id == bindparam("id_")), "id_")


class SqlHistory:
    """The port ``History``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, environment_id: str, workflow_id: str, page: Page) -> Slice[StoredEvent]:
        """A page; the order is that of the changes, whatever the clock said."""
        query = _of_gate(environment_id, workflow_id)
        read = _Reader(self._session)
        return slice_of(self._session, query, _C.position, page, read.stored, cursor=self._position)

    def all(self, environment_id: str, workflow_id: str) -> Sequence[HistoryEvent]:
        """Oldest first."""
        query = _of_gate(environment_id, workflow_id).order_by(_C.position)
        read = _Reader(self._session)
        return [read.stored(row).event for row in self._session.rows(query)]

    def at(self, environment_id: str, workflow_id: str, instant: Instant) -> Deployment | None:
        """The deployment in force at an instant."""
        query = _of_gate(environment_id, workflow_id).where(_C.at <= instant)
        row = self._session.row(query.order_by(_C.position.desc()).limit(1))
        return _Reader(self._session).stored(row).event.after if row else None

    def _position(self, id_: str) -> int:
        row = self._session.find(_POSITION, id_)
        if row is None:
            raise bad_cursor(id_)
        return int(row[0])


class _Reader:
    """Makes events of rows, loading each deployment once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, Deployment] = {}

    def stored(self, row: Any) -> StoredEvent:
        id_, kind, rollout_id, version_id, before, after, actor, at, reason = row
        event = HistoryEvent(
            kind,
            rollout_id,
            version_id,
            self._deployment(before) if before else None,
            self._deployment(after),
            By(actor, at, reason),
        )
        return StoredEvent(id_, event)

    def _deployment(self, id_: str) -> Deployment:
        if id_ not in self._known:
            found = deployments.load(self._session, id_)
            if found is None:
                raise AssertionError("a foreign key guards this")
            self._known[id_] = found
        return self._known[id_]


def _of_gate(environment_id: str, workflow_id: str) -> Select[Any]:
    return _ALL.where(_C.environment_id == environment_id, _C.workflow_id == workflow_id)
