"""What the database itself refuses, whoever writes to it (I1, I2, I10).

One table of rules; triggers are made from it. A ``REPLACE`` deletes the row in its way without
firing delete triggers, so inserting over any unique key is refused as well.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Table, UniqueConstraint, exc

from turnout.domain.assignment import FULL
from turnout.storage import tables

PREFIX = "guard_"


@dataclass(frozen=True, slots=True)
class Rule:
    """What may happen to a table's rows after they were inserted, and when there are enough.

    Attributes:
        complete_when: SQL over ``NEW`` that refuses an insert, or None.
        free: columns that may be updated.
        frozen_when: SQL over ``OLD`` that refuses every update, or None.
        deletable_when: SQL over ``OLD`` that allows a delete, or None for never.
    """

    table: Table
    complete_when: str | None = None
    free: tuple[str, ...] = ()
    frozen_when: str | None = None
    deletable_when: str | None = None


RULES = (
    Rule(tables.versions, free=("description",)),
    Rule(tables.deployments),
    # A deployment's shares are written after it, in its transaction, and add up to the whole.
    Rule(
        tables.deployment_shares,
        complete_when="(SELECT sum(basis_points) FROM deployment_shares"  # noqa: S608
        f" WHERE deployment_id = NEW.deployment_id) >= {FULL}",
    ),
    Rule(tables.history_events),
    Rule(tables.audit_log),
    Rule(
        tables.rollouts,
        free=("state", "basis_points", "revision", "ended_at", "ended_by", "reason"),
        frozen_when="OLD.state <> 'active'",
    ),
    Rule(tables.runs, free=("phase", "outcome", "ended_at", "sequence")),
    Rule(
        tables.journal,
        deletable_when="EXISTS (SELECT 1 FROM purges JOIN runs ON runs.id = purges.run_id"
        " WHERE purges.run_id = OLD.run_id AND runs.ended_at IS NOT NULL)",
    ),
)


def install(connection: Connection) -> None:
    """Drop every guard and make them anew."""
    drop(connection)
    for sql in wanted(connection).values():
        connection.exec_driver_sql(sql)


def drop(connection: Connection) -> None:
    """Take all guards away; for a migration, inside its transaction."""
    for name in _present(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def problems(connection: Connection) -> list[str]:
    """What is missing or altered; empty when every guard stands."""
    present, expected = _present(connection), wanted(connection)
    found = [f"The guard {name} is missing." for name in expected if name not in present]
    return found + [
        f"The guard {name} is not the one that belongs there."
        for name, sql in present.items()
        if expected.get(name) != sql
    ]


def wanted(connection: Connection) -> dict[str, str]:
    """Trigger name → the SQL that makes it, for the tables as they are."""
    if connection.dialect.name != "sqlite":
        raise NotImplementedError(f"There are no guards for {connection.dialect.name} yet.")
    return {
        name: sql
        for rule in RULES
        for name, sql in _triggers(rule, has_rowid=_has_rowid(connection, rule.table))
    }


def _triggers(rule: Rule, *, has_rowid: bool) -> Iterator[tuple[str, str]]:
    table = rule.table.name
    locked = ", ".join(f'"{c.name}"' for c in rule.table.columns if c.name not in rule.free)
    columns = f" OF {locked}" if rule.free else ""
    yield _trigger(table, "update", f"UPDATE{columns}")
    if rule.frozen_when:
        yield _trigger(table, "frozen", "UPDATE", rule.frozen_when)
    unless = f"NOT {rule.deletable_when}" if rule.deletable_when else None
    yield _trigger(table, "delete", "DELETE", unless)
    if rule.complete_when:
        yield _trigger(table, "complete", "INSERT", rule.complete_when)
    yield _trigger(table, "replace", "INSERT", _taken(rule.table, has_rowid=has_rowid))
    if has_rowid:
        yield _trigger(table, "rowid", "UPDATE", "NEW.rowid IS NOT OLD.rowid")


def _trigger(table: str, what: str, event: str, when: str | None = None) -> tuple[str, str]:
    name = f"{PREFIX}{table}_{what}"
    condition = f" WHEN {when}" if when else ""
    message = f"{table}: what is written here stays as it is"
    return name, (
        f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}"{condition} '
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _taken(table: Table, *, has_rowid: bool) -> str:
    """SQL that is true when a row with one of ``NEW``'s unique keys exists."""
    unique = [c.columns for c in table.constraints if isinstance(c, UniqueConstraint)]
    keys = [_same(columns) for columns in (table.primary_key.columns, *unique)]
    # A partial index's condition is over columns of the index, so it holds for both rows or none.
    for index in table.indexes:
        if index.unique:
            where = index.dialect_options["sqlite"]["where"]
            keys.append(("" if where is None else f"{where} AND ") + _same(index.columns))
    if has_rowid:
        keys.append("rowid = NEW.rowid")
    # The sets above have no order, and the text is compared later.
    every = sorted(keys)
    return " OR ".join(f'EXISTS (SELECT 1 FROM "{table.name}" WHERE {key})' for key in every)  # noqa: S608


def _same(columns: Iterable[Column[Any]]) -> str:
    return " AND ".join(f'"{column.name}" = NEW."{column.name}"' for column in columns)


def _has_rowid(connection: Connection, table: Table) -> bool:
    """Whether the table as it stands has SQLite's hidden row number."""
    try:
        connection.exec_driver_sql(f'SELECT rowid FROM "{table.name}" LIMIT 0')  # noqa: S608
    except exc.OperationalError:
        return False
    return True


def _present(connection: Connection) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' "
        "ESCAPE '\\' ORDER BY name"
    )
    return {str(name): str(sql) for name, sql in rows}
