"""Group commit: shared by many, undone for one, acknowledged only when durable."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest

from tests.storage.world import NOW, World, finished, new_workflow, waiting
from turnout.domain.errors import Busy
from turnout.storage.store import SqliteStore, open_store
from turnout.use_cases.ports import Claimed, Page, Progress, RunFilter, Transaction


class Refused(Exception):
    """What a work says no with."""


class Gatekeeper:
    """Holds the writer in a work, so that what is asked meanwhile becomes one batch."""

    def __init__(self, store: SqliteStore) -> None:
        self._entered = asyncio.Event()
        self._free = Event()
        self._loop = asyncio.get_running_loop()
        self._held = asyncio.ensure_future(store.write(self._hold))

    def _hold(self, _tx: Transaction) -> None:
        self._loop.call_soon_threadsafe(self._entered.set)
        assert self._free.wait(30)

    async def together(self, *works: object) -> list[object]:
        """Results or errors of works that share a commit."""
        await self._entered.wait()
        asked = [asyncio.ensure_future(work) for work in works]  # type: ignore[call-overload]
        await asyncio.sleep(0)
        self._free.set()
        await self._held
        return await asyncio.gather(*asked, return_exceptions=True)


def _count(path: Path, table: str = "runs") -> int:
    """Rows that another connection sees."""
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "turnout.db"


async def test_a_work_that_raises_leaves_the_others_of_its_batch(
    store: SqliteStore, world: World, path: Path
) -> None:
    def good(tx: Transaction) -> str:
        progress = finished(world.run(tx))
        tx.runs.add(progress)
        return progress.run.id

    def bad_after_deferring(tx: Transaction) -> None:
        tx.runs.add(finished(world.run(tx)))
        raise Refused

    def bad_after_writing(tx: Transaction) -> None:
        tx.runs.add(finished(world.run(tx)))
        tx.workflows.add(new_workflow("never"))
        assert len(tx.runs.list(world.environment.id, RunFilter(), Page()).items) > 0
        raise Refused

    def good_writer(tx: Transaction) -> None:
        tx.workflows.add(new_workflow("kept"))

    works = (good, bad_after_deferring, good, bad_after_writing, good_writer, good)
    results = await Gatekeeper(store).together(*(store.write(work) for work in works))
    assert [type(result) for result in results] == [str, Refused, str, Refused, type(None), str]
    assert _count(path) == 3
    assert _count(path, "journal") == 6
    assert _count(path, "workflows") == 2
    counts = await store.read(lambda tx: tx.runs.counts(world.environment.id, world.workflow.id))
    assert sum(each.runs for each in counts.values()) == 3


async def test_a_row_that_cannot_be_stored_fails_its_own_work_only(
    store: SqliteStore, world: World, path: Path
) -> None:
    same = await store.read(lambda tx: finished(world.run(tx)))

    def add(tx: Transaction, progress: Progress) -> None:
        tx.runs.add(progress)

    other = await store.read(lambda tx: finished(world.run(tx)))
    results = await Gatekeeper(store).together(
        *(store.write(lambda tx, p=p: add(tx, p)) for p in (same, same, other))  # type: ignore[misc]
    )
    assert results[0] is None
    assert isinstance(results[1], sqlite3.IntegrityError)
    assert results[2] is None
    assert _count(path) == 2


async def test_two_claims_of_one_key_in_one_batch_see_each_other(
    store: SqliteStore, world: World, path: Path
) -> None:
    def work(tx: Transaction) -> str:
        made = tx.idempotency.find(world.environment.id, "k")
        if made is not None:
            return made.subject
        progress = finished(world.run(tx))
        tx.idempotency.claim(world.environment.id, "k", Claimed(b"digest", progress.run.id), NOW)
        tx.runs.add(progress)
        return progress.run.id

    results = await Gatekeeper(store).together(*(store.write(work) for _ in range(5)))
    assert len(set(results)) == 1
    assert _count(path) == 1


async def test_a_batch_sees_a_change_of_the_gate_made_before_in_it(
    store: SqliteStore, world: World
) -> None:
    def paused(tx: Transaction) -> bool:
        gate = tx.gates.get(world.environment.id, world.workflow.id)
        assert gate is not None
        return gate.paused

    def pause(tx: Transaction) -> bool:
        gate = tx.gates.get(world.environment.id, world.workflow.id)
        assert gate is not None
        return tx.gates.pause(gate, paused=True).paused

    def pause_and_fail(tx: Transaction) -> bool:
        pause(tx)
        assert paused(tx)
        raise Refused

    works = (paused, pause_and_fail, paused, pause, paused)
    results = await Gatekeeper(store).together(*(store.write(work) for work in works))
    assert [r if isinstance(r, bool) else type(r) for r in results] == [
        False,
        Refused,
        False,
        True,
        True,
    ]


async def test_what_is_acknowledged_is_there_for_every_other_connection(
    store: SqliteStore, world: World, path: Path
) -> None:
    seen = []

    async def client() -> None:
        for _ in range(5):
            id_ = await store.write(lambda tx: _add(tx, world))
            seen.append(await store.read(lambda tx, i=id_: tx.runs.get(i)))  # type: ignore[misc]

    await asyncio.gather(*(client() for _ in range(64)))
    assert len(seen) == 320
    assert None not in seen
    assert _count(path) == 320


def _add(tx: Transaction, world: World) -> str:
    progress = waiting(world.run(tx))
    tx.runs.add(progress)
    return progress.run.id


async def test_a_full_disk_is_told_to_all_and_then_forgotten(
    store: SqliteStore, world: World, path: Path
) -> None:
    def limit(tx: Transaction, pages: int) -> int:
        connection = tx.runs._session._connection  # type: ignore[attr-defined]
        return int(connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar_one())

    unlimited = await store.write(lambda tx: limit(tx, 2**30))
    # A limit below the size means the size itself.
    await store.write(lambda tx: limit(tx, 1))
    acknowledged = 0
    refused = 0
    while refused == 0:
        assert acknowledged < 10_000
        results = await asyncio.gather(
            *(store.write(lambda tx: _add(tx, world)) for _ in range(32)), return_exceptions=True
        )
        refused = sum(isinstance(result, Busy) for result in results)
        acknowledged += sum(isinstance(result, str) for result in results)
        assert refused + acknowledged > 0
    assert _count(path) == acknowledged
    assert await store.read(lambda tx: tx.workflows.find("onboarding")) is not None
    await store.write(lambda tx: limit(tx, unlimited))
    await store.write(lambda tx: _add(tx, world))
    assert _count(path) == acknowledged + 1


async def test_a_database_that_breaks_off_is_told_and_taken_up_again(
    store: SqliteStore, world: World, path: Path
) -> None:
    def break_off(tx: Transaction) -> None:
        tx.runs._session._connection.connection.close()  # type: ignore[attr-defined]

    results = await Gatekeeper(store).together(
        store.write(lambda tx: _add(tx, world)), store.write(break_off)
    )
    assert [type(result) for result in results] == [Busy, Busy]
    await store.write(lambda tx: _add(tx, world))
    assert _count(path) == 1


async def test_a_caller_that_went_away_does_not_disturb_the_others(
    store: SqliteStore, world: World, path: Path
) -> None:
    keeper = Gatekeeper(store)
    gone = asyncio.ensure_future(store.write(lambda tx: _add(tx, world)))
    await asyncio.sleep(0)
    gone.cancel()
    (result,) = await keeper.together(store.write(lambda tx: _add(tx, world)))
    assert isinstance(result, str)
    assert gone.cancelled()
    assert _count(path) == 2


async def test_a_read_sees_one_moment_and_cannot_write(store: SqliteStore, world: World) -> None:
    with pytest.raises(Busy, match="readonly"):
        await store.read(lambda tx: tx.workflows.add(new_workflow("no")))
    with pytest.raises(AssertionError):
        await store.read(lambda tx: _add(tx, world))
    assert await store.read(lambda tx: tx.workflows.find("no")) is None


async def test_a_closed_store_finishes_and_then_says_so(url: str) -> None:
    store = open_store(url)
    world = World(store)
    await store.write(world.build)
    asked = [asyncio.ensure_future(store.write(lambda tx: _add(tx, world))) for _ in range(8)]
    await asyncio.sleep(0)
    store.close()
    assert len(set(await asyncio.gather(*asked))) == 8
    with pytest.raises(Busy):
        await store.write(lambda tx: _add(tx, world))
    store.close()


WRITER = """
import asyncio, sys
from dataclasses import replace
from tests.storage.world import new_workflow
from turnout.storage.store import open_store

