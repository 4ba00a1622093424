"""Worker processes started ahead, so that a killed one is replaced without waiting."""

import asyncio
from collections import deque

import structlog

from turnout.engine.limits import Limits
from turnout.engine.process import SpawnFailed, WorkerProcess, spawn

_log = structlog.get_logger(__name__)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 5.0


class Spares:
    """A few warm workers.

    Args:
        limits: for every worker.
        count: how many to hold ready.
    """

    def __init__(self, limits: Limits, count: int) -> None:
        self._limits = limits
        self._count = count
        self._ready: deque[WorkerProcess] = deque()
        self._spawning: set[asyncio.Task[None]] = set()
        self._closed = False

    async def first(self) -> None:
        """Start the first worker.

        Raises:
            SpawnFailed: workers cannot be started here at all.
            OSError: likewise.
        """
        self._ready.append(await spawn(self._limits))

    def refill(self) -> None:
        """Start as many as are missing, in the background."""
        while not self._closed and len(self._ready) + len(self._spawning) < self._count:
            task = asyncio.get_running_loop().create_task(self._add())
            self._spawning.add(task)
            task.add_done_callback(self._spawning.discard)

    async def take(self) -> WorkerProcess:
        """A worker that never had a job; waits and tries again while none can be started."""
        while self._ready:
            worker = self._ready.popleft()
            if worker.alive:
                self.refill()
                return worker
        worker = await self._spawn_at_last()
        self.refill()
        return worker

    async def close(self) -> None:
        """End them all."""
        self._closed = True
        for task in self._spawning:
            task.cancel()
        await asyncio.gather(*self._spawning, return_exceptions=True)
        for worker in self._ready:
            worker.kill()
            await worker.gone()

    async def _add(self) -> None:
        worker = await self._spawn_at_last()
        self._ready.append(worker)

    async def _spawn_at_last(self) -> WorkerProcess:
        pause = _FIRST_PAUSE
        while True:
            try:
                return await spawn(self._limits)
            except (SpawnFailed, OSError) as error:
                _log.error("worker_did_not_start", reason=str(error), retry_in=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
