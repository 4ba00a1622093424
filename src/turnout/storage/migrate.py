"""Bring a database to this version's schema, and check that it is there.

Everything happens in one transaction, so a kill leaves the old schema or the new one: guards
down, migrations, guards up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine

from turnout.domain.errors import Conflict
from turnout.storage import guards

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(engine: Engine, migrations: Path = MIGRATIONS) -> None:
    """Migrate to the newest schema; nothing is written when it is there already.

    Raises:
        Conflict: ``database_newer``: a newer Turnout migrated it, this one does not know it.
    """
    config = _config(migrations)
    with engine.connect() as connection:
        if not _problems(connection, config):
            return
        with _exclusive(connection):
            guards.drop(connection)
            config.attributes["connection"] = connection
            _refuse_newer(connection, config)
            command.upgrade(config, "head")
            guards.install(connection)
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"The migration would break references: {broken[:5]}")


def check(engine: Engine) -> list[str]:
    """What is not as this version needs it, a sentence each; empty when all is well."""
    with engine.connect() as connection:
        return _problems(connection, _config(MIGRATIONS))


def _problems(connection: Connection, config: Config) -> list[str]:
    current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(config).get_current_head()
    if current != head:
        return [f"The schema is at {current or 'nothing'}; this version needs {head}."]
    return guards.problems(connection)


def _refuse_newer(connection: Connection, config: Config) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return
    try:
        ScriptDirectory.from_config(config).get_revision(current)
    except CommandError as error:
        raise Conflict(
            "database_newer",
            f"The database has the schema {current}, which this version of Turnout does not know; "
            "use the version that wrote it, or a newer one.",
        ) from error


def _config(migrations: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


@contextmanager
def _exclusive(connection: Connection) -> Iterator[None]:
    """One transaction that no other process writes in, with references unchecked until its end."""
    # Rebuilding a table drops it; with foreign keys on, that would delete what refers to it.
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    else:
        connection.exec_driver_sql("COMMIT")
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
