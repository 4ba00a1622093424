"""The embedded engine: drives runs within the ``serve`` process, on one machine.

Everything it does stands in the store first; after ``kill -9`` a new one finds there what is open
and goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import structlog

from turnout.domain.instant import SECOND, Instant
from turnout.domain.run import Run
from turnout.engine.bulk import BulkActions
from turnout.engine.calls import Calls
from turnout.engine.events import emits, offers
from turnout.engine.housekeeping import keep_house
from turnout.engine.http import HttpEffects
from turnout.engine.kept import KeptAnswers
from turnout.engine.reviews import when_due
from turnout.engine.timers import Timers
from turnout.engine.waking import Waking
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
        events_kept: microseconds for which events that runs emit are kept.
    """

    def __init__(
        self, http: HttpEffects, capacity: int, owner: str, events_kept: Instant = 86_400 * SECOND
    ) -> None:
        self._events_kept = events_kept
        self._offers: Waking | None = None
        self._emits: Waking | None = None
        self._http = http
        self._capacity = capacity
        self._owner = owner
        self._listening: dict[str, set[asyncio.Event]] = {}
        self._calls: Calls | None = None
        self._timers: Timers | None = None
        self._reviews: Timers | None = None
        self._kept: KeptAnswers | None = None
        self._bulk: BulkActions | None = None
        self._duties: list[asyncio.Task[None]] = []

    async def start(self, ports: Ports) -> None:
        """Take over what an earlier process left open, and drive runs from now on."""
        # Nobody else drives runs on this store, so nobody can hold a lease.
        await ports.store.write(lambda tx: tx.effects.release_all("http"))
        self._calls = Calls(ports, self._http, self._capacity, self._owner)
        self._timers = Timers(ports)
        self._reviews = Timers(ports, "review", when_due)
        self._kept = KeptAnswers(ports)
        self._bulk = BulkActions(ports)
        self._offers = offers(ports)
        self._emits = emits(ports, self._events_kept)
        self._duties = [
            asyncio.create_task(_supervised("calls", self._calls.run)),
            asyncio.create_task(_supervised("timers", self._timers.run)),
            asyncio.create_task(_supervised("due reviews", self._reviews.run)),
            asyncio.create_task(_supervised("kept answers", self._kept.run)),
            asyncio.create_task(_supervised("bulk actions", self._bulk.run)),
            asyncio.create_task(_supervised("offers", self._offers.run)),
            asyncio.create_task(_supervised("emits", self._emits.run)),
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
        if self._reviews is not None:
            await self._reviews.close()
        if self._kept is not None:
            await self._kept.close()
        for waking in filter(None, (self._offers, self._emits)):
            await waking.close()
        await self._http.close()

    # the port

    def started(self, run: Run, effects: Sequence[WantedEffect]) -> None:
        """See ``Engine.started``."""
        if self._calls is None or self._timers is None:
            return
        for effect in effects:
            if effect.kind == "http":
                self._calls.start(OpenEffect(run.id, run.workflow_id, effect))
            elif effect.kind == "event" and self._offers is not None:
                self._offers.notice()
            elif effect.kind == "emit" and self._emits is not None:
                self._emits.notice()
            elif effect.kind == "review" and self._reviews is not None:
                if effect.due is not None:
                    self._reviews.notice(effect.due)
            elif effect.due is not None:
                self._timers.notice(effect.due)

    def given_up(self, run_id: str, keys: Collection[str]) -> None:
        """See ``Engine.given_up``; what else than a call is given up is over with its row."""
        if self._calls is not None:
            self._calls.withdraw(run_id, keys)

    def withdrawn(self, run_id: str) -> None:
        """See ``Engine.withdrawn``."""
        if self._calls is not None and self._timers is not None:
            self._calls.withdraw(run_id)
            self._timers.withdraw(run_id)
        if self._reviews is not None:
            self._reviews.withdraw(run_id)
        if self._kept is not None:
            self._kept.withdraw(run_id)
        for waking in filter(None, (self._offers, self._emits)):
            waking.withdraw(run_id)

    def resumed(self, run: Run, effects: Sequence[WantedEffect]) -> None:
        """See ``Engine.resumed``."""
        self.started(run, effects)
        if self._kept is not None:
            self._kept.notice()

    def received(self) -> None:
        """See ``Engine.received``."""
        if self._offers is not None:
            self._offers.notice()

    def bulk_started(self) -> None:
        """See ``Engine.bulk_started``."""
        if self._bulk is not None:
            self._bulk.notice()

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
