"""What every store must do, method by method. Parametrised by store in ``conftest``."""

from dataclasses import replace
from typing import Any

import pytest

from tests.storage.world import (
    HOUR,
    NOW,
    World,
    finished,
    ids,
    new_ids,
    new_version,
    new_workflow,
    waiting,
    wanted,
)
from turnout.domain import draft as drafts
from turnout.domain.api_key import ApiKey, revoke
from turnout.domain.assignment import ArmLabel
from turnout.domain.audit import GENESIS, AuditRecord, chain
from turnout.domain.by import By
from turnout.domain.environment import Environment
from turnout.domain.errors import BadRequest, Conflict, Stale
from turnout.domain.gate import complete, stop
from turnout.domain.history import HistoryKind
from turnout.domain.ids import Prefix
from turnout.domain.journal import EntryKind
from turnout.domain.problem import Problem, Severity
from turnout.domain.role import Role
from turnout.domain.rollout import RolloutKind, RolloutState
from turnout.domain.run import Phase
from turnout.domain.workflow import archive
from turnout.storage.ids import to_bytes
from turnout.storage.store import SqliteStore
from turnout.use_cases.ports import (
    Claimed,
    Counts,
    Page,
    Progress,
    RunBodies,
    RunFilter,
    Transaction,
)
from turnout.use_cases.workers import NewEntry

NOBODY = ids.new(Prefix.WORKFLOW)


# -- environments ------------------------------------------------------------------------------


