"""Environments."""

from collections.abc import Sequence

from sqlalchemy import bindparam, insert, literal, select

from turnout.domain.environment import Environment
from turnout.storage.prepared import Prepared
from turnout.storage.session import Session
from turnout.storage.tables import environments, gates, workflows

_ALL = select(environments.c.id, environments.c.name, environments.c.created_at)
_BY_ID = Prepared(_ALL.where(environments.c.id == bindparam("id_")), "id_")
_BY_NAME = Prepared(_ALL.where(environments.c.name == bindparam("name_")), "name_")


class SqlEnvironments:
    """The port ``Environments``."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, id_: str) -> Environment | None:
        """By id."""
        row = self._session.find(_BY_ID, id_)
        return Environment(*row) if row else None

    def named(self, name: str) -> Environment | None:
        """By name."""
        row = self._session.find(_BY_NAME, name)
        return Environment(*row) if row else None

    def all(self) -> Sequence[Environment]:
        """All, oldest first."""
        return [Environment(*row) for row in self._session.rows(_ALL.order_by(environments.c.id))]

    def add(self, environment: Environment) -> None:
        """Store it, with a closed gate for every workflow."""
        self._session.execute(
            insert(environments).values(
                id=environment.id, name=environment.name, created_at=environment.created_at
            )
        )
        every = select(
            literal(environment.id, environments.c.id.type),
            workflows.c.id,
            literal(0),
            literal(False),
        )
        self._session.execute(insert(gates).from_select(GATE_COLUMNS, every))


GATE_COLUMNS = ["environment_id", "workflow_id", "generation", "paused"]
"""What a new gate has values in."""
