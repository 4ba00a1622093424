"""The only place where objects are built: what depends on what, and what is closed when."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from turnout.domain.role import Role
from turnout.engine.egress import Egress
from turnout.engine.embedded import EmbeddedEngine
from turnout.engine.http import HttpEffects
from turnout.engine.limits import Sizes
from turnout.engine.pool import WorkerPool
from turnout.sample import load as sample
from turnout.settings import Settings
from turnout.storage.ids import TypeIds
from turnout.storage.lock import DriverLock
from turnout.storage.store import open_store
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.ports import Ports
from turnout.use_cases.set_up import set_up
from turnout.use_cases.traffic import TrafficCache

MACHINE_KEY = "admin-key"
"""File in the data directory with the key that the server's machine itself uses; for its owner."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """Everything that a request or a command works with."""

    settings: Settings
    ports: Ports
    traffic: TrafficCache
    pool: WorkerPool
    engine: EmbeddedEngine


@asynccontextmanager
async def at_rest(settings: Settings) -> AsyncIterator[Turnout]:
    """The store, migrated and set up, with nothing driven and no worker started."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.database)
    pool = WorkerPool(sizes=Sizes(fast=settings.fast_workers, slow=settings.slow_workers))
    http = HttpEffects(Egress.parse(settings.egress_allow))
    engine = EmbeddedEngine(http, settings.http_effects, owner=f"pid-{os.getpid()}")
    ports = Ports(store, pool, engine, TypeIds(), _now)
    try:
        await set_up(ports)
        yield Turnout(settings, ports, TrafficCache(), pool, engine)
    finally:
        store.close()


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Turnout]:
    """The whole product, driving runs.

    Raises:
        Conflict: another process drives runs in this data directory.
    """
    async with AsyncExitStack() as stack:
        # Before the store is opened: a second server must not even migrate.
        stack.enter_context(DriverLock(settings.data_dir))
        turnout = await stack.enter_async_context(at_rest(settings))
        await machine_key(turnout)
        stack.push_async_callback(turnout.pool.close)
        await turnout.pool.start()
        stack.push_async_callback(turnout.engine.close)
        await turnout.engine.start(turnout.ports)
        yield turnout


@asynccontextmanager
async def workers(settings: Settings) -> AsyncIterator[WorkerPool]:
    """The worker pool alone, for checking and running files without a server."""
    pool = WorkerPool(sizes=Sizes(fast=settings.fast_workers, slow=settings.slow_workers))
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


async def machine_key(turnout: Turnout) -> str:
    """The secret of the machine's own key, made at the first start.

    Only whoever owns the data directory can read it, and the database lies beside it: the key
    gives nothing away that its reader does not have.
    """
    path = turnout.settings.data_dir / MACHINE_KEY
    if path.exists():
        return path.read_text(encoding="ascii").strip()
    made = await create_api_key(
        turnout.ports, None, environment=None, role=Role.ADMIN, name="this machine"
    )
    _write_private(path, made.secret + "\n")
    return made.secret


async def load_sample(turnout: Turnout) -> None:
    """Put the sample into production, as the machine's own key."""
    caller = await authenticate(turnout.ports.store, await machine_key(turnout))
    await sample.load_sample(turnout.ports, turnout.traffic, caller)


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _now() -> int:
    return time.time_ns() // 1_000
