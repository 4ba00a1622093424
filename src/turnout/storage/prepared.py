"""Statements compiled once: SQLAlchemy's types and spelling without its time per call."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Delete, Insert, Select, Table, Update, bindparam, insert
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from turnout.storage import tables

_DIALECT = sqlite.dialect(paramstyle="qmark")

# In the order of writing: what refers to something comes after it.
DEFERRABLE = (
    tables.runs,
    tables.journal,
    tables.run_states,
    tables.effects,
    tables.subscriptions,
    tables.reviews,
    tables.waiting_reviews,
    tables.idempotency,
)
_DEFERRED = {table.name for table in (*DEFERRABLE, tables.run_counts)}

_Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement with ``bindparam``s.

    Args:
        statement: its values are given later in the order of ``names``.
        names: of its parameters.
        sees_deferred: whether it must see deferred rows; by default when it is about tables that
            may have some.

    Attributes:
        sql: text with ``?``.
    """

    def __init__(
        self,
        statement: Select[Any] | Update | Delete | Insert,
        *names: str,
        sees_deferred: bool | None = None,
    ) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        self.sql = str(compiled)
        constants = compiled.construct_params(_check=False)
        types = {name: compiled.binds[name].type for name in compiled.positiontup}
        self._binds = [
            (names.index(name) if name in names else None, constants[name], _bind(types[name]))
            for name in compiled.positiontup
        ]
        columns = statement.selected_columns if isinstance(statement, Select) else ()
        self._results = [_result(column.type) for column in columns]
        self.sees_deferred = (
            any(
                isinstance(part, Table) and part.name in _DEFERRED
                for part in visitors.iterate(statement)
            )
            if sees_deferred is None
            else sees_deferred
        )

    def bind(self, values: tuple[Any, ...]) -> list[Any]:
        """The values as the database takes them; raises ``NotAnId``."""
        bound = []
        for position, constant, convert in self._binds:
            value = constant if position is None else values[position]
            bound.append(value if convert is None else convert(value))
        return bound

    def read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row's values as Python has them."""
        return tuple(
            [
                value if convert is None else convert(value)
                for convert, value in zip(self._results, row, strict=True)
            ]
        )


def inserting(table: Table) -> Prepared:
    """A statement that inserts one whole row, its values in column order."""
    names = {column.name: f"new_{column.name}" for column in table.columns}
    values: dict[str, Any] = {name: bindparam(value) for name, value in names.items()}
    return Prepared(insert(table).values(values), *names.values())


def insert_texts(table: Table, most: int) -> list[str]:
    """SQL that inserts 1, 2, … ``most`` whole rows, the values of each in column order."""
    one = str(table.insert().compile(dialect=_DIALECT))
    head, _, values = one.partition(" VALUES ")
    return [f"{head} VALUES {', '.join([values] * rows)}" for rows in range(1, most + 1)]


def upsert_text(table: Table, *, add: str) -> str:
    """SQL that inserts a whole row, or adds to the column ``add`` of the row with its key."""
    statement = sqlite.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={add: table.c[add] + statement.excluded[add]},
    )
    return str(statement.compile(dialect=_DIALECT))


def _bind(type_: TypeEngine[Any]) -> _Convert:
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT)


def _result(type_: TypeEngine[Any]) -> _Convert:
    return type_.dialect_impl(_DIALECT).result_processor(_DIALECT, None)
