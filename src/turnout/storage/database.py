"""Connections to the database, set up alike wherever they are opened."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from turnout.domain.errors import BadRequest

_PRAGMAS = (
    # First, so that the others wait for a lock, too.
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    # A commit that was acknowledged survives power loss.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16384",
    "PRAGMA temp_store = MEMORY",
)


def connect(database: str | Path) -> Engine:
    """An engine whose connections leave transactions to their user (``BEGIN`` is written out).

    A database that does not exist is made at the first connection, readable for its owner alone.

    Args:
        database: its file; or ``sqlite:///relative/path`` or ``sqlite:////absolute/path``.

    Raises:
        BadRequest: another kind of database, or one in memory.
    """
    url = _url(database)
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    file = _file(url)
    event.listen(engine, "do_connect", lambda *_: _make_private(file))
    event.listen(engine, "connect", _prepare)
    return engine


def file_of(database: str | Path) -> Path:
    """The database's file, by the one path that all its names lead to.

    Args, Raises:
        as ``connect``.
    """
    return _file(_url(database))


def _url(database: str | Path) -> URL:
    if isinstance(database, Path):
        # In a URL's text, some characters of a path would not be the path's.
        return URL.create("sqlite", database=str(database.absolute()))
    try:
        parsed = make_url(database)
    except ArgumentError as error:
        raise BadRequest("bad_request", f"{database[:200]!r} is no database URL.") from error
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or parsed.database == ":memory:"
        or "uri" in parsed.query
    ):
        raise BadRequest(
            "bad_request", "The database must be an SQLite file for now: sqlite:///path/to/file."
        )
    return parsed


def _file(url: URL) -> Path:
    return Path(url.database or "").resolve()


def _make_private(file: Path) -> None:
    """Make the file where it is missing; SQLite gives the files beside it the same mode."""
    # Where it cannot be made, SQLite says why.
    with suppress(OSError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