async def test_an_environment_is_found_by_id_and_by_name(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> None:
        assert tx.environments.get(world.environment.id) == world.environment
        assert tx.environments.named("production") == world.environment
        assert tx.environments.named("elsewhere") is None
        assert tx.environments.get("env_nonsense") is None
        assert list(tx.environments.all()) == [world.environment]

    await store.read(work)


async def test_a_new_environment_has_a_closed_gate_for_every_workflow(
    store: SqliteStore, world: World
) -> None:
    sandbox = Environment(ids.new(Prefix.ENVIRONMENT), "sandbox", NOW)
    await store.write(lambda tx: tx.environments.add(sandbox))
    gate = await store.read(lambda tx: tx.gates.get(sandbox.id, world.workflow.id))
    assert gate is not None
    assert (gate.generation, gate.paused, gate.deployment, gate.rollout) == (0, False, None, None)


# -- api keys ----------------------------------------------------------------------------------


async def test_a_key_is_found_by_id_and_digest_and_keeps_its_revocation(
    store: SqliteStore, world: World
) -> None:
    assert await store.read(lambda tx: tx.api_keys.by_digest(world.key.digest)) == world.key
    revoked = revoke(world.key, NOW + 1)
    await store.write(lambda tx: tx.api_keys.save(revoked))
    assert await store.read(lambda tx: tx.api_keys.get(world.key.id)) == revoked
    assert await store.read(lambda tx: tx.api_keys.by_digest(b"?" * 32)) is None


async def test_keys_are_listed_per_environment_and_named(store: SqliteStore, world: World) -> None:
    other = ApiKey(
        ids.new(Prefix.API_KEY), world.environment.id, Role.VIEWER, "Bob", b"b" * 32, NOW, None
    )
    await store.write(lambda tx: tx.api_keys.add(other))
    listed = await store.read(lambda tx: tx.api_keys.list(world.environment.id, Page()))
    assert listed.items == (other, world.key)
    names = await store.read(lambda tx: tx.api_keys.names([other.id, world.key.id, "system"]))
    assert names == {other.id: "Bob", world.key.id: "Ada"}


# -- workflows ---------------------------------------------------------------------------------


async def test_a_workflow_is_found_by_id_and_handle_and_saved(
    store: SqliteStore, world: World
) -> None:
    changed = replace(world.workflow, name="Other", versions=3)
    await store.write(lambda tx: tx.workflows.save(changed))
    assert await store.read(lambda tx: tx.workflows.find(changed.id)) == changed
    assert await store.read(lambda tx: tx.workflows.find("onboarding")) == changed
    assert await store.read(lambda tx: tx.workflows.find("wfl_nonsense")) is None


async def test_archived_workflows_are_listed_only_when_asked_for(
    store: SqliteStore, world: World
) -> None:
    gone = archive(new_workflow("gone"), NOW)
    await store.write(lambda tx: tx.workflows.add(gone))

    def listed(tx: Transaction, *, archived: bool, handle: str | None = None) -> list[str]:
        return [w.handle for w in tx.workflows.list(Page(), archived=archived, handle=handle).items]

    assert await store.read(lambda tx: listed(tx, archived=False)) == ["onboarding"]
    assert await store.read(lambda tx: listed(tx, archived=True)) == ["gone", "onboarding"]
    assert await store.read(lambda tx: listed(tx, archived=True, handle="gone")) == ["gone"]


# -- pages -------------------------------------------------------------------------------------


async def test_pages_walk_through_a_list_both_ways_without_gap_or_repeat(
    store: SqliteStore, world: World
) -> None:
    made = [new_workflow(f"w{n}") for n in range(6)]

    def add(tx: Transaction) -> None:
        for workflow in made:
            tx.workflows.add(workflow)

    await store.write(add)
    newest_first = [w.id for w in reversed([world.workflow, *made])]

    async def page(**cursor: str | None) -> tuple[list[str], bool, bool]:
        found = await store.read(
            lambda tx: tx.workflows.list(Page(3, **cursor), archived=False, handle=None)  # type: ignore[arg-type]
        )
        return [w.id for w in found.items], found.previous, found.next

    first = await page()
    assert first == (newest_first[:3], False, True)
    second = await page(after=newest_first[2])
    assert second == (newest_first[3:6], True, True)
    last = await page(after=newest_first[5])
    assert last == (newest_first[6:], True, False)
    assert await page(before=newest_first[6]) == second
    assert await page(before=newest_first[3]) == first


@pytest.mark.parametrize(
    "cursor", ["", "wfl_", "wfr_01h455vb4pex5vsknk084sn02q", "wfl_zz", "x' --"]
)
async def test_a_cursor_that_is_no_id_of_the_list_is_a_bad_request(
    store: SqliteStore, world: World, cursor: str
) -> None:
    for page in (Page(after=cursor), Page(before=cursor)):
        with pytest.raises(BadRequest):
            await store.read(lambda tx, p=page: tx.workflows.list(p, archived=False, handle=None))  # type: ignore[misc]


# -- drafts ------------------------------------------------------------------------------------


def new_draft(world: World, text: str = "do: []") -> drafts.Draft:
    problem = Problem(Severity.WARNING, "no_schema", "No schema.", "/input", 3, 1, "Add one.")
    return drafts.create(
        ids.new(Prefix.VERSION),
        world.workflow.id,
        text,
        revision=1,
        based_on=world.v1.id,
        problems=(problem,),
        by=world.by,
    )


async def test_a_draft_comes_back_as_it_was_saved(store: SqliteStore, world: World) -> None:
    # No Unicode, no YAML, and long enough to be packed.
    draft = new_draft(world, "\ud800\x00\t: " * 2_000)
    await store.write(lambda tx: tx.drafts.add(draft))
    assert await store.read(lambda tx: tx.drafts.of(world.workflow.id)) == draft
    assert await store.read(lambda tx: tx.drafts.get(draft.id)) == draft
    saved = drafts.save(draft, "do: [1]", revision=1, problems=(), by=By("key_2", NOW + 1))
    await store.write(lambda tx: tx.drafts.save(saved))
    assert await store.read(lambda tx: tx.drafts.get(draft.id)) == saved


async def test_a_draft_is_saved_only_over_the_revision_before(
    store: SqliteStore, world: World
) -> None:
    draft = new_draft(world)
    await store.write(lambda tx: tx.drafts.add(draft))
    with pytest.raises(Stale) as stale:
        await store.write(lambda tx: tx.drafts.save(replace(draft, revision=3)))
    assert stale.value.current == 1


async def test_a_draft_can_be_removed_or_set_aside(store: SqliteStore, world: World) -> None:
    first, second = new_draft(world), new_draft(world)
    await store.write(lambda tx: tx.drafts.add(first))
    await store.write(lambda tx: tx.drafts.set_aside(first, world.by))
    assert await store.read(lambda tx: tx.drafts.of(world.workflow.id)) is None
    await store.write(lambda tx: tx.drafts.add(second))
    await store.write(lambda tx: tx.drafts.remove(second))
    assert await store.read(lambda tx: tx.drafts.get(second.id)) is None


async def test_a_draft_that_was_set_aside_is_found_and_brought_back(
    store: SqliteStore, world: World
) -> None:
    draft = new_draft(world, "\ud800\x00\t: " * 2_000)
    await store.write(lambda tx: tx.drafts.add(draft))
    assert await store.read(lambda tx: tx.drafts.get_set_aside(draft.id)) is None
    await store.write(lambda tx: tx.drafts.set_aside(draft, world.by))
    assert await store.read(lambda tx: tx.drafts.get(draft.id)) is None
    assert await store.read(lambda tx: tx.drafts.get_set_aside(draft.id)) == draft
    await store.write(lambda tx: tx.drafts.bring_back(draft))
    assert await store.read(lambda tx: tx.drafts.of(world.workflow.id)) == draft
    assert await store.read(lambda tx: tx.drafts.get_set_aside(draft.id)) is None
    assert await store.read(lambda tx: tx.drafts.set_aside_of(world.workflow.id, 10)) == []


async def test_drafts_set_aside_are_listed_per_workflow_the_last_revision_first(
    store: SqliteStore, world: World
) -> None:
    # The clock was set back meanwhile.
    early, late = replace(world.by, at=NOW + HOUR), world.by
    others = [replace(new_draft(world), revision=revision) for revision in (1, 4, 7)]
    for draft, by in zip(others, (early, late, early), strict=True):
        await store.write(lambda tx, draft=draft: tx.drafts.add(draft))
        await store.write(lambda tx, draft=draft, by=by: tx.drafts.set_aside(draft, by))
    elsewhere = new_workflow("other")
    stray = replace(new_draft(world), workflow_id=elsewhere.id)

    def of_another(tx: Transaction) -> None:
        tx.workflows.add(elsewhere)
        tx.drafts.add(stray)
        tx.drafts.set_aside(stray, world.by)

    await store.write(of_another)
    first, second, third = (draft.id for draft in others)
    listed = await store.read(lambda tx: tx.drafts.set_aside_of(world.workflow.id, 10))
    assert list(listed) == [third, second, first]
    two = await store.read(lambda tx: tx.drafts.set_aside_of(world.workflow.id, 2))
    assert list(two) == [third, second]


# -- versions ----------------------------------------------------------------------------------


async def test_a_version_comes_back_whole_and_is_listed_without_its_texts(
    store: SqliteStore, world: World
) -> None:
    v2 = new_version(world.workflow, 2)
    await store.write(lambda tx: tx.versions.add(v2))
    assert await store.read(lambda tx: tx.versions.get(v2.id)) == v2
    assert await store.read(lambda tx: tx.versions.numbered(world.workflow.id, 1)) == world.v1
    assert await store.read(lambda tx: tx.versions.numbered(world.workflow.id, 9)) is None
    listed = await store.read(lambda tx: tx.versions.list(world.workflow.id))
    bare = [replace(v, definition="", normalised=b"") for v in (v2, world.v1)]
    assert list(listed) == bare


async def test_only_the_description_of_a_version_changes(store: SqliteStore, world: World) -> None:
    await store.write(lambda tx: tx.versions.describe(world.v1.id, "better"))
    found = await store.read(lambda tx: tx.versions.get(world.v1.id))
    assert found == replace(world.v1, description="better")


# -- gates, rollouts, history ------------------------------------------------------------------


async def test_a_gate_holds_the_deployment_in_force_and_the_active_rollout(
    store: SqliteStore, world: World
) -> None:
    v2 = await world.begin_rollout(2_500)
    gate = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert gate is not None
    assert gate.deployment is not None
    assert [(s.version_id, s.basis_points, s.label) for s in gate.deployment.shares] == [
        (v2.id, 2_500, ArmLabel.TREATMENT),
        (world.v1.id, 7_500, ArmLabel.CONTROL),
    ]
    assert gate.rollout is not None
    assert gate.rollout.state is RolloutState.ACTIVE
    assert gate.generation == 2
    assert await store.read(lambda tx: tx.gates.deployment(gate.deployment.id)) == gate.deployment
    assert await store.read(lambda tx: tx.rollouts.get(gate.rollout.id)) == gate.rollout


async def test_a_change_of_a_gate_that_moved_is_refused_whole(
    store: SqliteStore, world: World
) -> None:
    await world.begin_rollout()
    gate = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert gate is not None
    assert gate.rollout is not None
    stopped = stop(gate, gate.rollout, ids=new_ids(), by=world.by)
    completed = complete(gate, gate.rollout, ids=new_ids(), by=world.by)
    await store.write(lambda tx: tx.gates.apply(stopped, generation=gate.generation))
    with pytest.raises(Conflict) as refused:
        await store.write(lambda tx: tx.gates.apply(completed, generation=gate.generation))
    assert refused.value.code == "gate_moved"
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.gates.pause(gate, paused=True))
    after = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert after == stopped.gate


