"""One connection's side of a transaction: statements, savepoints and rows kept for later.

A batch of works shares a transaction, each work in a savepoint of its own (an *item*). What most
items do is to accept a run, which only adds rows. Such rows are *deferred*: kept in Python and
written many at a time at the end of the batch, or before the first statement that might see
them: that is every statement but a prepared query over tables that never have any.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Table
from sqlalchemy.exc import DBAPIError, StatementError

from turnout.storage import tables
from turnout.storage.ids import NotAnId
from turnout.storage.prepared import DEFERRABLE, Prepared, insert_texts, upsert_text

_MOST = 64
"""Rows that go in at once.

Between two statements Python's lock is given away, and a busy event loop keeps it for
milliseconds; so as many as there are go in together, not one by one as ``executemany`` does.
"""

_INSERT = {table.name: insert_texts(table, _MOST) for table in DEFERRABLE}
_COUNT = upsert_text(tables.run_counts, add="count")

CountKey = tuple[bytes, bytes, bytes, bytes, str, int, str, str]
"""The primary key of ``run_counts``."""


class Lost(Exception):
    """The database gave up the whole transaction (disk full, I/O error)."""


@dataclass(slots=True)
class Item:
    """One work of a batch: what it deferred, and what became of it.

    Attributes:
        rows: (table's name, values in column order). counts: one for every run counted.
        claims: idempotency keys among ``rows``.
        result, error: what to tell its caller after the commit.
    """

    rows: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)
    counts: list[CountKey] = field(default_factory=list)
    result: Any = None
    error: BaseException | None = None

    @property
    def deferred(self) -> bool:
        """Whether there is something to write."""
        return bool(self.rows or self.counts)


class Session:
    """Statements within a transaction that ``begin`` opened and ``commit`` ends."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor = connection.connection.cursor()  # type: ignore[assignment]
        self._writing = writing
        self._item = Item()
        self._waiting: list[Item] = []
        self._claims: set[tuple[bytes, str]] = set()
        self._answers: dict[tuple[Prepared, tuple[Any, ...]], tuple[Any, ...] | None] = {}
        self._open = False

    # -- transaction and items -------------------------------------------------------------

    def begin(self) -> None:
        """Begin; a writer takes the write lock at once, so nobody's write can come between."""
        self._answers.clear()
        self._cursor.execute("BEGIN IMMEDIATE" if self._writing else "BEGIN")

    def commit(self) -> None:
        """Write what is deferred, then commit: durable when this returns."""
        self.flush()
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        """Forget everything since ``begin``; no error when nothing is open."""
        self._item, self._open = Item(), False
        self._waiting.clear()
        self._claims.clear()
        if self._cursor.connection.in_transaction:
            self._cursor.execute("ROLLBACK")

    def start(self, item: Item) -> None:
        """From now on, what happens belongs to this item."""
        self._item = item

    def finish(self) -> None:
        """Keep what the item did."""
        if self._open:
            self._write([self._item])
            self._cursor.execute("RELEASE item")
            self._open = False
        elif self._item.deferred:
            self._waiting.append(self._item)

    def undo(self) -> None:
        """Take back what the item did.

        Raises:
            Lost: the database took back everything already.
        """
        self._answers.clear()
        self._item.rows.clear()
        self._item.counts.clear()
        if not self._cursor.connection.in_transaction:
            raise Lost
        if self._open:
            self._open = False
            self._cursor.execute("ROLLBACK TO item")
            self._cursor.execute("RELEASE item")

    # -- statements ------------------------------------------------------------------------

    def execute(
        self, statement: Executable, parameters: Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement; it sees all that was written before."""
        self.settle()
        return self._connection.execute(statement, parameters)

    def rows(self, query: Executable) -> Sequence[Any]:
        """All rows of a query. One that asks for what is no id of its kind finds nothing."""
        try:
            return self.execute(query).fetchall()
        except StatementError as error:
            if isinstance(error.orig, NotAnId):
                return ()
            raise

    def row(self, query: Executable) -> Any | None:
        """The first row of a query, or None."""
        return next(iter(self.rows(query)), None)

    def find(self, query: Prepared, *values: Any) -> tuple[Any, ...] | None:
        """The first row of a prepared query, or None; what is no id of its kind finds nothing.

        A question is asked once until something may have changed its answer: all runs of a batch
        ask for the same few keys and gates.
        """
        if query.sees_deferred:
            self.settle()
            return self._find(query, values)
        asked = (query, values)
        if asked not in self._answers:
            self._answers[asked] = self._find(query, values)
        return self._answers[asked]

    def every(self, query: Prepared, *values: Any) -> list[tuple[Any, ...]]:
        """All rows of a prepared query; the values are ids that there are."""
        self.settle()
        return [query.read(row) for row in self._cursor.execute(query.sql, query.bind(values))]

    def change(self, statement: Prepared, *values: Any) -> int:
        """Run a prepared change; the number of rows that it met."""
        self.settle()
        return self._cursor.execute(statement.sql, statement.bind(values)).rowcount

    def insert(self, table: Table, values: list[tuple[Any, ...]]) -> None:
        """Insert rows into a deferrable table now; ``values`` as in ``defer``."""
        self.settle()
        self._insert(table.name, values)

    # -- deferred rows ---------------------------------------------------------------------

    def defer(self, table: Table, values: tuple[Any, ...]) -> None:
        """Insert a row later; ``values`` as the database stores them, in column order."""
        if not self._writing:
            raise AssertionError("a read stores nothing")
        self._item.rows.append((table.name, values))

    def defer_counts(self, keys: Iterable[CountKey]) -> None:
        """Count runs later, or with the next row that is written."""
        self._item.counts.extend(keys)

    def defer_claim(self, values: tuple[Any, ...]) -> None:
        """Insert a row of ``idempotency`` later."""
        self._claims.add(values[:2])
        self.defer(tables.idempotency, values)

    def claims(self, key: tuple[bytes, str]) -> bool:
        """Whether this batch deferred a claim of this environment and idempotency key."""
        return key in self._claims

    def flush(self) -> None:
        """Write the deferred rows of finished items; one that cannot be written fails alone."""
        items, self._waiting = self._waiting, []
        self._claims.clear()
        if not items or self._saved(items):
            return
        for item in items:
            self._saved([item])

    def settle(self) -> None:
        """Make the next statement see all rows, and the item's part of it undoable alone."""
        self._answers.clear()
        if not self._writing:
            return
        if not self._open:
            # Earlier items' rows go outside this item's savepoint: its failure is not theirs.
            self.flush()
            self._cursor.execute("SAVEPOINT item")
            self._open = True
        if self._item.deferred:
            self._write([self._item])

    def _find(self, query: Prepared, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        try:
            bound = query.bind(values)
        except NotAnId:
            return None
        row = self._cursor.execute(query.sql, bound).fetchone()
        return None if row is None else query.read(row)

    def _insert(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        for start in range(0, len(rows), _MOST):
            some = rows[start : start + _MOST]
            self._cursor.execute(_INSERT[table][len(some) - 1], list(chain(*some)))

    def _saved(self, items: list[Item]) -> bool:
        self._cursor.execute("SAVEPOINT deferred")
        try:
            self._write(items)
        except sqlite3.Error as error:
            if not self._cursor.connection.in_transaction:
                raise Lost from error
            self._cursor.execute("ROLLBACK TO deferred")
            if len(items) == 1:
                items[0].error = error
        self._cursor.execute("RELEASE deferred")
        return all(not item.deferred for item in items)

    def _write(self, items: list[Item]) -> None:
        rows: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in DEFERRABLE}
        for item in items:
            for table, values in item.rows:
                rows[table].append(values)
        for table, those in rows.items():
            if those:
                self._insert(table, those)
        counts: dict[CountKey, int] = {}
        for item in items:
            for key in item.counts:
                counts[key] = counts.get(key, 0) + 1
        if counts:
            self._cursor.executemany(_COUNT, [(*key, count) for key, count in counts.items()])
        for item in items:
            item.rows.clear()
            item.counts.clear()


def cause(error: BaseException) -> BaseException:
    """The database's own error behind SQLAlchemy's."""
    orig = error.orig if isinstance(error, DBAPIError) else None
    return orig if orig is not None else error
