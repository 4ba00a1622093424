"""The embedded engine: drives runs within the ``serve`` process, on one machine.

Everything it does stands in the store first; after ``kill -9`` a new one finds there what is open
and goes on.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from turnout.engine.calls import Calls
from turnout.engine.housekeeping import keep_house
from turnout.engine.http import HttpEffects
from turnout.engine.timers import Timers
from turnout.use_cases.ports import OpenEffect, Ports
from turnout.use_cases.workers import WantedEffect


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
            asyncio.create_task(self._calls.run(), name="calls"),
            asyncio.create_task(self._timers.run(), name="timers"),
            asyncio.create_task(keep_house(ports), name="housekeeping"),
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

    @property
    def healthy(self) -> bool:
        """Whether every duty is at work."""
        return bool(self._duties) and not any(duty.done() for duty in self._duties)

    # the port

    def started(self, run_id: str, effects: Sequence[WantedEffect]) -> None:
        """See ``Engine.started``."""
        if self._calls is None or self._timers is None:
            return
        for effect in effects:
            if effect.kind == "http":
                self._calls.start(OpenEffect(run_id, effect))
            elif effect.due is not None:
                self._timers.notice(effect.due)

    def withdrawn(self, run_id: str) -> None:
        """See ``Engine.withdrawn``."""
        if self._calls is not None:
            self._calls.withdraw(run_id)

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
