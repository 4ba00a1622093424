"""The time of a run's last entry, found without reading its journal."""

import json
from dataclasses import replace

from tests.storage.world import NOW, World
from turnout.domain.journal import EntryKind
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import Progress, Transaction
from turnout.use_cases.workers import NewEntry


def entry(sequence: int, at: int) -> NewEntry:
    return NewEntry(sequence, EntryKind.ACCEPTED, at, json.dumps({"n": sequence}).encode())


async def test_it_is_the_last_entrys_and_of_no_other_run(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> tuple[int, int]:
        first, second = (replace(world.run(tx), sequence=0) for _ in range(2))
        for run, at in ((first, NOW), (second, NOW + 9)):
            tx.runs.add(Progress(run, (entry(0, at),), state=None))
        before = tx.runs.last_at(first.id)
        more = (entry(1, NOW + 1), entry(2, NOW + 7))
        assert tx.runs.append(Progress(replace(first, sequence=2), more, state=None))
        return before, tx.runs.last_at(first.id)

    assert await store.write(work) == (NOW, NOW + 7)