async def test_a_pause_moves_the_gate_and_leaves_the_traffic(
    store: SqliteStore, world: World
) -> None:
    before = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert before is not None
    paused = await store.write(lambda tx: tx.gates.pause(before, paused=True))
    assert paused == replace(before, paused=True, generation=2)
    after = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert after == paused


async def test_a_touch_moves_every_gate_of_one_workflow(store: SqliteStore, world: World) -> None:
    sandbox = Environment(ids.new(Prefix.ENVIRONMENT), "sandbox", NOW)
    other = new_workflow("other")

    def work(tx: Transaction) -> None:
        tx.environments.add(sandbox)
        tx.workflows.add(other)
        tx.gates.touch(world.workflow.id)

    def generation(tx: Transaction, environment_id: str, workflow_id: str) -> int:
        gate = tx.gates.get(environment_id, workflow_id)
        assert gate is not None
        return gate.generation

    await store.write(work)
    here, there = world.environment.id, sandbox.id
    assert await store.read(lambda tx: generation(tx, here, world.workflow.id)) == 2
    assert await store.read(lambda tx: generation(tx, there, world.workflow.id)) == 1
    assert await store.read(lambda tx: generation(tx, here, other.id)) == 0


async def test_a_gate_read_in_the_writing_transaction_is_the_changed_one(
    store: SqliteStore, world: World
) -> None:
    v2 = new_version(world.workflow, 2)

    def work(tx: Transaction) -> None:
        tx.versions.add(v2)
        change = world.deploy(tx, v2.id, 5_000)
        assert tx.gates.get(world.environment.id, world.workflow.id) == change.gate

    await store.write(work)


