"""What every store must do with events and with what is to be offered to whom."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from tests.storage.world import HOUR, NOW, World, ids, waiting
from turnout.domain.by import By
from turnout.domain.cloud_event import KeptEvent, NewEvent
from turnout.domain.environment import Environment
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.json import Json
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import Progress, Transaction
from turnout.use_cases.workers import NewEntry, WantedEffect


def new(world: World, id_: str, type_: str = "paid", **attributes: Json) -> NewEvent:
    event = {"specversion": "1.0", "id": id_, "source": "/shop", "type": type_, **attributes}
    body = orjson.dumps(event)
    return NewEvent(world.environment.id, "/shop", id_, type_, body, NOW, NOW + HOUR, "key_x")


def listen(
    *filters: dict[str, Json], key: str = "hear#1", attempt: int = 1, path: str = "hear"
) -> WantedEffect:
    request = {"listen": path, "taken": attempt - 1, "filters": filters or ({"/type": "paid"},)}
    return WantedEffect(key, attempt, "event", orjson.dumps(request), "digest", None, f"i-{key}")


def listening(run: Run, *effects: WantedEffect) -> Progress:
    return replace(waiting(run), opened=effects)


def append(
    run: Run, *, closed: tuple[tuple[str, int], ...], opened: tuple[WantedEffect, ...] = ()
) -> Progress:
    entry = NewEntry(run.sequence + 1, EntryKind.ANSWERED, NOW, b"{}", closed[0][0], closed[0][1])
    after = replace(run, sequence=entry.sequence)
    return Progress(after, (entry,), b"{}", opened, closed)


def start(tx: Transaction, world: World, *effects: WantedEffect) -> Run:
    run = world.run(tx)
    tx.runs.add(listening(run, *(effects or (listen(),))))
    return run


def receive(tx: Transaction, event: NewEvent) -> tuple[KeptEvent, int]:
    stored = tx.events.add(event)
    return stored, tx.events.offer(stored)


def pending(tx: Transaction, run: Run, key: str = "hear#1") -> str | None:
    """The id of the next event for a listen."""
    offered = tx.events.next_for(run.id, key)
    return None if offered is None else orjson.loads(offered.event)["id"]


async def test_an_event_is_kept_and_found_by_its_source_and_id(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        first = tx.events.add(new(world, "1"))
        second = tx.events.add(new(world, "2", data="x" * 10_000))
        assert second.number > first.number
        assert tx.events.find(world.environment.id, "/shop", "2") == second
        assert tx.events.find(world.environment.id, "/other", "2") is None
        sandbox = Environment(ids.new(Prefix.ENVIRONMENT), "sandbox", NOW)
        tx.environments.add(sandbox)
        assert tx.events.find(sandbox.id, "/shop", "2") is None

    await store.write(work)


async def test_an_event_is_offered_to_the_listens_of_its_type_and_environment(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        paid, other = start(tx, world), start(tx, world, listen({"/type": "sent"}))
        any_ = start(tx, world, listen({}))
        elsewhere = Environment(ids.new(Prefix.ENVIRONMENT), "sandbox", NOW)
        tx.environments.add(elsewhere)
        stored, count = receive(tx, new(world, "1"))
        assert count == 2
        assert tx.events.offered_to(stored.number, 10) == sorted([paid.id, any_.id])
        assert (pending(tx, paid), pending(tx, any_), pending(tx, other)) == ("1", "1", None)
        foreign = replace(new(world, "1"), environment_id=elsewhere.id)
        assert receive(tx, foreign)[1] == 0

    await store.write(work)


@pytest.mark.parametrize(
    ("facts", "attributes", "offered"),
    [
        ({"/type": "paid", "/data/order": "A"}, {"data": {"order": "A"}}, True),
        ({"/type": "paid", "/data/order": "A"}, {"data": {"order": "B"}}, False),
        ({"/type": "paid", "/data/order": "A"}, {"data": "text"}, False),
        ({"/type": "paid", "/data/order": "A"}, {}, False),
        ({"/type": "paid", "/data/n": 1}, {"data": {"n": 1.0}}, True),
        ({"/type": "paid", "/data/n": 1}, {"data": {"n": True}}, False),
        ({"/type": "paid", "/data/a~1b/c": 1}, {"data": {"a/b": {"c": 1}}}, True),
        ({"/subject": "A"}, {"subject": "A"}, True),
        ({"/subject": "A"}, {"subject": "B"}, False),
    ],
)
async def test_facts_choose_who_hears_an_event_that_comes_and_one_that_came(
    store: SqliteStore,
    world: World,
    facts: dict[str, Json],
    attributes: dict[str, Any],
    offered: bool,
) -> None:
    def work(tx: Transaction) -> None:
        before = start(tx, world, listen(facts))
        after = start(tx, world, listen({"/type": "go"}, key="first#1", path="first"))
        assert receive(tx, new(world, "1", **attributes))[1] == offered
        tx.runs.append(append(after, closed=(("first#1", 1),), opened=(listen(facts),)))
        expected = "1" if offered else None
        assert pending(tx, before) == expected
        assert pending(tx, after) == expected

    await store.write(work)


async def test_an_event_with_two_filters_of_a_listen_is_offered_once(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world, listen({"/type": "paid"}, {"/subject": "A"}))
        assert receive(tx, new(world, "1", subject="A"))[1] == 1
        assert len(tx.events.waiting(10)) == 1
        assert pending(tx, run) == "1"

    await store.write(work)


async def test_a_listen_hears_events_in_the_order_in_which_they_came(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        heard = []
        for id_ in ("b", "a", "c"):
            receive(tx, new(world, id_))
        while offered := tx.events.next_for(run.id, "hear#1"):
            heard.append(orjson.loads(offered.event)["id"])
            tx.events.answered(offered, taken=False, goes_on=True)
        assert heard == ["b", "a", "c"]
        assert not tx.events.waiting(10)

    await store.write(work)


async def test_what_a_visit_took_is_not_offered_to_the_next_one(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        receive(tx, new(world, "1"))
        receive(tx, new(world, "2"))
        taken = tx.events.next_for(run.id, "hear#1")
        assert taken is not None
        tx.events.answered(taken, taken=True, goes_on=False)
        assert pending(tx, run) is None
        next_ = listen(key="hear#2")
        tx.runs.append(append(run, closed=(("hear#1", 1),), opened=(next_,)))
        assert pending(tx, run, "hear#2") == "2"

    await store.write(work)


async def test_what_a_visit_refused_is_offered_to_the_next_one(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        receive(tx, new(world, "1"))
        refused = tx.events.next_for(run.id, "hear#1")
        assert refused is not None
        tx.events.answered(refused, taken=False, goes_on=True)
        tx.runs.append(append(run, closed=(("hear#1", 1),), opened=(listen(key="hear#2"),)))
        assert pending(tx, run, "hear#2") == "1"

    await store.write(work)


async def test_a_listen_that_goes_on_does_not_hear_again_what_it_refused(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        receive(tx, new(world, "1"))
        refused = tx.events.next_for(run.id, "hear#1")
        assert refused is not None
        tx.events.answered(refused, taken=False, goes_on=True)
        receive(tx, new(world, "2"))
        taken = tx.events.next_for(run.id, "hear#1")
        assert taken is not None
        tx.events.answered(taken, taken=True, goes_on=True)
        tx.runs.append(append(run, closed=(("hear#1", 1),), opened=(listen(attempt=2),)))
        assert pending(tx, run) is None
        receive(tx, new(world, "3"))
        assert pending(tx, run) == "3"

    await store.write(work)


async def test_what_came_before_the_run_or_expired_is_not_heard(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world, listen({"/type": "go"}, key="first#1", path="first"))
        receive(tx, replace(new(world, "early"), received_at=run.created_at - 1))
        receive(tx, replace(new(world, "expired"), expires_at=NOW))
        tx.runs.append(append(run, closed=(("first#1", 1),), opened=(listen(),)))
        assert pending(tx, run) is None

    await store.write(work)


async def test_a_closed_listen_is_offered_nothing(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        receive(tx, new(world, "1"))
        tx.runs.append(append(run, closed=(("hear#1", 1),)))
        assert not tx.events.waiting(10)
        assert pending(tx, run) is None
        assert receive(tx, new(world, "2"))[1] == 0

    await store.write(work)


async def test_a_suspended_run_is_offered_what_came_when_it_goes_on(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run = start(tx, world)
        by = By("key_x", NOW, "")
        suspension = Suspension(run.id, Phase.WAITING, by.at, by.actor, by.reason, None)
        tx.suspensions.add(suspension)
        assert receive(tx, new(world, "1"))[1] == 1
        assert not tx.events.waiting(10)
        assert pending(tx, run) is None
        tx.suspensions.end(suspension)
        assert [each.run_id for each in tx.events.waiting(10)] == [run.id]
        assert pending(tx, run) == "1"

    await store.write(work)


async def test_waiting_listens_leave_out_workflows(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> None:
        runs = [start(tx, world) for _ in range(3)]
        receive(tx, new(world, "1"))
        assert {each.run_id for each in tx.events.waiting(10)} == {run.id for run in runs}
        assert len(tx.events.waiting(2)) == 2
        assert not tx.events.waiting(10, but={world.workflow.id})

    await store.write(work)


async def test_only_what_expired_and_nobody_is_yet_to_hear_is_forgotten(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        run, gone = start(tx, world), start(tx, world, listen({"/type": "sent"}))
        receive(tx, new(world, "to be heard"))
        receive(tx, new(world, "nobody's", "other"))
        receive(tx, new(world, "of a closed listen", "sent"))
        receive(tx, replace(new(world, "fresh", "other"), expires_at=NOW + 2 * HOUR))
        tx.runs.append(append(gone, closed=(("hear#1", 1),)))
        assert tx.events.expire(NOW + HOUR, 1) == 1
        assert tx.events.expire(NOW + HOUR, 10) == 1
        assert tx.events.expire(NOW + HOUR, 10) == 0
        assert pending(tx, run) == "to be heard"
        assert tx.events.find(world.environment.id, "/shop", "fresh") is not None

    await store.write(work)
