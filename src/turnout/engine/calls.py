"""The call duty: executes HTTP effects, a bounded number at once."""

import asyncio
from functools import partial

import orjson
import structlog

from turnout.domain.errors import Busy
from turnout.domain.instant import SECOND
from turnout.engine.delivery import deliver
from turnout.engine.http import HttpEffects
from turnout.use_cases.ports import OpenEffect, Ports

_log = structlog.get_logger(__name__)

_LEASE = 600 * SECOND
_PAUSE = 1.0

_Key = tuple[str, str, int]


class Calls:
    """Starts calls as they are wanted; what is too many waits in the store until one ends.

    Attributes:
        capacity: how many may be under way at once.
    """

    def __init__(self, ports: Ports, http: HttpEffects, capacity: int, owner: str) -> None:
        self._ports = ports
        self._http = http
        self._capacity = capacity
        self._owner = owner
        self._under_way: dict[_Key, asyncio.Task[None]] = {}
        self._behind = asyncio.Event()
        # What an earlier process left open is found by the first look.
        self._behind.set()

    def start(self, open_: OpenEffect) -> None:
        """Execute an effect that was committed, now or when there is room."""
        if len(self._under_way) >= self._capacity:
            self._behind.set()
        elif _key(open_) not in self._under_way:
            task = asyncio.create_task(self._execute(open_))
            self._under_way[_key(open_)] = task
            task.add_done_callback(partial(self._done, _key(open_)))

    def withdraw(self, run_id: str) -> None:
        """Interrupt a run's calls."""
        for key, task in list(self._under_way.items()):
            if key[0] == run_id:
                task.cancel()

    async def run(self) -> None:
        """Catch up with what waits in the store, until cancelled."""
        while True:
            await self._behind.wait()
            while len(self._under_way) >= self._capacity:
                await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
            self._behind.clear()
            try:
                await self._claim()
            except Busy as error:
                _log.warning("calls wait for the store", reason=error.details)
                self._behind.set()
                await asyncio.sleep(_PAUSE)

    async def close(self) -> None:
        """Interrupt what is under way; it is executed again at the next start."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim(self) -> None:
        room = self._capacity - len(self._under_way)
        # Calls that began without a claim are in the store too and may be claimed first, so ask
        # for as many more as are under way.
        limit = room + len(self._under_way)
        now = self._ports.now()
        claimed = await self._ports.store.write(
            lambda tx: tx.effects.claim("http", self._owner, now, now + _LEASE, limit)
        )
        for open_ in claimed:
            self.start(open_)
        if len(claimed) == limit:
            self._behind.set()

    async def _execute(self, open_: OpenEffect) -> None:
        effect = open_.effect
        request = orjson.loads(effect.request)
        answer = await self._http.execute(request, effect.idempotency_key)
        await deliver(self._ports, open_, answer)

    def _done(self, key: _Key, _: asyncio.Task[None]) -> None:
        del self._under_way[key]


def _key(open_: OpenEffect) -> _Key:
    return open_.run_id, open_.effect.key, open_.effect.attempt
