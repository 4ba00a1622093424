"""The embedded engine: drives runs within the ``serve`` process, on one machine.

Everything it does stands in the store first; after ``kill -9`` a new one finds there what is open
and goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog

from turnout.domain.run import Run
from turnout.engine.calls import Calls
from turnout.engine.housekeeping import keep_house
from turnout.engine.http import HttpEffects
from turnout.engine.timers import Timers
from turnout.use_cases.ports import OpenEffect, Ports
from turnout.use_cases.workers import WantedEffect

_log = structlog.get_logger(__name__)

_PAUSE = 1.0
"""Seconds before a duty that failed begins again."""


class EmbeddedEngine:
    """Implements ``turnout.use_cases.ports.Engine``.

    Args:
        http: executes calls.
        capacity: calls under way at once.
        owner: names this process in leases.
    """

    def __init__(self, http: HttpEffects, capacity: int, owner: str) -> None:
        self._http = http
        self._capacity = capacity
        self._owner = owner
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._calls: Calls | None = None
        self._timers: Timers | None = None
        self._duties: list[asyncio.Task[None]] = []

    async def start(self, ports: Ports) -> None:
        """Take over what an earlier process left open, and drive runs from now on."""
        # Nobody else drives runs on this store, so nobody can hold a lease.
        await ports.store.write(lambda tx: tx.effects.release_all("http"))
        self._calls = Calls(ports, self._http, self._capacity, self._owner)
        self._timers = Timers(ports)
        self._duties = [
            asyncio.create_task(_supervised("calls", self._calls.run)),
            asyncio.create_task(_supervised("timers", self._timers.run)),
            asyncio.create_task(_supervised("housekeeping", partial(keep_house, ports))),
        ]

    async def close(self) -> None:
        """Stop driving; what is under way is done again at the next start."""
        for duty in self._duties:
            duty.cancel()
        await asyncio.gather(*self._duties, return_exceptions=True)
        if self._calls is not None and self._timers is not None:
            await self._calls.close()
            await self._timers.close()
        await self._http.close()

    # the port

    def started(self, run: Run, effects: Sequence[WantedEffect]) -> None:
        """See ``Engine.started``."""
        if self._calls is None or self._timers is None:
            return
        for effect in effects:
            if effect.kind == "http":
                self._calls.start(OpenEffect(run.id, run.workflow_id, effect))
            elif effect.due is not None:
                self._timers.notice(effect.due)

    def withdrawn(self, run_id: str) -> None:
        """See ``Engine.withdrawn``."""
        if self._calls is not None and self._timers is not None:
            self._calls.withdraw(run_id)
            self._timers.withdraw(run_id)

    def ended(self, run_id: str) -> None:
        """See ``Engine.ended``."""
        for event in self._listening.get(run_id, ()):
            event.set()

    @contextmanager
    def ending(self, run_id: str) -> Iterator[asyncio.Event]:
        """See ``Engine.ending``."""
        event = asyncio.Event()
        self._listening.setdefault(run_id, set()).add(event)
        try:
            yield event
        finally:
            listeners = self._listening[run_id]
            listeners.discard(event)
            if not listeners:
                del self._listening[run_id]


async def _supervised(name: str, duty: Callable[[], Awaitable[None]]) -> None:
    """Run a duty for ever; a defect in it must not leave its runs waiting until a restart."""
    while True:
        try:
            await duty()
        except Exception:
            _log.exception("duty failed", duty=name)
            await asyncio.sleep(_PAUSE)
