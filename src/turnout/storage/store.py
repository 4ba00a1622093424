"""The store on SQLite: one writer with group commit, a few readers with snapshots."""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar, cast

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from turnout.domain.errors import Busy
from turnout.storage import migrate
from turnout.storage.database import connect
from turnout.storage.ids import TypeIds
from turnout.storage.lane import Lane, Queue, Waiting
from turnout.storage.session import Lost, Session, cause
from turnout.storage.transaction import SqlTransaction
from turnout.use_cases.ports import Transaction

WRITES_PER_COMMIT = 256
READS_PER_SNAPSHOT = 16
READERS = 2

T = TypeVar("T")

log = structlog.get_logger(__name__)


class SqliteStore:
    """The port ``Store``; may be used from any number of event loops at once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writes, self._reads = Queue(), Queue()
        self._writer = _lane("store-writer", engine, self._writes, writing=True)
        self._readers = [
            _lane(f"store-reader-{n}", engine, self._reads, writing=False) for n in range(READERS)
        ]
        for lane in (self._writer, *self._readers):
            lane.start()

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` on a consistent snapshot, taken after this call."""
        return cast("T", await self._reads.ask(work))

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Run ``work`` after all earlier writes; durable when this returns.

        Raises:
            Busy: nothing was written: the disk is full, or another process holds the database.
        """
        return cast("T", await self._writes.ask(work))

    def close(self) -> None:
        """Finish what was asked for, then end; a second call does nothing."""
        # The writer's connection is closed last and alone: SQLite takes its log into the database
        # only when the last one to close meets nobody else, not even one that is just closing.
        for queue, lanes in ((self._reads, self._readers), (self._writes, [self._writer])):
            queue.close()
            for lane in lanes:
                lane.join()
        self.engine.dispose()


def open_store(database: str | Path) -> SqliteStore:
    """Open a database, made and migrated where needed.

    Args:
        database: as ``database.connect`` takes it.

    Raises:
        BadRequest: not a database that Turnout can use.
        Conflict: a newer Turnout migrated it.
    """
    engine = connect(database)
    migrate.upgrade(engine)
    return SqliteStore(engine)


class _Worker:
    """What a lane does with a batch: one transaction over its own connection."""

    def __init__(self, engine: Engine, *, writing: bool) -> None:
        self._engine = engine
        self._writing = writing
        self._connection: Connection | None = None
        self._open()

    def run(self, batch: list[Waiting]) -> None:
        """Do all works, each undone alone when it fails, and commit them together."""
        try:
            self._session.begin()
            for waiting in batch:
                self._one(waiting)
            self._session.commit()
        except BaseException as error:
            # Nothing of this batch is durable, so nothing of it may be acknowledged.
            refused = _refusal(cause(error.__cause__ or error))
            log.warning("store_batch_failed", works=len(batch), error=repr(error))
            for waiting in batch:
                waiting.item.error = refused
            self._recover()
        else:
            for waiting in batch:
                if waiting.item.error is not None:
                    waiting.item.error = _translated(waiting.item.error)

    def done(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            # One that is broken cannot even be closed.
            with suppress(sqlite3.Error, SQLAlchemyError):
                self._connection.close()

    def _one(self, waiting: Waiting) -> None:
        item = waiting.item
        self._session.start(item)
        try:
            item.result = waiting.work(self._transaction)
            self._session.finish()
        except Lost:
            raise
        except BaseException as error:
            item.error = error
            self._session.undo()

    def _recover(self) -> None:
        """Begin the next batch afresh, on a new connection if there can be one."""
        with suppress(sqlite3.Error):
            self._session.rollback()
        try:
            self._open()
        except (sqlite3.Error, SQLAlchemyError) as error:
            # The thread must live: the next batch fails with a clear error, or works again.
            log.warning("store_reconnect_failed", error=repr(error))

    def _open(self) -> None:
        connection = self._engine.connect()
        if not self._writing:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        self.done()
        self._connection = connection
        self._session = Session(connection, writing=self._writing)
        self._transaction = SqlTransaction(self._session, TypeIds())


def _lane(name: str, engine: Engine, queue: Queue, *, writing: bool) -> Lane:
    worker = _Worker(engine, writing=writing)
    most = WRITES_PER_COMMIT if writing else READS_PER_SNAPSHOT
    return Lane(name, queue, most=most, run=worker.run, done=worker.done)


def _translated(error: BaseException) -> BaseException:
    """What a caller gets for an error in its own work."""
    return _refusal(error) if isinstance(cause(error), sqlite3.OperationalError) else error


def _refusal(error: BaseException) -> Busy:
    refused = Busy(f"The database cannot write now ({error}); nothing was stored. Try again.")
    refused.__cause__ = error
    return refused
