"""The duty of kept answers: brings resumed runs what came for them while they were suspended."""

import asyncio
from functools import partial

import structlog

from turnout.domain.errors import Busy
from turnout.engine.delivery import deliver_body
from turnout.engine.slots import Slots
from turnout.use_cases.ports import KeptAnswer, Ports

_log = structlog.get_logger(__name__)

_BATCH = 256
_AT_ONCE = 64
_PAUSE = 1.0


class KeptAnswers:
    """Delivers in the order in which the answers came, to each run one after the other."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._look = asyncio.Event()
        self._slots = Slots(_AT_ONCE, self._look.set)

    def notice(self) -> None:
        """A run was resumed."""
        self._look.set()

    def withdraw(self, run_id: str) -> None:
        """Interrupt what is being delivered to a run."""
        self._slots.withdraw(run_id)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            # Before the store is read: what is resumed meanwhile sets it again, and so does the
            # end of each delivery, behind which the same run's next answer may stand.
            self._look.clear()
            try:
                await self._start_some()
            except Busy as error:
                _log.warning("kept answers wait for the store", reason=error.details)
                await asyncio.sleep(_PAUSE)
                continue
            await self._look.wait()

    async def close(self) -> None:
        """End what is under way; it is found again at the next start."""
        await self._slots.close()

    async def _start_some(self) -> None:
        full = self._slots.full
        found = await self._ports.store.read(lambda tx: tx.suspensions.ready(_BATCH, but=full))
        # A run's next answer comes first only when the one before it has left the store, so its
        # answers are taken in order.
        first: dict[str, KeptAnswer] = {}
        for kept in found:
            first.setdefault(kept.open.run_id, kept)
        for open_ in self._slots.fitting([kept.open for kept in first.values()]):
            body = first[open_.run_id].body
            self._slots.start(open_, partial(deliver_body, self._ports, open_, body))
