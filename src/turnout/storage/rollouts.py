"""Rollouts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from turnout.domain.rollout import Rollout, RolloutState
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import rollouts
from turnout.use_cases.ports import Page, Slice

_C = rollouts.c
_ALL = select(
    _C.id,
    _C.environment_id,
    _C.workflow_id,
    _C.kind,
    _C.state,
    _C.treatment,
    _C.control,
    _C.basis_points,
    _C.assignment_key,
    _C.revision,
    _C.started_at,
    _C.started_by,
    _C.ended_at,
    _C.ended_by,
    _C.reason,
)
_BY_ID = Prepared(_ALL.where(_C.id == bindparam("id_")), "id_")
# Everything else is what a rollout is, and stays; the guards refuse to touch it.
_CHANGING = ("state", "basis_points", "revision", "ended_at", "ended_by", "reason")


class SqlRollouts:
    """The port ``Rollouts``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str) -> Rollout | None:
        """By id."""
        row = self._session.find(_BY_ID, id_)
        return _of(row) if row else None

    def list(
        self,
        environment_id: str,
        page: Page,
        *,
        workflow_id: str | None,
        state: RolloutState | None,
    ) -> Slice[Rollout]:
        """A page of an environment's."""
        query = _ALL.where(_C.environment_id == environment_id)
        if workflow_id is not None:
            query = query.where(_C.workflow_id == workflow_id)
        if state is not None:
            query = query.where(_C.state == state)
        return slice_of(self._session, query, _C.id, page, _of)

    def of_deployments(self, environment_id: str, workflow_id: str) -> Sequence[Rollout]:
        """All rollouts of a gate, oldest first."""
        query = _ALL.where(_C.environment_id == environment_id, _C.workflow_id == workflow_id)
        return [_of(row) for row in self._session.rows(query.order_by(_C.id))]


def save(session: Session, rollout: Rollout) -> None:
    """Insert a new one (revision 1), update an old one."""
    values = asdict(rollout)
    if rollout.revision == 1:
        session.execute(insert(rollouts).values(values))
        return
    changed = {name: values[name] for name in _CHANGING}
    session.execute(update(rollouts).where(_C.id == rollout.id).values(changed))


def _of(row: Any) -> Rollout:
    return Rollout(*row)
