"""The housekeeping duty: forgets idempotency keys and events that nobody asks for any more."""

import asyncio

import structlog

from turnout.domain.errors import Busy
from turnout.domain.instant import SECOND
from turnout.use_cases.ports import Ports

_log = structlog.get_logger(__name__)

_KEPT = 25 * 3600 * SECOND
"""At least 24 hours are promised."""

_EVERY = 3600.0
"""Seconds."""

_EVENTS = 1_000
"""As many go in one transaction, so that nobody waits for all of them."""


async def keep_house(ports: Ports) -> None:
    """Clean up now and every hour, until cancelled."""
    while True:
        try:
            gone = await ports.store.write(lambda tx: tx.idempotency.expire(ports.now() - _KEPT))
            _log.debug("idempotency keys forgotten", count=gone)
            _log.debug("events forgotten", count=await _forget_events(ports))
        except Busy as error:
            _log.warning("housekeeping waits for the store", reason=error.details)
        await asyncio.sleep(_EVERY)


async def _forget_events(ports: Ports) -> int:
    count = 0
    while True:
        gone = await ports.store.write(lambda tx: tx.events.expire(ports.now(), _EVENTS))
        count += gone
        if gone < _EVENTS:
            return count
