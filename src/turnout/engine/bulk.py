"""The bulk duty: works bulk actions off, a step of each in turn."""

import asyncio

import structlog

from turnout.domain.errors import Busy
from turnout.use_cases.ports import Ports
from turnout.use_cases.work_off_bulk import work_off

_log = structlog.get_logger(__name__)

_PAUSE = 1.0


class BulkActions:
    """Goes on with what the store has; a long action does not keep a later one waiting."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._look = asyncio.Event()

    def notice(self) -> None:
        """A bulk action was begun."""
        self._look.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._look.clear()
            try:
                while await self._step():
                    pass
            except Busy as error:
                _log.warning("bulk actions wait", reason=error.details)
                await asyncio.sleep(_PAUSE)
                continue
            await self._look.wait()

    async def _step(self) -> bool:
        """One step of each; whether there was anything to do."""
        working = await self._ports.store.read(lambda tx: tx.bulks.working())
        for action in working:
            try:
                await work_off(self._ports, action.id)
            except Busy:
                raise
            except Exception:
                # Neither given up, nor in the way of the others.
                _log.exception("bulk action failed", bulk=action.id)
                await asyncio.sleep(_PAUSE)
        return bool(working)
