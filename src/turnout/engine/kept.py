"""The duty of kept answers: brings resumed runs what came for them while they were suspended."""

import asyncio

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
        self._under_way: set[str] = set()

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
        first: dict[str, KeptAnswer] = {}
        for kept in found:
            first.setdefault(kept.open.run_id, kept)
        waiting = [kept.open for id_, kept in first.items() if id_ not in self._under_way]
        for open_ in self._slots.fitting(waiting):
            kept = first[open_.run_id]
            self._under_way.add(open_.run_id)
            self._slots.start(open_, lambda kept=kept: self._deliver(kept))  # type: ignore[misc]

    async def _deliver(self, kept: KeptAnswer) -> None:
        try:
            await deliver_body(self._ports, kept.open, kept.body)
        finally:
            self._under_way.discard(kept.open.run_id)
