"""The only place where objects are built: what depends on what, and what is closed when."""

import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from turnout.domain.errors import Unauthenticated
from turnout.domain.instant import SECOND
from turnout.domain.role import Role
from turnout.engine.egress import Egress
from turnout.engine.embedded import EmbeddedEngine
from turnout.engine.http import HttpEffects
from turnout.engine.limits import MIB, Limits, Sizes
from turnout.engine.pool import WorkerPool
from turnout.interpreter.compiled import Limits as RunLimits
from turnout.sample import load as sample
from turnout.settings import Settings, SettingsError
from turnout.storage.database import file_of
from turnout.storage.ids import TypeIds
from turnout.storage.lock import DriverLock, data_dir_lock, database_lock
from turnout.storage.store import open_store
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.ports import Ports
from turnout.use_cases.set_up import set_up
from turnout.use_cases.traffic import TrafficCache

MACHINE_KEY = "admin-key"
"""File in the data directory with the key that the server's machine itself uses; for its owner."""

_BESIDE_A_JOURNAL = 32 * MIB
"""Bytes of a message to a worker beside a run's whole journal: its definition, what came in."""


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
    """The store, migrated and set up, with nothing driven and no worker started.

    Raises:
        SettingsError: a setting cannot be used.
    """
    allowed = egress(settings)
    settings.make_data_dir()
    store = open_store(settings.database)
    pool = WorkerPool(
        limits(settings), Sizes(fast=settings.fast_workers, slow=settings.slow_workers)
    )
    http = HttpEffects(allowed)
    engine = EmbeddedEngine(
        http,
        settings.http_effects,
        owner=f"pid-{os.getpid()}",
        events_kept=settings.event_ttl * SECOND,
    )
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
        Conflict: another process drives runs in this data directory or database.
        SettingsError: a setting cannot be used.
    """
    async with AsyncExitStack() as stack:
        settings.make_data_dir()
        # Before the store is opened: a second server must not even migrate.
        stack.enter_context(DriverLock(data_dir_lock(settings.data_dir)))
        stack.enter_context(DriverLock(database_lock(file_of(settings.database))))
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
    pool = WorkerPool(
        limits(settings), Sizes(fast=settings.fast_workers, slow=settings.slow_workers)
    )
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


def limits(settings: Settings) -> Limits:
    """What runs and the jobs that advance them may use."""
    run = RunLimits(
        settings.run_steps, settings.run_output, settings.run_entries, settings.run_journal
    )
    seconds = float(settings.advance_seconds)
    return Limits(
        slow_cpu=seconds,
        slow_wall=seconds,
        memory=settings.advance_memory * MIB,
        frame=run.journal + _BESIDE_A_JOURNAL,
        run=run,
    )


def egress(settings: Settings) -> Egress:
    """What outgoing calls may reach.

    Raises:
        SettingsError: an entry that cannot be read.
    """
    try:
        return Egress.parse(settings.egress_allow)
    except ValueError as error:
        raise SettingsError(str(error)) from None


async def machine_key(turnout: Turnout) -> str:
    """The secret of the machine's own key: made at the first start, and anew when it is no good.

    Only whoever owns the data directory can read it, and the database lies beside it: the key
    gives nothing away that its reader does not have.
    """
    path = turnout.settings.data_dir / MACHINE_KEY
    kept = path.read_text(encoding="utf-8", errors="replace").strip() if path.exists() else ""
    if kept and await _is_good(turnout, kept):
        return kept
    made = await create_api_key(
        turnout.ports, None, environment=None, role=Role.ADMIN, name="this machine"
    )
    _write_private(path, made.secret + "\n")
    return made.secret


async def _is_good(turnout: Turnout, secret: str) -> bool:
    try:
        await authenticate(turnout.ports.store, secret)
    except Unauthenticated:
        return False
    return True


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
