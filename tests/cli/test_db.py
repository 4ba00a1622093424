import sqlite3

from tests.cli.server import Turnout


def test_a_database_is_brought_to_the_schema_and_checked(alone: Turnout) -> None:
    assert alone.json("db", "upgrade") == {"changed": True, "problems": []}
    assert alone.json("db", "upgrade") == {"changed": False, "problems": []}
    assert alone.json("db", "check") == {"problems": []}
    assert "as it must be" in alone.ok("db", "check")


def test_a_missing_guard_is_found_and_mended(alone: Turnout) -> None:
    alone.ok("db", "upgrade")
    with sqlite3.connect(alone.data_dir / "turnout.db") as database:
        (name,) = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchone()
        database.execute(f"DROP TRIGGER {name}")
    database.close()
    result = alone("db", "check", "--json")
    assert result.exit_code == 1
    assert name in result.stdout
    assert alone("db", "check").exit_code == 1
    alone.ok("db", "upgrade")
    alone.ok("db", "check")
