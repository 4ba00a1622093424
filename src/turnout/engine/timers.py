"""The timer duty: fires what is due. A waiting run costs a row, not memory."""

import asyncio
from functools import partial

import structlog

from turnout.domain.errors import Busy
from turnout.domain.instant import SECOND, Instant
from turnout.engine.delivery import deliver
from turnout.use_cases.ports import OpenEffect, Ports, Transaction

_log = structlog.get_logger(__name__)

_BATCH = 256
_AT_ONCE = 64
_LONGEST_SLEEP = 60.0
"""Seconds; the wall clock may be set, so even a far timer is looked at now and then."""


class Timers:
    """Sleeps until the next timer is due, then delivers it to its run."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._sooner = asyncio.Event()
        self._next: Instant | None = None
        self._firing: dict[tuple[str, str, int], asyncio.Task[None]] = {}

    def notice(self, due: Instant) -> None:
        """A timer was committed; wake up when it is due before all others."""
        if self._next is None or due < self._next:
            self._next = due
            self._sooner.set()

    async def run(self) -> None:
        """Fire timers until cancelled."""
        while True:
            self._sooner.clear()
            try:
                fired = await self._fire_due()
                self._next = None if fired else await self._ports.store.read(_next_due)
            except Busy as error:
                _log.warning("timers wait for the store", reason=error.details)
                fired = False
                self._next = self._ports.now() + SECOND
            if not fired:
                await self._sleep()

    async def close(self) -> None:
        """End what is under way; it is due again at the next start."""
        tasks = list(self._firing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fire_due(self) -> bool:
        """Deliver a batch; whether there was anything to deliver that is not under way."""
        now = self._ports.now()
        due = await self._ports.store.read(lambda tx: tx.effects.due("timer", now, _BATCH))
        new = [each for each in due if _key(each) not in self._firing]
        for each in new:
            while len(self._firing) >= _AT_ONCE:
                await asyncio.wait(self._firing.values(), return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.create_task(deliver(self._ports, each, {"value": None}))
            self._firing[_key(each)] = task
            task.add_done_callback(partial(self._fired, _key(each)))
        return bool(new)

    def _fired(self, key: tuple[str, str, int], _: asyncio.Task[None]) -> None:
        del self._firing[key]
        # The batch may have been cut: look once more.
        self._sooner.set()

    async def _sleep(self) -> None:
        seconds = _LONGEST_SLEEP
        if self._next is not None:
            # What is due but under way already wakes the duty when it is done.
            ahead = (self._next - self._ports.now()) / SECOND
            seconds = min(ahead, seconds) if ahead > 0 else seconds
        try:
            async with asyncio.timeout(seconds):
                await self._sooner.wait()
        except TimeoutError:
            pass


def _next_due(tx: Transaction) -> Instant | None:
    return tx.effects.next_due("timer")


def _key(open_: OpenEffect) -> tuple[str, str, int]:
    return open_.run_id, open_.effect.key, open_.effect.attempt