async def test_a_version_was_live_where_it_had_a_share(store: SqliteStore, world: World) -> None:
    v2 = new_version(world.workflow, 2)
    await store.write(lambda tx: tx.versions.add(v2))
    here = world.environment.id
    assert await store.read(lambda tx: tx.gates.was_live(here, world.v1.id))
    assert not await store.read(lambda tx: tx.gates.was_live(here, v2.id))
    elsewhere = ids.new(Prefix.ENVIRONMENT)
    assert not await store.read(lambda tx: tx.gates.was_live(elsewhere, world.v1.id))


async def test_rollouts_are_listed_by_workflow_and_state(store: SqliteStore, world: World) -> None:
    await world.begin_rollout()
    here, workflow = world.environment.id, world.workflow.id

    def states(tx: Transaction, workflow_id: str | None, state: RolloutState | None) -> list[str]:
        found = tx.rollouts.list(here, Page(), workflow_id=workflow_id, state=state)
        return [rollout.state.value for rollout in found.items]

    assert await store.read(lambda tx: states(tx, None, None)) == ["active", "completed"]
    assert await store.read(lambda tx: states(tx, workflow, RolloutState.ACTIVE)) == ["active"]
    assert await store.read(lambda tx: states(tx, NOBODY, None)) == []
    both = await store.read(lambda tx: tx.rollouts.of_deployments(here, workflow))
    assert [rollout.state.value for rollout in both] == ["completed", "active"]


async def test_history_is_paged_newest_first_and_told_oldest_first(
    store: SqliteStore, world: World
) -> None:
    v2 = await world.begin_rollout()
    v3 = new_version(world.workflow, 3)

    def supersede(tx: Transaction) -> None:
        tx.versions.add(v3)
        world.deploy(tx, v3.id, 1_000)

    await store.write(supersede)
    here, workflow = world.environment.id, world.workflow.id
    told = await store.read(lambda tx: tx.history.all(here, workflow))
    assert [event.kind for event in told] == [
        HistoryKind.PUBLISHED,
        HistoryKind.PUBLISHED,
        HistoryKind.SUPERSEDED,
        HistoryKind.PUBLISHED,
    ]
    assert told[0].before is None
    assert told[2].version_id == v2.id
    assert told[2].before == told[1].after
    first = await store.read(lambda tx: tx.history.list(here, workflow, Page(3)))
    assert [stored.event for stored in first.items] == told[:0:-1]
    assert (first.previous, first.next) == (False, True)
    cursor = first.items[-1].id
    rest = await store.read(lambda tx: tx.history.list(here, workflow, Page(3, after=cursor)))
    assert [stored.event for stored in rest.items] == [told[0]]
    with pytest.raises(BadRequest):
        await store.read(lambda tx: tx.history.list(here, workflow, Page(after="evt_nothing")))


async def test_history_tells_what_was_in_force_at_an_instant(
    store: SqliteStore, world: World
) -> None:
    first = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert first is not None
    world.by = By(world.key.id, NOW + HOUR)
    await world.begin_rollout()
    here, workflow = world.environment.id, world.workflow.id
    at = [NOW - 1, NOW, NOW + HOUR - 1, NOW + HOUR]
    found = [await store.read(lambda tx, i=i: tx.history.at(here, workflow, i)) for i in at]  # type: ignore[misc]
    assert found[0] is None
    assert found[1] == found[2] == first.deployment
    assert found[3] is not None
    assert len(found[3].shares) == 2


# -- audit -------------------------------------------------------------------------------------


