"""I1, I2, I10: plain ``sqlite3``, without any of our settings, cannot rewrite what is written."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.storage.world import NOW, World, finished, waiting
from turnout.domain.audit import AuditRecord
from turnout.storage import guards, migrate
from turnout.storage.database import connect
from turnout.storage.store import open_store
from turnout.use_cases.ports import Transaction

GUARDED = [rule.table.name for rule in guards.RULES]

# A migration of some later version, that rebuilds tables as Alembic does on SQLite.
REBUILD = '''"""Rebuild tables."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in {tables}:
        # The worst case: the new table has SQLite's hidden row number, the old one had none.
        options = {{"sqlite_with_rowid": True}}
        with op.batch_alter_table(table, recreate="always", table_kwargs=options) as batch:
            batch.add_column(sa.Column("later", sa.Integer()))
'''


@pytest.fixture(scope="module", params=["fresh", "rebuilt"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled database, as made and after a migration that rebuilds every guarded table."""
    folder = tmp_path_factory.mktemp(request.param)
    url = f"sqlite:///{folder}/t.db"
    asyncio.run(_fill(url))
    if request.param == "rebuilt":
        _rebuild(url, folder)
    return folder / "t.db"


@pytest.fixture
def plain(filled: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A copy, opened as anybody could."""
    shutil.copy(filled, tmp_path / "t.db")
    connection = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    yield connection
    connection.close()


async def _fill(url: str) -> None:
    store = open_store(url)
    world = World(store)

    def fill(tx: Transaction) -> None:
        world.build(tx)
        tx.runs.add(finished(world.run(tx)))
        tx.runs.add(waiting(world.run(tx)))
        tx.audit.append(AuditRecord("noun.verb", "s", None, None, None, world.by))

    await store.write(fill)
    await world.begin_rollout()
    store.close()


def _rebuild(url: str, folder: Path) -> None:
    migrations = folder / "migrations"
    shutil.copytree(migrate.MIGRATIONS, migrations)
    (migrations / "versions" / "9999_rebuild.py").write_text(
        REBUILD.format(head=_head(), tables=GUARDED)
    )
    engine = connect(url)
    migrate.upgrade(engine, migrations)
    engine.dispose()


def _head() -> str:
    names = [path.name for path in (migrate.MIGRATIONS / "versions").glob("0*.py")]
    return max(names).split("_")[0]


def _refused(connection: sqlite3.Connection, sql: str, values: tuple[object, ...] = ()) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="stays as it is"):
        connection.execute(sql, values)


@pytest.mark.parametrize("table", GUARDED)
def test_no_locked_column_can_be_updated(plain: sqlite3.Connection, table: str) -> None:
    rule = next(rule for rule in guards.RULES if rule.table.name == table)
    for column in rule.table.columns:
        if column.name not in rule.free:
            _refused(plain, f'UPDATE "{table}" SET "{column.name}" = "{column.name}"')
            _refused(plain, f'UPDATE OR REPLACE "{table}" SET "{column.name}" = NULL')


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_can_be_deleted(plain: sqlite3.Connection, table: str) -> None:
    _refused(plain, f'DELETE FROM "{table}"')
    _refused(plain, f'DELETE FROM "{table}" WHERE 1 = 1')


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_can_be_replaced(plain: sqlite3.Connection, table: str) -> None:
    for verb in ("INSERT OR REPLACE", "REPLACE"):
        _refused(plain, f'{verb} INTO "{table}" SELECT * FROM "{table}"')


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_can_be_replaced_over_another_unique_key(
    plain: sqlite3.Connection, table: str
) -> None:
    """Each unique key alone: the row in the way has another primary key."""
    columns = [name for _, name, *_ in plain.execute(f'PRAGMA table_info("{table}")')]
    keys = _unique_keys(plain, table)
    assert keys
    for key in keys:
        changed = [name for name in columns if name not in key]
        values = ", ".join(
            f'"{name}"' if name not in changed else _other(plain, table, name) for name in columns
        )
        where = _partial_condition(plain, table, key)
        assert plain.execute(f'SELECT count(*) FROM "{table}" WHERE {where}').fetchone()[0] > 0
        _refused(
            plain, f'INSERT OR REPLACE INTO "{table}" SELECT {values} FROM "{table}" WHERE {where}'
        )


def _unique_keys(plain: sqlite3.Connection, table: str) -> list[list[str]]:
    found = []
    for _, index, unique, *_ in plain.execute(f'PRAGMA index_list("{table}")').fetchall():
        if unique:
            found.append([row[2] for row in plain.execute(f'PRAGMA index_info("{index}")')])
    return found


def _partial_condition(plain: sqlite3.Connection, table: str, key: list[str]) -> str:
    if table == "journal" and "effect_key" in key:
        return "effect_key <> ''"
    return "state = 'active'" if table == "rollouts" and "state" in key else "1 = 1"


def _other(plain: sqlite3.Connection, table: str, column: str) -> str:
    kind = next(
        row[2] for row in plain.execute(f'PRAGMA table_info("{table}")') if row[1] == column
    )
    return "randomblob(16)" if kind == "BLOB" else f'"{column}"'


@pytest.mark.parametrize("table", GUARDED)
def test_no_row_can_be_replaced_by_its_hidden_number(plain: sqlite3.Connection, table: str) -> None:
    if not _has_rowid(plain, table):
        with pytest.raises(sqlite3.OperationalError, match="rowid"):
            plain.execute(f'INSERT OR REPLACE INTO "{table}" (rowid) VALUES (1)')
        return
    columns = [name for _, name, *_ in plain.execute(f'PRAGMA table_info("{table}")')]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(_other(plain, table, name) for name in columns)
    _refused(
        plain,
        f'INSERT OR REPLACE INTO "{table}" (rowid, {names}) SELECT rowid, {values} FROM "{table}"',
    )
    _refused(plain, f'UPDATE OR REPLACE "{table}" SET rowid = rowid + 1')


def test_the_rebuilt_tables_have_a_hidden_number(filled: Path, plain: sqlite3.Connection) -> None:
    """So that the test above tries both."""
    rebuilt = "rebuilt" in filled.parent.name
    assert {_has_rowid(plain, table) for table in GUARDED} == {rebuilt}


def _has_rowid(plain: sqlite3.Connection, table: str) -> bool:
    made = plain.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    return "WITHOUT ROWID" not in made


def test_what_may_change_can_be_changed(plain: sqlite3.Connection) -> None:
    plain.execute("UPDATE versions SET description = 'better'")
    plain.execute("UPDATE runs SET phase = 'cancelled', ended_at = 1, outcome = 'x', sequence = 9")
    plain.execute("UPDATE rollouts SET basis_points = 1 WHERE state = 'active'")


def test_a_deployment_gets_no_further_share(plain: sqlite3.Connection) -> None:
    """Neither the one in force nor one of the past, under whatever label."""
    names = [name for _, name, *_ in plain.execute('PRAGMA table_info("deployment_shares")')]
    deployments = plain.execute("SELECT id FROM deployments").fetchall()
    assert len(deployments) > 1
    for points in (-1, 0, 1, 10_000):
        other = {"label": "'another'", "basis_points": str(points)}
        row = ", ".join(other.get(name, f'"{name}"') for name in names)
        for deployment in deployments:
            _refused(
                plain,
                f"INSERT INTO deployment_shares SELECT {row} FROM deployment_shares"
                " WHERE deployment_id = ? LIMIT 1",
                deployment,
            )


def test_an_ended_rollout_never_changes(plain: sqlite3.Connection) -> None:
    _refused(plain, "UPDATE rollouts SET basis_points = 1 WHERE state = 'completed'")
    _refused(plain, "UPDATE rollouts SET state = 'active' WHERE state = 'completed'")


def test_a_journal_is_deleted_only_after_its_runs_end_and_with_a_purge_mark(
    plain: sqlite3.Connection,
) -> None:
    ended = plain.execute("SELECT id FROM runs WHERE ended_at IS NOT NULL").fetchone()
    open_ = plain.execute("SELECT id FROM runs WHERE ended_at IS NULL").fetchone()
    _refused(plain, "DELETE FROM journal WHERE run_id = ?", ended)
    plain.execute("INSERT INTO purges SELECT id, ?, 'key' FROM runs", (NOW,))
    _refused(plain, "DELETE FROM journal WHERE run_id = ?", open_)
    assert plain.execute("DELETE FROM journal WHERE run_id = ?", ended).rowcount == 2


def test_a_missing_or_altered_guard_is_found_and_mended(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path}/t.db")
    migrate.upgrade(engine)
    assert migrate.check(engine) == []
    with engine.connect() as connection:
        _weaken(connection)
    assert len(migrate.check(engine)) == 2
    migrate.upgrade(engine)
    assert migrate.check(engine) == []
    engine.dispose()


def _weaken(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TRIGGER guard_versions_delete")
    connection.exec_driver_sql("DROP TRIGGER guard_runs_update")
    connection.exec_driver_sql(
        "CREATE TRIGGER guard_runs_update BEFORE UPDATE ON runs WHEN 0 BEGIN SELECT 1; END"
    )