async def main():
    store = open_store(sys.argv[1])
    for n in range(40):
        await store.write(lambda tx: tx.workflows.add(new_workflow(f"{sys.argv[2]}-{n}")))
        print(f"{sys.argv[2]}-{n}", flush=True)
    if sys.argv[3] == "hang":
        sys.stdin.read()
    store.close()

asyncio.run(main())
"""


def _writer(url: str, name: str, then: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name, then],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )


async def test_two_processes_write_the_same_database(
    store: SqliteStore, url: str, path: Path
) -> None:
    writers = [_writer(url, name, "end") for name in ("a", "b")]
    for n in range(40):
        await store.write(lambda tx, n=n: tx.workflows.add(new_workflow(f"c-{n}")))  # type: ignore[misc]
    for writer in writers:
        await asyncio.to_thread(writer.communicate)
        assert writer.returncode == 0
    assert _count(path, "workflows") == 120


def test_what_a_killed_process_acknowledged_is_there(url: str, path: Path) -> None:
    open_store(url).close()
    writer = _writer(url, "w", "hang")
    assert writer.stdout is not None
    told = [writer.stdout.readline().decode().strip() for _ in range(20)]
    writer.kill()
    told += writer.stdout.read().decode().split()
    writer.communicate()
    with sqlite3.connect(path) as connection:
        there = {handle for (handle,) in connection.execute("SELECT handle FROM workflows")}
    assert set(told) <= there
    # At most the one that was under way when the kill came.
    assert len(there - set(told)) <= 1


async def test_closing_ends_the_readers_first_and_leaves_nothing_but_the_database(
    store: SqliteStore, path: Path
) -> None:
    reading, free = asyncio.Event(), Event()
    loop = asyncio.get_running_loop()

    def hold(_tx: Transaction) -> None:
        loop.call_soon_threadsafe(reading.set)
        assert free.wait(30)

    held = asyncio.ensure_future(store.read(hold))
    await reading.wait()
    closing = asyncio.ensure_future(asyncio.to_thread(store.close))
    with suppress(Busy):
        while True:
            await store.read(lambda tx: tx.environments.all())
    # A reader is busy still, so the writer must be there.
    await store.write(lambda tx: tx.workflows.add(new_workflow("late")))
    free.set()
    await asyncio.gather(held, closing)
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert _count(path, "workflows") == 1
