"""Workflows."""

from dataclasses import asdict

from sqlalchemy import bindparam, insert, literal, select, update

from turnout.domain.ids import Prefix
from turnout.domain.workflow import Workflow
from turnout.storage.environments import GATE_COLUMNS
from turnout.storage.page import slice_of
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import environments, gates, workflows
from turnout.use_cases.ports import Page, Slice

_C = workflows.c
_ALL = select(
    _C.id,
    _C.handle,
    _C.name,
    _C.description,
    _C.assignment_key,
    _C.outcome,
    _C.versions,
    _C.revisions,
    _C.created_at,
    _C.updated_at,
    _C.archived_at,
)
_BY_ID = Prepared(_ALL.where(_C.id == bindparam("id_")), "id_")
_BY_HANDLE = Prepared(_ALL.where(_C.handle == bindparam("handle_")), "handle_")


class SqlWorkflows:
    """The port ``Workflows``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, reference: str) -> Workflow | None:
        """By id or handle; a handle has no ``_``, an id has one."""
        is_id = reference.startswith(f"{Prefix.WORKFLOW}_")
        row = self._session.find(_BY_ID if is_id else _BY_HANDLE, reference)
        return Workflow(*row) if row else None

    def list(self, page: Page, *, archived: bool, handle: str | None) -> Slice[Workflow]:
        """A page; archived ones too when ``archived``; with ``handle`` at most that one."""
        query = _ALL if archived else _ALL.where(_C.archived_at.is_(None))
        if handle is not None:
            query = query.where(_C.handle == handle)
        return slice_of(self._session, query, _C.id, page, lambda row: Workflow(*row))

    def add(self, workflow: Workflow) -> None:
        """Store it, with a closed gate in every environment."""
        self._session.execute(insert(workflows).values(asdict(workflow)))
        every = select(
            environments.c.id, literal(workflow.id, _C.id.type), literal(0), literal(False)
        )
        self._session.execute(insert(gates).from_select(GATE_COLUMNS, every))

    def save(self, workflow: Workflow) -> None:
        """Store what changed."""
        self._session.execute(
            update(workflows).where(_C.id == workflow.id).values(asdict(workflow))
        )
