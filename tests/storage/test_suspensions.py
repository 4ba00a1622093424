"""What every store must do with suspended runs and bulk actions."""

from dataclasses import replace
from typing import Any

import pytest

from tests.storage.world import HOUR, NOW, World, finished, ids, waiting, wanted
from turnout.domain import bulk
from turnout.domain.bulk import BulkAction, BulkState, BulkVerb
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import Progress, RunFilter, Transaction
from turnout.use_cases.workers import NewEntry, WantedEffect


async def stored(store: SqliteStore, world: World, *effects: WantedEffect) -> Run:
    """A run that waits for these effects."""

    def work(tx: Transaction) -> Run:
        run = world.run(tx)
        tx.runs.add(replace(waiting(run), opened=effects))
        return run

    return await store.write(work)


async def suspended(store: SqliteStore, run: Run, **changes: Any) -> Suspension:
    made = Suspension(run.id, run.phase, NOW, "key_x", "because", **changes)
    await store.write(lambda tx: tx.suspensions.add(made))
    return made


def told(tx: Transaction) -> tuple[list[str], list[str], int | None]:
    """Keys of the timers that are due and of the calls to make, and the next timer."""
    due = tx.effects.due("timer", NOW + 2 * HOUR, 10)
    calls = tx.effects.unclaimed("http", NOW, 10)
    next_ = tx.effects.next_due("timer", after=NOW)
    return [each.effect.key for each in due], [each.effect.key for each in calls], next_


async def test_the_effects_of_a_suspended_run_are_told_to_nobody_until_it_goes_on(
    store: SqliteStore, world: World
) -> None:
    run = await stored(store, world, wanted("t"), wanted("h", kind="http", due=None))
    assert await store.read(told) == (["t"], ["h"], NOW + HOUR)
    suspension = await suspended(store, run)
    assert await store.read(told) == ([], [], None)
    assert [e.effect.key for e in await store.read(lambda tx: tx.effects.of_run(run.id))] == [
        "h",
        "t",
    ]
    open_ = await store.write(lambda tx: tx.suspensions.end(suspension))
    assert [each.effect.key for each in open_] == ["h", "t"]
    assert await store.read(told) == (["t"], ["h"], NOW + HOUR)


async def test_a_suspension_is_found_for_as_long_as_it_lasts(
    store: SqliteStore, world: World
) -> None:
    run = await stored(store, world, wanted("t"))
    assert await store.read(lambda tx: tx.suspensions.of([run.id])) == {}
    suspension = await suspended(store, run, problem="It diverged.")
    found = await store.read(lambda tx: (tx.runs.get(run.id), tx.suspensions.of([run.id])))
    assert found[0] == replace(run, phase=Phase.SUSPENDED)
    assert found[1] == {run.id: suspension}
    await store.write(lambda tx: tx.suspensions.end(suspension))
    found = await store.read(lambda tx: (tx.runs.get(run.id), tx.suspensions.of([run.id])))
    assert found == (run, {})


async def test_nothing_is_appended_to_a_suspended_run_but_its_end_by_somebody(
    store: SqliteStore, world: World
) -> None:
    run = await stored(store, world, wanted("t"))
    entry = NewEntry(2, EntryKind.ANSWERED, NOW, b"{}", "t", 1)
    on = Progress(replace(run, sequence=2), (entry,), b"{}", closed=(("t", 1),))
    late = Progress(run, (), b"{}", closed=(("t", 1),))
    suspension = await suspended(store, run)
    assert not await store.write(lambda tx: tx.runs.append(on))
    assert not await store.write(lambda tx: tx.runs.append(late))
    assert await store.read(lambda tx: tx.suspensions.of([run.id])) == {run.id: suspension}

    end = NewEntry(2, EntryKind.ENDED, NOW, b'{"phase":"cancelled"}')
    gone = replace(run, phase=Phase.CANCELLED, ended_at=NOW, sequence=2)
    cancelled = Progress(gone, (end,), None, despite_suspension=True)
    assert await store.write(lambda tx: tx.runs.append(cancelled))
    assert await store.read(lambda tx: tx.suspensions.of([run.id])) == {}
    assert await store.read(lambda tx: tx.effects.of_run(run.id)) == []


