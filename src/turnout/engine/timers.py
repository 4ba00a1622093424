"""The timer duty: fires what is due. A waiting run costs a row, not memory."""

import asyncio
from collections.abc import Callable

import structlog

from turnout.domain.errors import Busy
from turnout.domain.instant import SECOND, Instant
from turnout.domain.json import JsonObject
from turnout.engine.delivery import deliver
from turnout.engine.slots import Slots
from turnout.use_cases.ports import OpenEffect, Ports
from turnout.use_cases.workers import WantedEffect

_log = structlog.get_logger(__name__)

_BATCH = 256
_AT_ONCE = 64
_PAUSE = 1.0
_LONGEST_SLEEP = 60.0
"""Seconds; the wall clock may be set, so even a far timer is looked at now and then."""


class Timers:
    """Sleeps until the next effect of its kind is due, then delivers the answer to its run.

    Args:
        kind: of the effects: timers, or what else is answered when it is due.
        answer: what an effect that is due is answered with.
    """

    def __init__(
        self,
        ports: Ports,
        kind: str = "timer",
        answer: Callable[[WantedEffect], JsonObject] = lambda _: {"value": None},
    ) -> None:
        self._ports = ports
        self._kind = kind
        self._answer = answer
        self._look = asyncio.Event()
        self._slots = Slots(_AT_ONCE, self._look.set)
        self._next: Instant | None = None

    def notice(self, due: Instant) -> None:
        """A timer was committed; wake up when it is due before all others."""
        if self._next is None or due < self._next:
            self._look.set()

    def withdraw(self, run_id: str) -> None:
        """Interrupt what is being delivered to a run."""
        self._slots.withdraw(run_id)

    async def run(self) -> None:
        """Fire timers until cancelled."""
        while True:
            # Cleared before the store is read, with the next one unknown meanwhile: whatever is
            # committed after the reading began sets it again.
            self._look.clear()
            self._next = None
            try:
                ahead = await self._first_after(await self._fire_all())
            except Busy as error:
                _log.warning("timers wait for the store", reason=error.details)
                await asyncio.sleep(_PAUSE)
                continue
            self._next = ahead
            await self._sleep()

    async def close(self) -> None:
        """End what is under way; it is due again at the next start."""
        await self._slots.close()

    async def _fire_all(self) -> Instant:
        """Start what fits of what is due; until when it was looked for."""
        while True:
            now = self._ports.now()
            if not (self._slots.room and await self._fire(now)):
                return now

    async def _fire(self, now: Instant) -> bool:
        """Start what fits of one batch; whether it is worth asking for more at once."""
        full = self._slots.full
        due = await self._ports.store.read(
            lambda tx: tx.effects.due(self._kind, now, _BATCH, but=full)
        )
        chosen = self._slots.fitting(due)
        for open_ in chosen:
            self._begin(open_)
        return bool(chosen)

    async def _first_after(self, looked: Instant) -> Instant | None:
        """The timer to sleep for.

        What was due by the last look and has no place yet is found when a place is free; one that
        came due since then must not be taken for those.
        """
        return await self._ports.store.read(
            lambda tx: tx.effects.next_due(self._kind, after=looked)
        )

    def _begin(self, open_: OpenEffect) -> None:
        self._slots.start(open_, lambda: deliver(self._ports, open_, self._answer(open_.effect)))

    async def _sleep(self) -> None:
        seconds = _LONGEST_SLEEP
        if self._next is not None:
            seconds = min((self._next - self._ports.now()) / SECOND, seconds)
        try:
            async with asyncio.timeout(seconds):
                await self._look.wait()
        except TimeoutError:
            pass
