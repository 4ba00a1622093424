"""A thread that does works in batches: what came while it was busy is the next batch.

No batch waits for company. Under load batches grow by themselves, and what a batch costs once (a
commit, a wake-up of the event loop) is shared by its works.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

from turnout.domain.errors import Busy
from turnout.storage.session import Item
from turnout.use_cases.ports import Transaction

Work = Callable[[Transaction], Any]


@dataclass(slots=True)
class Waiting:
    """A work, and who waits for it."""

    work: Work
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    item: Item


class Queue:
    """Works that wait for a lane; several lanes may serve one queue."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._changed = Condition()
        self._closed = False
        self._telling: set[asyncio.AbstractEventLoop] = set()

    def ask(self, work: Work) -> asyncio.Future[Any]:
        """Let a work be done; the future belongs to the running event loop.

        Raises:
            Busy: the store is closed.
        """
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        with self._changed:
            if self._closed:
                raise Busy("The store is closed; the server is stopping.")
            self._waiting.append(Waiting(work, future, loop, Item()))
            if loop not in self._telling:
                # What is asked for in one turn of a loop wakes the lanes up once, as one batch.
                self._telling.add(loop)
                loop.call_soon(self._tell, loop)
        return future

    def _tell(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._changed:
            self._telling.discard(loop)
            self._changed.notify(len(self._waiting))

    def take(self, most: int) -> list[Waiting]:
        """Wait for works and take up to ``most``; none when closed and all done."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            count = min(most, len(self._waiting))
            return [self._waiting.popleft() for _ in range(count)]

    def close(self) -> None:
        """Take no more works; those that wait will be done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Lane(Thread):
    """A thread that takes batches from a queue.

    Args:
        run: does a batch and fills in every item's result or error; raises nothing.
        done: called at the end, in the thread.
    """

    def __init__(
        self,
        name: str,
        queue: Queue,
        *,
        most: int,
        run: Callable[[list[Waiting]], None],
        done: Callable[[], None],
    ) -> None:
        super().__init__(name=name, daemon=True)
        self._queue, self._most, self._run, self._done = queue, most, run, done

    def run(self) -> None:
        """Work until the queue is closed and empty."""
        while batch := self._queue.take(self._most):
            self._run(batch)
            _answer(batch)
        self._done()


def _answer(batch: list[Waiting]) -> None:
    """Tell every caller, with one wake-up per event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for waiting in batch:
        loops.setdefault(waiting.loop, []).append(waiting)
    for loop, those in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve, those)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _resolve(batch: list[Waiting]) -> None:
    for waiting in batch:
        if waiting.future.done():  # its caller went away
            continue
        if waiting.item.error is not None:
            waiting.future.set_exception(waiting.item.error)
        else:
            waiting.future.set_result(waiting.item.result)
