"""The call duty: executes HTTP effects, a bounded number at once."""

import asyncio
from collections.abc import Collection

import orjson
import structlog

from turnout.domain.errors import Busy
from turnout.domain.instant import SECOND
from turnout.domain.json import JsonObject
from turnout.engine.delivery import deliver
from turnout.engine.http import ERROR_TYPE, HttpEffects
from turnout.engine.slots import Slots
from turnout.use_cases.ports import OpenEffect, Ports, Transaction

_log = structlog.get_logger(__name__)

_LEASE = 600 * SECOND
_PAUSE = 1.0
_BATCH = 256


class Calls:
    """Starts calls as they are wanted; what is too many waits in the store until one ends.

    Args:
        capacity: how many may be under way at once.
        owner: names this process in leases.
    """

    def __init__(self, ports: Ports, http: HttpEffects, capacity: int, owner: str) -> None:
        self._ports = ports
        self._http = http
        self._owner = owner
        self._look = asyncio.Event()
        self._slots = Slots(capacity, self._look.set)
        # What an earlier process left open is found by the first look.
        self._more = True

    def start(self, open_: OpenEffect) -> None:
        """Execute an effect that was committed, now or when there is room."""
        if self._slots.fitting([open_]):
            self._begin(open_)
        else:
            # Something is under way, and its end makes the duty look.
            self._more = True

    def withdraw(self, run_id: str, keys: Collection[str] | None = None) -> None:
        """Interrupt a run's calls, or those of these effects."""
        self._slots.withdraw(run_id, keys)

    async def run(self) -> None:
        """Catch up with what waits in the store whenever a place is free, until cancelled."""
        while True:
            self._look.clear()
            try:
                while self._more and self._slots.room and await self._claim():
                    pass
            except Busy as error:
                _log.warning("calls wait for the store", reason=error.details)
                await asyncio.sleep(_PAUSE)
                continue
            await self._look.wait()

    async def close(self) -> None:
        """Interrupt what is under way; it is executed again at the next start."""
        await self._slots.close()

    async def _claim(self) -> bool:
        """Start what fits of what waits; whether it is worth asking for more at once."""
        # Before the store is read: what is refused meanwhile must be found by the next look.
        self._more = False
        full = self._slots.full
        try:
            found, chosen = await self._ports.store.write(lambda tx: self._lease(tx, full))
        except BaseException:
            self._more = True
            raise
        for open_ in chosen:
            self._begin(open_)
        self._more = self._more or bool(full) or len(found) == _BATCH or len(chosen) < len(found)
        return bool(chosen)

    def _lease(
        self, tx: Transaction, full: frozenset[str]
    ) -> tuple[list[OpenEffect], list[OpenEffect]]:
        now = self._ports.now()
        found = list(tx.effects.unclaimed("http", now, _BATCH, but=full))
        chosen = self._slots.fitting(found)
        tx.effects.lease(chosen, self._owner, now + _LEASE)
        return found, chosen

    def _begin(self, open_: OpenEffect) -> None:
        self._slots.start(open_, lambda: self._execute(open_))

    async def _execute(self, open_: OpenEffect) -> None:
        await deliver(self._ports, open_, await self._answer(open_))

    async def _answer(self, open_: OpenEffect) -> JsonObject:
        effect = open_.effect
        try:
            request = orjson.loads(effect.request)
            return await self._http.execute(request, effect.idempotency_key)
        except Exception as error:
            # A run must hear something, or it waits for ever.
            _log.exception("call failed unexpectedly", run=open_.run_id, effect=effect.key)
            detail = f"The call failed in a way that was not foreseen: {type(error).__name__}."
            return {"error": {"type": ERROR_TYPE, "status": 500, "title": "Call", "detail": detail}}
