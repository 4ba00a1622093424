"""A duty that works off what it finds in the store, so much at once, whenever there is more."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import structlog

from turnout.domain.errors import Busy
from turnout.engine.slots import Key, Slots, key_of
from turnout.use_cases.ports import OpenEffect

_log = structlog.get_logger(__name__)

_AT_ONCE = 64
_MOST_KNOWN = 1_024
"""Pieces of work that are known at a time; what is more waits in the store."""

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
        # What was found and has no place yet; and whether there may be more in the store.
        self._known: dict[Key, OpenEffect] = {}
        self._more = True

    def notice(self) -> None:
        """Something was committed; look at it."""
        self._more = True
        self._look.set()

    def withdraw(self, run_id: str) -> None:
        """Interrupt what is done for a run."""
        self._slots.withdraw(run_id)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
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
        """Start what fits; whether it is worth trying again at once."""
        if (self._more or not self._known) and len(self._known) < _MOST_KNOWN:
            # Before the store is read: what is committed meanwhile sets it again.
            self._more = False
            try:
                found = await self._find(self._slots.full)
            except BaseException:
                self._more = True
                raise
            self._known.update((key_of(each), each) for each in found)
        chosen = self._slots.fitting(list(self._known.values()))
        for open_ in chosen:
            del self._known[key_of(open_)]
            self._slots.start(open_, partial(self._do, open_))
        return bool(chosen)

    async def _do(self, open_: OpenEffect) -> None:
        try:
            await self._work(open_)
        except Busy as error:
            _log.debug("duty waits", duty=self._name, run=open_.run_id, reason=error.details)
            await asyncio.sleep(_PAUSE)
        except Exception:
            # It is found again; a defect must not make that an endless hurry.
            _log.exception("duty failed", duty=self._name, run=open_.run_id)
            await asyncio.sleep(_PAUSE)
