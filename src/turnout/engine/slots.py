"""Places for effects under way: so many in all, and a share of them for one workflow.

Without the share, one workflow whose calls hang or whose expressions are heavy would hold every
place, and all others would wait for it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Sequence
from functools import partial
from typing import Any

from turnout.use_cases.ports import OpenEffect

Key = tuple[str, str, int]


class Slots:
    """What is under way, by run, effect key and attempt.

    Args:
        total: places in all; one workflow gets at most a quarter of them.
        freed: called when a place becomes free.
    """

    def __init__(self, total: int, freed: Callable[[], None]) -> None:
        self._total = total
        self._share = max(1, total // 4)
        self._freed = freed
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._of: Counter[str] = Counter()

    @property
    def room(self) -> int:
        """Places that are free."""
        return self._total - len(self._tasks)

    @property
    def full(self) -> frozenset[str]:
        """Workflows that have their share."""
        return frozenset(id_ for id_, count in list(self._of.items()) if count >= self._share)

    def fitting(self, found: Sequence[OpenEffect]) -> list[OpenEffect]:
        """Those that are not under way and may start together, in the given order."""
        room, of = self.room, Counter(self._of)
        chosen: list[OpenEffect] = []
        for open_ in found:
            if key_of(open_) in self._tasks or of[open_.workflow_id] >= self._share:
                continue
            if len(chosen) >= room:
                break
            of[open_.workflow_id] += 1
            chosen.append(open_)
        return chosen

    def start(self, open_: OpenEffect, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin ``work`` for an effect; nothing happens when it is under way already."""
        key = key_of(open_)
        if key in self._tasks:
            return
        task = asyncio.create_task(work())
        self._tasks[key] = task
        self._of[open_.workflow_id] += 1
        task.add_done_callback(partial(self._done, key, open_.workflow_id))

    def withdraw(self, run_id: str, keys: Collection[str] | None = None) -> None:
        """Interrupt what is under way for a run, or for these effects of it."""
        for key, task in self._tasks.items():
            if key[0] == run_id and (keys is None or key[1] in keys):
                task.cancel()

    async def close(self) -> None:
        """Interrupt everything; it is done again at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _done(self, key: Key, workflow_id: str, _: asyncio.Task[None]) -> None:
        del self._tasks[key]
        self._of[workflow_id] -= 1
        if not self._of[workflow_id]:
            del self._of[workflow_id]
        self._freed()


def key_of(open_: OpenEffect) -> Key:
    """What identifies an effect among all runs'."""
    return open_.run_id, open_.effect.key, open_.effect.attempt
