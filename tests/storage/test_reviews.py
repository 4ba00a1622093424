"""Reviews in the store: they come and go with their effects, and are listed by urgency."""

from dataclasses import replace

import pytest

from tests.storage.world import HOUR, NOW, World, ids
from turnout.domain.errors import BadRequest
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.review import Review
from turnout.domain.run import Phase, Run
from turnout.storage import reviews
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import Page, Progress, ReviewBodies, Slice, Transaction
from turnout.use_cases.workers import NewEntry, WantedEffect

REQUEST = b'{"queue":"%s","question":"Why?","data":null,"choices":[]}'


def effect(key: str = "ask#1", due: int | None = None, queue: str = "default") -> WantedEffect:
    request = REQUEST.replace(b"%s", queue.encode())
    return WantedEffect(key, 1, "review", request, "digest", due, f"idem-{key}")


def begun(tx: Transaction, world: World, *effects: WantedEffect) -> Run:
    """A run that was accepted and waits for these."""
    run = world.run(tx, sequence=len(effects))
    entries = [NewEntry(0, EntryKind.ACCEPTED, NOW, b'{"input":{}}')]
    entries += [
        NewEntry(at, EntryKind.WANTED, NOW, b'{"request":%s}' % each.request, each.key, 1)
        for at, each in enumerate(effects, 1)
    ]
    tx.runs.add(Progress(run, tuple(entries), b"{}", effects))
    return run


def waiting(tx: Transaction, world: World, page: Page | None = None) -> Slice[Review]:
    return tx.reviews.list(world.environment.id, page or Page(), workflow_id=None, queue=None)


async def listed(world: World, page: Page | None = None) -> list[Review]:
    return list((await world.store.read(lambda tx: waiting(tx, world, page))).items)


async def test_a_review_is_there_with_the_run_that_asks(world: World) -> None:
    def work(tx: Transaction) -> tuple[Run, list[Review]]:
        run = begun(tx, world, effect(due=NOW + HOUR))
        # Within the same transaction, before its rows were written anywhere.
        return run, list(waiting(tx, world).items)

    run, seen = await world.store.write(work)
    (review,) = await listed(world)
    assert seen == [review]
    assert review == Review(
        review.id,
        world.environment.id,
        world.workflow.id,
        run.id,
        "ask#1",
        1,
        "default",
        NOW + HOUR,
        NOW,
    )
    assert review.id.startswith("rev_")
    assert await world.store.read(lambda tx: tx.reviews.get(review.id)) == review


async def test_other_effects_are_no_reviews(world: World) -> None:
    await world.store.write(lambda tx: begun(tx, world, replace(effect(), kind="timer")))
    assert await listed(world) == []


async def test_what_is_asked_later_in_a_run_is_there_too(world: World) -> None:
    def work(tx: Transaction) -> bool:
        run = begun(tx, world)
        entry = NewEntry(1, EntryKind.WANTED, NOW + 1, b"{}", "ask#1", 1)
        return tx.runs.append(Progress(replace(run, sequence=1), (entry,), b"{}", (effect(),)))

    assert await world.store.write(work)
    assert [each.asked_at for each in await listed(world)] == [NOW + 1]


async def test_it_leaves_the_list_with_its_effect_and_is_kept(world: World) -> None:
    run = await world.store.write(lambda tx: begun(tx, world, effect("a#1"), effect("b#1")))
    first = await listed(world)

    def answer(tx: Transaction) -> bool:
        entry = NewEntry(3, EntryKind.ANSWERED, NOW, b'{"value":1}', "a#1", 1)
        after = replace(run, sequence=3)
        return tx.runs.append(Progress(after, (entry,), b"{}", (), (("a#1", 1),)))

    assert await world.store.write(answer)
    assert [each.effect_key for each in await listed(world)] == ["b#1"]
    (answered,) = [each for each in first if each.effect_key == "a#1"]
    bodies = await world.store.read(lambda tx: tx.reviews.bodies(answered))
    assert bodies == ReviewBodies(b'{"request":%s}' % effect().request, b'{"value":1}')


async def test_the_end_of_its_run_takes_all_from_the_list(world: World) -> None:
    run = await world.store.write(lambda tx: begun(tx, world, effect("a#1"), effect("b#1")))

    def end(tx: Transaction) -> bool:
        entry = NewEntry(3, EntryKind.ENDED, NOW, b"{}")
        after = replace(run, sequence=3, phase=Phase.CANCELLED, ended_at=NOW)
        return tx.runs.append(Progress(after, (entry,), None))

    assert await world.store.write(end)
    assert await listed(world) == []