async def test_the_audit_log_is_a_gapless_chain(store: SqliteStore, world: World) -> None:
    sandbox = Environment(ids.new(Prefix.ENVIRONMENT), "sandbox", NOW)
    await store.write(lambda tx: tx.environments.add(sandbox))
    places = (world.environment.id, None, sandbox.id)
    records = [
        AuditRecord(f"noun.{n}", f"s{n}", place, None, {"a": [1, "\ud800"]}, world.by)
        for n, place in enumerate(places)
    ]
    for record in records:
        await store.write(lambda tx, r=record: tx.audit.append(r))  # type: ignore[misc]
    entries = (await store.read(lambda tx: tx.audit.list(Page(), environment_id=None))).items
    previous = GENESIS
    for number, (record, entry) in enumerate(zip(records, reversed(entries), strict=True), 1):
        assert entry == chain(record, sequence=number, previous=previous)
        previous = entry.hash
    here = world.environment.id

    async def page(size: int, after: str | None, before: str | None) -> tuple[Any, ...]:
        asked = Page(size, after, before)
        found = await store.read(lambda tx: tx.audit.list(asked, environment_id=here))
        return [entry.sequence for entry in found.items], found.previous, found.next

    assert await page(10, "3", None) == ([2, 1], False, False)
    assert await page(1, None, None) == ([2], False, True)
    assert await page(1, "2", None) == ([1], True, False)
    assert await page(1, None, "1") == ([2], False, True)
    assert await page(5, None, "0") == ([2, 1], False, False)
    with pytest.raises(BadRequest):
        await page(1, "evt_1", None)


async def test_an_audit_entry_of_an_undone_change_leaves_no_gap(
    store: SqliteStore, world: World
) -> None:
    record = AuditRecord("noun.verb", "s", None, None, None, world.by)

    def fails(tx: Transaction) -> None:
        tx.audit.append(record)
        raise Conflict("gate_moved", "no")

    with pytest.raises(Conflict):
        await store.write(fails)
    entry = await store.write(lambda tx: tx.audit.append(record))
    assert (entry.sequence, entry.previous) == (1, GENESIS)


# -- runs --------------------------------------------------------------------------------------


async def test_a_run_comes_back_with_its_assignment(store: SqliteStore, world: World) -> None:
    await world.begin_rollout()
    progresses = [
        await store.write(lambda tx, k=key: _added(tx, world, k))  # type: ignore[misc]
        for key in ("C-1", "C-2", None)
    ]
    for progress in progresses:
        found = await store.read(lambda tx, p=progress: tx.runs.get(p.run.id))  # type: ignore[misc]
        assert found == progress.run
    assert await store.read(lambda tx: tx.runs.get("wfr_nonsense")) is None


def _added(tx: Transaction, world: World, key: str | None = "C-1", **changes: object) -> Progress:
    progress = finished(world.run(tx, key=key, **changes))
    tx.runs.add(progress)
    return progress