async def test_answers_are_kept_once_each_and_ready_in_the_order_in_which_they_came(
    store: SqliteStore, world: World
) -> None:
    run = await stored(store, world, wanted("a"), wanted("b"), wanted("c"))
    suspension = await suspended(store, run)

    def keep(tx: Transaction) -> list[bool]:
        return [
            tx.suspensions.keep(run.id, "b", 1, b'{"value":"b"}', NOW),
            tx.suspensions.keep(run.id, "a", 1, b'{"value":"a"}', NOW + 1),
            tx.suspensions.keep(run.id, "a", 1, b'{"value":"again"}', NOW + 2),
            tx.suspensions.keep(run.id, "a", 2, b'{"value":"another attempt"}', NOW),
            tx.suspensions.keep(run.id, "closed", 1, b"{}", NOW),
        ]

    assert await store.write(keep) == [True, True, False, False, False]
    assert await store.read(lambda tx: tx.suspensions.ready(10)) == []
    open_ = await store.write(lambda tx: tx.suspensions.end(suspension))
    assert [each.effect.key for each in open_] == ["c"]
    ready = await store.read(lambda tx: tx.suspensions.ready(10))
    assert [(each.open.effect.key, each.body) for each in ready] == [
        ("b", b'{"value":"b"}'),
        ("a", b'{"value":"a"}'),
    ]
    assert {each.open.run_id for each in ready} == {run.id}
    assert await store.read(lambda tx: tx.suspensions.ready(10, but=[world.workflow.id])) == []
    assert (await store.read(told))[0] == ["c"]

    # Suspended once more before they were delivered: they go on waiting.
    await suspended(store, run)
    assert await store.read(lambda tx: tx.suspensions.ready(10)) == []


async def test_an_effect_that_closes_takes_its_kept_answer_along(
    store: SqliteStore, world: World
) -> None:
    run = await stored(store, world, wanted("a"))
    suspension = await suspended(store, run)
    await store.write(lambda tx: tx.suspensions.keep(run.id, "a", 1, b"x" * 10_000, NOW))
    await store.write(lambda tx: tx.suspensions.end(suspension))
    (kept,) = await store.read(lambda tx: tx.suspensions.ready(10))
    assert kept.body == b"x" * 10_000
    entry = NewEntry(2, EntryKind.ANSWERED, NOW, kept.body, "a", 1)
    on = Progress(replace(run, sequence=2), (entry,), b"{}", closed=(("a", 1),))
    assert await store.write(lambda tx: tx.runs.append(on))
    assert await store.read(lambda tx: tx.suspensions.ready(10)) == []


# -- bulk actions ------------------------------------------------------------------------------


@pytest.fixture
def action(world: World) -> BulkAction:
    return BulkAction(
        id=ids.new(Prefix.BULK),
        environment_id=world.environment.id,
        verb=BulkVerb.CANCEL,
        state=BulkState.WORKING,
        total=3,
        done=0,
        created_at=NOW,
        ended_at=None,
        actor=world.key.id,
        reason="because",
    )


WAITING = RunFilter(phases=(Phase.WAITING,))


async def test_runs_are_counted_by_the_filter_that_lists_them(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> None:
        for _ in range(3):
            tx.runs.add(waiting(world.run(tx)))
        tx.runs.add(finished(world.run(tx)))

    await store.write(work)
    environment = world.environment.id
    counts = await store.read(
        lambda tx: [
            tx.runs.count(environment, RunFilter()),
            tx.runs.count(environment, WAITING),
            tx.runs.count(environment, RunFilter(phases=())),
            tx.runs.count(environment, RunFilter(version_id=world.v1.id, outcome="approve")),
            tx.runs.count(ids.new(Prefix.ENVIRONMENT), RunFilter()),
        ]
    )
    assert counts == [4, 3, 0, 1, 0]


async def test_a_bulk_action_has_the_runs_that_matched_when_it_began(
    store: SqliteStore, world: World, action: BulkAction
) -> None:
    runs = [(await stored(store, world, wanted("t"))).id for _ in range(3)]
    await store.write(lambda tx: tx.bulks.add(action, WAITING))
    await stored(store, world, wanted("t"))
    assert await store.read(lambda tx: tx.bulks.get(action.id)) == action
    assert await store.read(lambda tx: tx.bulks.working()) == [action]
    assert await store.read(lambda tx: tx.bulks.left(action.id, 2)) == runs[:2]

    further = bulk.told(action, [None, "run_ended"], NOW)
    await store.write(lambda tx: tx.bulks.save(further, runs[:2]))
    assert await store.read(lambda tx: tx.bulks.get(action.id)) == further
    assert further.refusals == {"run_ended": 1}
    assert await store.read(lambda tx: tx.bulks.left(action.id, 9)) == runs[2:]

    done = bulk.told(further, [None], NOW + 1)
    assert (done.state, done.done, done.refused) == (BulkState.DONE, 2, 1)
    await store.write(lambda tx: tx.bulks.save(done, runs[2:]))
    assert await store.read(lambda tx: (tx.bulks.working(), tx.bulks.left(action.id, 9))) == (
        [],
        [],
    )


async def test_a_bulk_action_that_is_stopped_leaves_the_rest_of_its_runs_alone(
    store: SqliteStore, world: World, action: BulkAction
) -> None:
    await stored(store, world, wanted("t"))
    await store.write(lambda tx: tx.bulks.add(action, WAITING))
    stopped = bulk.ended(action, BulkState.STOPPED, NOW)
    await store.write(lambda tx: tx.bulks.save(stopped, ()))
    assert await store.read(lambda tx: tx.bulks.left(action.id, 9)) == []
    assert await store.read(lambda tx: tx.bulks.get("blk_nonsense")) is None