async def test_one_that_is_undone_leaves_nothing(world: World) -> None:
    def work(tx: Transaction) -> None:
        begun(tx, world, effect())
        waiting(tx, world)
        raise BadRequest("bad_request", "undo this")

    with pytest.raises(BadRequest):
        await world.store.write(work)
    assert await listed(world) == []


async def several(world: World) -> list[str]:
    """Ids in the order in which they are to be listed."""

    def work(tx: Transaction) -> None:
        begun(tx, world, effect("never-1#1"))
        begun(tx, world, effect("later#1", NOW + 2 * HOUR))
        begun(tx, world, effect("soon-1#1", NOW + HOUR, "risk"))
        begun(tx, world, effect("soon-2#1", NOW + HOUR))
        begun(tx, world, effect("never-2#1"))

    await world.store.write(work)
    found = await listed(world)
    keys = [each.effect_key for each in found]
    assert keys == ["soon-1#1", "soon-2#1", "later#1", "never-1#1", "never-2#1"]
    return [each.id for each in found]


async def test_what_is_due_first_comes_first_then_the_oldest(world: World) -> None:
    await several(world)


async def test_pages_go_on_and_back(world: World) -> None:
    ids_ = await several(world)
    for size in (1, 2, 5):
        for at in range(5):
            page = await page_of(world, Page(size, after=ids_[at]))
            assert [each.id for each in page.items] == ids_[at + 1 : at + 1 + size]
            assert (page.previous, page.next) == (True, at + 1 + size < 5)
            page = await page_of(world, Page(size, before=ids_[at]))
            assert [each.id for each in page.items] == ids_[max(0, at - size) : at]
            assert (page.previous, page.next) == (at > size, True)


async def test_a_page_goes_on_behind_what_was_decided_meanwhile(world: World) -> None:
    ids_ = await several(world)
    gone = await world.store.read(lambda tx: tx.reviews.get(ids_[1]))
    assert gone is not None

    def close(tx: Transaction) -> bool:
        run = tx.runs.get(gone.run_id)
        assert run is not None
        entry = NewEntry(2, EntryKind.ANSWERED, NOW, b"{}", gone.effect_key, 1)
        closed = ((gone.effect_key, 1),)
        return tx.runs.append(Progress(replace(run, sequence=2), (entry,), b"{}", (), closed))

    assert await world.store.write(close)
    page = await page_of(world, Page(2, after=ids_[1]))
    assert [each.id for each in page.items] == ids_[2:4]


async def test_a_cursor_that_is_no_review_is_refused(world: World) -> None:
    for cursor in (ids.new(Prefix.REVIEW), "rev_1", ids.new(Prefix.RUN)):
        with pytest.raises(BadRequest):
            await page_of(world, Page(2, after=cursor))


async def test_a_queue_a_workflow_and_an_environment_have_their_own(world: World) -> None:
    await several(world)
    here, workflow = world.environment.id, world.workflow.id
    elsewhere, another = ids.new(Prefix.ENVIRONMENT), ids.new(Prefix.WORKFLOW)
    for environment_id, workflow_id, queue, count in (
        (here, None, None, 5),
        (here, workflow, "default", 4),
        (here, None, "risk", 1),
        (here, None, "nobody's", 0),
        (here, another, None, 0),
        (elsewhere, None, None, 0),
    ):

        def work(
            tx: Transaction,
            environment_id: str = environment_id,
            workflow_id: str | None = workflow_id,
            queue: str | None = queue,
        ) -> Slice[Review]:
            return tx.reviews.list(environment_id, Page(100), workflow_id=workflow_id, queue=queue)

        assert len((await world.store.read(work)).items) == count


async def test_a_page_is_read_in_the_order_of_an_index(world: World, store: SqliteStore) -> None:
    """However many wait: sorting them for every page would read them all."""
    queries = (
        "environment_id = ?",
        "environment_id = ? AND queue = ?",
        "environment_id = ? AND workflow_id = ?",
    )
    with store.engine.connect() as connection:
        for where in queries:
            plan = connection.exec_driver_sql(
                f"EXPLAIN QUERY PLAN SELECT review_id FROM waiting_reviews WHERE {where} "
                "AND (urgency, review_id) > (1, x'00') ORDER BY urgency, review_id LIMIT 11",
                tuple(b"x" for _ in range(where.count("?"))),
            ).fetchall()
            assert "TEMP B-TREE" not in str(plan), plan


async def test_what_was_asked_is_found_by_an_index(store: SqliteStore) -> None:
    """However long the journal of its run is."""
    sql = reviews._BODY.sql
    with store.engine.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN QUERY PLAN {sql}", tuple("x" for _ in range(sql.count("?")))
        )
        assert "uq_journal_effect" in str(plan.fetchall())


async def page_of(world: World, page: Page) -> Slice[Review]:
    return await world.store.read(lambda tx: waiting(tx, world, page))
