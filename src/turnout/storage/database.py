"""Connections to the database, set up alike wherever they are opened."""

from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
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


def connect(url: str) -> Engine:
    """An engine whose connections leave transactions to their user (``BEGIN`` is written out).

    Args:
        url: ``sqlite:///relative/path`` or ``sqlite:////absolute/path``.

    Raises:
        BadRequest: another kind of database, or one in memory.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadRequest("bad_request", f"{url[:200]!r} is no database URL.") from error
    if (
        parsed.get_backend_name() != "sqlite"
        or not parsed.database
        or parsed.database == ":memory:"
    ):
        raise BadRequest(
            "bad_request", "The database must be an SQLite file for now: sqlite:///path/to/file."
        )
    engine = create_engine(
        parsed.set(drivername="sqlite+pysqlite"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
        connect_args={"check_same_thread": False, "cached_statements": 512},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()