async def test_what_one_work_added_the_same_work_can_read(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> None:
        progress = _added(tx, world)
        assert tx.runs.get(progress.run.id) == progress.run
        assert tx.runs.journal(progress.run.id) == list(progress.entries)

    await store.write(work)


async def test_bodies_come_from_the_ends_of_the_journal(store: SqliteStore, world: World) -> None:
    done = await store.write(lambda tx: _added(tx, world))
    open_ = await store.write(lambda tx: _waiting(tx, world))
    bodies = await store.read(lambda tx: tx.runs.bodies([done.run.id, open_.run.id]))
    assert bodies == {
        done.run.id: RunBodies(b'{"age":20}', b'{"decision":"approve"}', None),
        open_.run.id: RunBodies(b'{"age":20}', None, None),
    }


def _waiting(tx: Transaction, world: World, **changes: object) -> Progress:
    progress = waiting(world.run(tx, **changes))
    tx.runs.add(progress)
    return progress


async def test_a_deeply_nested_body_comes_back(store: SqliteStore, world: World) -> None:
    deep = b'{"input":' + b"[" * 400 + b"]" * 400 + b"}"

    def work(tx: Transaction) -> str:
        progress = finished(world.run(tx))
        first = replace(progress.entries[0], body=deep)
        tx.runs.add(replace(progress, entries=(first, progress.entries[1])))
        return progress.run.id

    id_ = await store.write(work)
    bodies = await store.read(lambda tx: tx.runs.bodies([id_]))
    assert bodies[id_].input == b"[" * 400 + b"]" * 400


async def test_runs_are_filtered_by_everything_a_filter_names(
    store: SqliteStore, world: World
) -> None:
    v2 = await world.begin_rollout(5_000)

    def add(tx: Transaction) -> list[Progress]:
        return [_added(tx, world, f"C-{n}", created_at=NOW + n * HOUR) for n in range(8)] + [
            _waiting(tx, world, key=None, created_at=NOW + 8 * HOUR)
        ]

    # The ids' own time is now; the acceptance times above are not near it.
    made = [progress.run for progress in await store.write(add)]

    async def found(**by: object) -> list[str]:
        filter_ = RunFilter(**by)  # type: ignore[arg-type]
        page = Page(100)
        slice_ = await store.read(lambda tx: tx.runs.list(world.environment.id, filter_, page))
        return [run.id for run in slice_.items]

    newest_first = made[::-1]
    assert await found() == [run.id for run in newest_first]
    for version_id in (v2.id, world.v1.id):
        expected = [run.id for run in newest_first if run.version_id == version_id]
        assert await found(version_id=version_id) == expected
    treated = [r.id for r in newest_first if r.assignment.arm is ArmLabel.TREATMENT]
    assert 0 < len(treated) < 9
    assert await found(arm="treatment") == treated
    assert await found(phases=(Phase.WAITING, Phase.FAULTED)) == [made[8].id]
    assert await found(phases=(Phase.COMPLETED,)) == [run.id for run in newest_first[1:]]
    assert await found(outcome="approve") == [run.id for run in newest_first[1:]]
    assert await found(key="C-3") == [made[3].id]
    assert await found(key=made[8].id) == [made[8].id]
    assert await found(key=made[3].id) == []
    assert await found(workflow_id=world.workflow.id) == [run.id for run in newest_first]
    assert await found(workflow_id=NOBODY) == []
    assert await found(workflow_id="nonsense") == []
    gate = await store.read(lambda tx: tx.gates.get(world.environment.id, world.workflow.id))
    assert gate is not None
    assert gate.rollout is not None
    assert len(await found(rollout_id=gate.rollout.id)) == 9


async def test_acceptance_times_bound_a_list_of_runs(store: SqliteStore, world: World) -> None:
    # A run's id and its acceptance time are taken within moments of each other.
    made = []
    for _ in range(3):
        run_id = ids.new(Prefix.RUN)
        at = _milliseconds(run_id) * 1_000
        made.append(
            await store.write(lambda tx, i=run_id, a=at: _added(tx, world, id=i, created_at=a))
        )  # type: ignore[misc]
    times = sorted(progress.run.created_at for progress in made)

    async def count(**by: int) -> int:
        filter_ = RunFilter(**by)  # type: ignore[arg-type]
        found = await store.read(lambda tx: tx.runs.list(world.environment.id, filter_, Page()))
        return len(found.items)

    assert await count(created_after=times[0]) == 3
    assert await count(created_after=times[-1] + 1) == 0
    assert await count(created_before=times[0]) == 0
    assert await count(created_before=times[-1] + 1) == 3


def _milliseconds(id_: str) -> int:
    return int.from_bytes(to_bytes(Prefix.RUN, id_)[:6], "big")


async def test_appending_takes_a_run_on_and_moves_its_effects(
    store: SqliteStore, world: World
) -> None:
    first = await store.write(lambda tx: _waiting(tx, world))
    run = first.run
    assert await store.read(lambda tx: tx.runs.state(run.id)) == b'{"state":1}'
    further = Progress(
        replace(run, phase=Phase.RUNNING, sequence=3),
        (
            NewEntry(2, EntryKind.ANSWERED, NOW + 1, b"{}", first.opened[0].key, 1),
            NewEntry(3, EntryKind.WANTED, NOW + 1, b"{}", "/do/1/call#1", 1),
        ),
        b'{"state":2}',
        (wanted("/do/1/call#1", kind="http"),),
        ((first.opened[0].key, 1),),
    )
    assert await store.write(lambda tx: tx.runs.append(further))
    assert await store.read(lambda tx: tx.runs.get(run.id)) == further.run
    assert await store.read(lambda tx: tx.runs.state(run.id)) == b'{"state":2}'
    open_ = await store.read(lambda tx: tx.effects.of_run(run.id))
    assert [effect.effect for effect in open_] == list(further.opened)
    journal = await store.read(lambda tx: tx.runs.journal(run.id))
    assert list(journal) == [*first.entries, *further.entries]


async def test_of_two_who_append_at_the_same_place_one_wins(
    store: SqliteStore, world: World
) -> None:
    run = (await store.write(lambda tx: _waiting(tx, world))).run
    ended = _ended(run, Phase.CANCELLED)
    assert await store.write(lambda tx: tx.runs.append(ended))
    assert not await store.write(lambda tx: tx.runs.append(ended))
    journal = await store.read(lambda tx: tx.runs.journal(run.id))
    assert [entry.kind for entry in journal].count(EntryKind.ENDED) == 1


def _ended(run: object, phase: Phase, outcome: str | None = None) -> Progress:
    sequence = run.sequence + 1  # type: ignore[attr-defined]
    after = replace(run, phase=phase, outcome=outcome, ended_at=NOW + 9, sequence=sequence)  # type: ignore[type-var]
    entry = NewEntry(sequence, EntryKind.ENDED, NOW + 9, b'{"phase":"x","error":{"status":1}}')
    return Progress(after, (entry,), None)  # type: ignore[arg-type]


async def test_a_run_that_ends_wants_nothing_any_more(store: SqliteStore, world: World) -> None:
    run = (await store.write(lambda tx: _waiting(tx, world))).run
    assert await store.write(lambda tx: tx.runs.append(_ended(run, Phase.FAULTED)))
    assert await store.read(lambda tx: tx.effects.of_run(run.id)) == []
    assert await store.read(lambda tx: tx.runs.state(run.id)) is None
    bodies = await store.read(lambda tx: tx.runs.bodies([run.id]))
    assert bodies[run.id].error == b'{"status":1}'


async def test_an_answer_that_came_too_late_only_closes_its_effect(
    store: SqliteStore, world: World
) -> None:
    first = await store.write(lambda tx: _waiting(tx, world))
    late = Progress(first.run, (), first.state, closed=((first.opened[0].key, 1),))
    assert await store.write(lambda tx: tx.runs.append(late))
    assert await store.read(lambda tx: tx.effects.of_run(first.run.id)) == []
    assert await store.read(lambda tx: tx.runs.state(first.run.id)) == first.state
    assert len(await store.read(lambda tx: tx.runs.journal(first.run.id))) == 2


async def test_the_same_answer_twice_is_refused_by_the_journal(
    store: SqliteStore, world: World
) -> None:
    first = await store.write(lambda tx: _waiting(tx, world))
    key = first.opened[0].key

    def answered(sequence: int) -> Progress:
        after = replace(first.run, sequence=sequence)
        return Progress(after, (NewEntry(sequence, EntryKind.ANSWERED, NOW, b"{}", key, 1),), b"{}")

    assert await store.write(lambda tx: tx.runs.append(answered(2)))
    with pytest.raises(Exception, match="journal"):
        await store.write(lambda tx: tx.runs.append(answered(3)))
    found = await store.read(lambda tx: tx.runs.get(first.run.id))
    assert found is not None
    assert found.sequence == 2


async def test_runs_are_counted_per_rollout_version_and_arm(
    store: SqliteStore, world: World
) -> None:
    def work(tx: Transaction) -> list[Progress]:
        done = [_added(tx, world, key) for key in ("C-1", "C-2", None)]
        return [*done, *(_waiting(tx, world) for _ in range(4))]

    made = await store.write(work)
    await store.write(lambda tx: tx.runs.append(_ended(made[3].run, Phase.CANCELLED)))
    await store.write(lambda tx: tx.runs.append(_ended(made[4].run, Phase.FAULTED)))
    await store.write(lambda tx: tx.runs.append(_ended(made[5].run, Phase.COMPLETED, "review")))
    here, workflow = world.environment.id, world.workflow.id
    counts = await store.read(lambda tx: tx.runs.counts(here, workflow))
    ((key, alone),) = counts.items()
    assert key[1:] == (world.v1.id, "")
    assert alone == Counts(7, 4, 1, 1, 1, {"approve": 3, "review": 1})
    assert alone.in_flight == 1
    await world.begin_rollout(10_000 - 1)
    await store.write(lambda tx: _added(tx, world))
    arms = await store.read(lambda tx: tx.runs.counts(here, workflow))
    assert sorted(arm for _, _, arm in arms) == ["", "treatment"]


async def test_a_retry_takes_its_fault_back_from_the_counts(
    store: SqliteStore, world: World
) -> None:
    run = (await store.write(lambda tx: _waiting(tx, world))).run
    faulted = _ended(run, Phase.FAULTED)
    await store.write(lambda tx: tx.runs.append(faulted))
    retried = Progress(
        replace(faulted.run, phase=Phase.RUNNING, ended_at=None, sequence=3),
        (NewEntry(3, EntryKind.RETRIED, NOW + 10, b"{}"),),
        b"{}",
    )
    await store.write(lambda tx: tx.runs.append(retried))
    here, workflow = world.environment.id, world.workflow.id
    (counts,) = (await store.read(lambda tx: tx.runs.counts(here, workflow))).values()
    assert (counts.faulted, counts.in_flight) == (0, 1)
    bodies = await store.read(lambda tx: tx.runs.bodies([run.id]))
    assert bodies[run.id].error is None
    await store.write(lambda tx: tx.runs.append(_ended(retried.run, Phase.FAULTED)))
    (counts,) = (await store.read(lambda tx: tx.runs.counts(here, workflow))).values()
    assert (counts.faulted, counts.in_flight) == (1, 0)


# -- effects -----------------------------------------------------------------------------------


async def test_due_effects_come_oldest_first(store: SqliteStore, world: World) -> None:
    def work(tx: Transaction) -> list[str]:
        made = []
        for due in (NOW + 30, NOW + 10, NOW + 20, None):
            progress = waiting(world.run(tx))
            opened = (replace(progress.opened[0], due=due),)
            tx.runs.add(replace(progress, opened=opened))
            made.append(progress.run.id)
        return made

    late, early, middle, _ = await store.write(work)
    for after, first in ((NOW, NOW + 10), (NOW + 10, NOW + 20), (NOW + 30, None)):
        assert await store.read(lambda tx, a=after: tx.effects.next_due("timer", after=a)) == first
    assert await store.read(lambda tx: tx.effects.next_due("http", after=NOW)) is None
    due = await store.read(lambda tx: tx.effects.due("timer", NOW + 20, 10))
    assert [effect.run_id for effect in due] == [early, middle]
    due = await store.read(lambda tx: tx.effects.due("timer", NOW + HOUR, 10))
    assert [effect.run_id for effect in due] == [early, middle, late]
    assert len(await store.read(lambda tx: tx.effects.due("timer", NOW + HOUR, 2))) == 2


async def test_an_effect_is_leased_to_one_until_the_lease_ends_or_is_released(
    store: SqliteStore, world: World
) -> None:
    def add(tx: Transaction) -> None:
        for _ in range(3):
            tx.runs.add(waiting(world.run(tx), kind="http"))

    await store.write(add)

    async def claimed(owner: str, now: int) -> int:
        def claim(tx: Transaction) -> int:
            found = tx.effects.unclaimed("http", now, 2)
            tx.effects.lease(found, owner, now + 100)
            return len(found)

        return await store.write(claim)

    assert await claimed("a", NOW) == 2
    assert await claimed("b", NOW) == 1
    assert await claimed("b", NOW + 99) == 0
    assert await claimed("b", NOW + 100) == 2
    await store.write(lambda tx: tx.effects.release_all("http"))
    assert await claimed("c", NOW) == 2
    assert await store.read(lambda tx: tx.effects.unclaimed("timer", NOW, 9)) == []


async def test_workflows_that_have_their_share_are_passed_over(
    store: SqliteStore, world: World
) -> None:
    def add(tx: Transaction) -> str:
        progress = waiting(world.run(tx), kind="http")
        opened = (replace(progress.opened[0], due=NOW),)
        tx.runs.add(replace(progress, opened=opened))
        return progress.run.workflow_id

    workflow = await store.write(add)
    (found,) = await store.read(lambda tx: tx.effects.unclaimed("http", NOW, 9))
    assert found.workflow_id == workflow
    assert await store.read(lambda tx: tx.effects.unclaimed("http", NOW, 9, but=[workflow])) == []
    assert await store.read(lambda tx: tx.effects.due("http", NOW, 9, but=[workflow])) == []


# -- idempotency -------------------------------------------------------------------------------


async def test_an_idempotency_key_is_known_from_its_claim_until_it_expires(
    store: SqliteStore, world: World
) -> None:
    here = world.environment.id
    claimed = Claimed(b"digest", "wfr_x")

    def work(tx: Transaction) -> None:
        assert tx.idempotency.find(here, "k") is None
        tx.idempotency.claim(here, "k", claimed, NOW)
        assert tx.idempotency.find(here, "k") == claimed

    await store.write(work)
    assert await store.read(lambda tx: tx.idempotency.find(here, "k")) == claimed
    assert await store.read(lambda tx: tx.idempotency.find(here, "K")) is None
    assert await store.write(lambda tx: tx.idempotency.expire(NOW)) == 0
    assert await store.write(lambda tx: tx.idempotency.expire(NOW + 1)) == 1
    assert await store.read(lambda tx: tx.idempotency.find(here, "k")) is None


async def test_a_reverted_to_version_is_told_with_its_rollout_kind(
    store: SqliteStore, world: World
) -> None:
    await world.begin_rollout(10_000)
    await store.write(lambda tx: world.deploy(tx, world.v1.id, 10_000, RolloutKind.REVERT))
    here, workflow = world.environment.id, world.workflow.id
    newest = await store.read(lambda tx: tx.history.list(here, workflow, Page(1)))
    assert newest.items[0].event.kind is HistoryKind.REVERTED_TO
