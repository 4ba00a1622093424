"""A duty that works off what it finds in the store, so much at once, whenever there is more."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

import structlog

from turnout.domain.errors import Busy
from turnout.engine.slots import Slots
from turnout.use_cases.ports import OpenEffect

_log = structlog.get_logger(__name__)

_AT_ONCE = 64
_PAUSE = 1.0

Find = Callable[[frozenset[str]], Awaitable[Sequence[OpenEffect]]]
"""What is to be done, of none of these workflows; none when nothing is left."""


class Waking:
    """Looks at its start, whenever it is told, and whenever a place is free.

    Args:
        name: of the duty, for the log.
        find: looks into the store.
        work: does what is to be done for an effect; raises ``Busy`` to be asked again later.
    """

    def __init__(
        self, name: str, find: Find, work: Callable[[OpenEffect], Coroutine[Any, Any, None]]
    ) -> None:
        self._name, self._find, self._work = name, find, work
        self._look = asyncio.Event()
        self._slots = Slots(_AT_ONCE, self._look.set)

    def notice(self) -> None:
        """Something was committed; look at it."""
        self._look.set()

    def withdraw(self, run_id: str) -> None:
        """Interrupt what is done for a run."""
        self._slots.withdraw(run_id)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            # Before the store is read: what is committed meanwhile sets it again.
            self._look.clear()
            try:
                while self._slots.room and await self._begin_some():
                    pass
            except Busy as error:
                _log.warning("duty waits for the store", duty=self._name, reason=error.details)
                await asyncio.sleep(_PAUSE)
                continue
            await self._look.wait()

    async def close(self) -> None:
        """End what is under way; it is found again at the next start."""
        await self._slots.close()

    async def _begin_some(self) -> bool:
        chosen = self._slots.fitting(await self._find(self._slots.full))
        for open_ in chosen:
            self._slots.start(open_, lambda open_=open_: self._do(open_))  # type: ignore[misc]
        return bool(chosen)

    async def _do(self, open_: OpenEffect) -> None:
        try:
            await self._work(open_)
        except Busy as error:
            _log.debug("duty waits", duty=self._name, run=open_.run_id, reason=error.details)
            await asyncio.sleep(_PAUSE)
