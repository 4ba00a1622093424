"""Makes two use cases meet: both have read and computed before either may write."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any, TypeVar

from turnout.use_cases.ports import Ports, Store, Transaction

T = TypeVar("T")

SEED = 20
ROUNDS = 20

Contender = Callable[[Ports], Awaitable[Any]]


class MeetingStore:
    """The real store, behind a door that opens once everybody stands before it.

    Args:
        contenders: how many first writes wait for each other; all later ones pass.
    """

    def __init__(self, store: Store, contenders: int) -> None:
        self._store = store
        self._before = contenders
        self._door = asyncio.Barrier(contenders)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        if self._before > 0:
            self._before -= 1
            await self._door.wait()
        return await self._store.write(work)


async def race(ports: Ports, round_: int, *contenders: Contender) -> list[Any]:
    """What each contender came to, its result or its exception, in the given order.

    In even rounds they meet between their last read and their write; in odd ones they run freely,
    each a few transactions behind the start. The seed decides who comes first.
    """
    random = Random(SEED * 1000 + round_)
    meet = round_ % 2 == 0
    shared = replace(ports, store=MeetingStore(ports.store, len(contenders))) if meet else ports
    order = random.sample(range(len(contenders)), len(contenders))
    start = asyncio.Event()

    async def run(at: int, behind: int) -> Any:
        await start.wait()
        for _ in range(0 if meet else behind):
            await ports.store.read(lambda tx: None)
        return await contenders[at](shared)

    tasks = {at: asyncio.create_task(run(at, random.randrange(6))) for at in order}
    start.set()
    async with asyncio.timeout(60):
        return await asyncio.gather(*(tasks[at] for at in sorted(tasks)), return_exceptions=True)


def split(results: Sequence[Any]) -> tuple[list[Any], list[BaseException]]:
    """Who got through, and who was refused."""
    won = [each for each in results if not isinstance(each, BaseException)]
    return won, [each for each in results if isinstance(each, BaseException)]
