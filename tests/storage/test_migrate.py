"""Migrations lead to the tables of the code, whoever runs them and whenever they are killed."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from turnout.domain.errors import BadRequest, Conflict
from turnout.storage import migrate
from turnout.storage.database import connect
from turnout.storage.store import open_store
from turnout.storage.tables import metadata

UPGRADE = """
import sys
from turnout.storage import migrate
from turnout.storage.database import connect
sys.stdin.readline()
migrate.upgrade(connect(sys.argv[1]))
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/turnout.db"


def test_a_migrated_database_has_the_tables_of_the_code(url: str) -> None:
    engine = connect(url)
    migrate.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        for table in metadata.tables:
            made = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE name = ?", (table,)
            ).scalar_one()
            assert made.rstrip().endswith("WITHOUT ROWID")
    engine.dispose()


def test_several_processes_may_migrate_at_once(url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", UPGRADE, url], stdin=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0, 0]
    engine = connect(url)
    assert migrate.check(engine) == []
    engine.dispose()


def test_a_failed_migration_leaves_schema_and_guards_as_they_were(url: str, tmp_path: Path) -> None:
    engine = connect(url)
    migrate.upgrade(engine)
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/0001_first.py"):
        (broken / name).write_text((migrate.MIGRATIONS / name).read_text())
    (broken / "versions" / "0002_broken.py").write_text(
        'from alembic import op\nrevision = "0002"\ndown_revision = "0001"\n\n'
        'def upgrade() -> None:\n    op.drop_table("audit_log")\n    op.execute("nonsense")\n'
    )
    with pytest.raises(Exception, match="nonsense"):
        migrate.upgrade(engine, broken)
    assert migrate.check(engine) == []
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    open_store(url).close()
    engine = connect(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '7777'")
    engine.dispose()
    with pytest.raises(Conflict) as refused:
        open_store(url)
    assert refused.value.code == "database_newer"


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://x/y"])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(BadRequest):
        connect(url)
