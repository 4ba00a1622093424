"""What the traffic cache keeps at hand, and what it lets go."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.use_cases.machine import Machine, workflow
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Store, Transaction
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.traffic import TrafficCache

T = TypeVar("T")

HANDLES = ("a", "b", "c")


class Counted:
    """A store that counts its reads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reads = 0

    async def read(self, work: Callable[[Transaction], T]) -> T:
        self.reads += 1
        return await self._store.read(work)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.write(work)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(Path(tmp_path_factory.mktemp("traffic")))
    for handle in HANDLES:
        text = workflow(handle)
        made.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
        made.call(publish, handle, Publication(1, 10_000))
    yield made
    made.close()


def loaded(machine: Machine, cache: TrafficCache, asked: str, *, fresh: bool = False) -> str:
    """Those of the workflows asked for that had to be read from the store."""
    store = Counted(machine.turnout.ports.store)
    ports = replace(machine.turnout.ports, store=store)
    environment = machine.callers["production"].environment.id
    found = []
    for handle in asked:
        store.reads = 0
        machine.do(cache.get(ports, environment, handle, fresh=fresh))
        found += [handle] * store.reads
    return "".join(found)


def size(machine: Machine) -> int:
    """Bytes of the definitions of one workflow; all have as many."""
    environment = machine.callers["production"].environment.id
    cache = TrafficCache()
    sizes = {machine.do(cache.get(machine.turnout.ports, environment, h)).size for h in HANDLES}
    (only,) = sizes
    assert only > 0
    return only


def test_the_one_that_was_used_longest_ago_is_let_go(machine: Machine) -> None:
    cache = TrafficCache(most=2)
    assert loaded(machine, cache, "abab") == "ab"
    assert loaded(machine, cache, "aca") == "c"
    assert loaded(machine, cache, "b") == "b"


def test_definitions_together_stay_within_their_bytes(machine: Machine) -> None:
    cache = TrafficCache(most_bytes=2 * size(machine))
    # What is read anew takes the place of what was kept, and its bytes.
    assert loaded(machine, cache, "aaab", fresh=True) == "aaab"
    assert loaded(machine, cache, "ba") == ""
    assert loaded(machine, cache, "cab") == "cb"


def test_one_that_is_too_large_alone_is_used_and_not_kept(machine: Machine) -> None:
    cache = TrafficCache(most_bytes=size(machine) - 1)
    assert loaded(machine, cache, "aab") == "aab"
