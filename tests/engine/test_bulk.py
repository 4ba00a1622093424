"""Bulk actions survive anything in the middle, and tell of every run exactly once (I8, I10)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_engine import CALL, HEAD, Service, ended, live, set_event, until_under_way
from tests.use_cases.machine import Machine
from turnout import bootstrap
from turnout.domain import bulk as bulks
from turnout.domain.audit import AuditEntry
from turnout.domain.bulk import BulkAction, BulkState, BulkVerb, CountChanged
from turnout.domain.errors import Forbidden, Invalid, NotFound
from turnout.domain.role import Role
from turnout.domain.run import Phase
from turnout.engine.bulk import BulkActions
from turnout.use_cases import work_off_bulk
from turnout.use_cases.bulk_runs import BulkWish, begin_bulk, count_runs, read_bulk
from turnout.use_cases.caller import Caller, Claim
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.ports import Page, RunFilter
from turnout.use_cases.read_workflows import read_workflow
from turnout.use_cases.resume_run import resume_run
from turnout.use_cases.revoke_api_key import revoke_api_key
from turnout.use_cases.suspend_run import suspend_run
from turnout.use_cases.work_off_bulk import work_off

PAUSE = HEAD + "  - pause: {wait: {hours: 1}}\n"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(bootstrap, "HttpEffects", lambda _: made)
    return made


@pytest.fixture
def machine(service: Service, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The duty does nothing: a test takes every step itself."""

    async def run(_: BulkActions) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(BulkActions, "run", run)


def of(machine: Machine, handle: str) -> RunFilter:
    return RunFilter(workflow_id=machine.call(read_workflow, handle).workflow.id)


def begin(machine: Machine, verb: BulkVerb, filter_: RunFilter, **more: Any) -> BulkAction:
    wish = BulkWish(verb, filter_, "Wrong threshold.")
    expected = machine.call(count_runs, wish)
    return machine.call(begin_bulk, wish, expected=expected, **more)


def done(machine: Machine, action: BulkAction) -> BulkAction:
    found = machine.call(read_bulk, action.id, wait=60)
    assert found.state is not BulkState.WORKING
    return found


def phases(machine: Machine, run_ids: list[str]) -> list[Phase]:
    found = machine.do(
        machine.turnout.ports.store.read(lambda tx: [tx.runs.get(each) for each in run_ids])
    )
    return [run.phase for run in found if run is not None]


def audited(machine: Machine, action: str) -> list[AuditEntry]:
    environment = machine.callers["production"].environment.id
    found = machine.do(
        machine.turnout.ports.store.read(
            lambda tx: tx.audit.list(Page(1_000), environment_id=environment)
        )
    )
    return [entry for entry in found.items if entry.record.action == action]


def test_every_run_that_matches_is_suspended_then_resumed_then_cancelled_each_audited(
    machine: Machine,
) -> None:
    live(machine, "bad", PAUSE)
    live(machine, "good", PAUSE)
    runs = [machine.trigger("bad", {}).id for _ in range(work_off_bulk.RUNS_PER_STEP * 2 + 3)]
    bystander = machine.trigger("good", {}).id
    for verb, phase in (
        (BulkVerb.SUSPEND, Phase.SUSPENDED),
        (BulkVerb.RESUME, Phase.WAITING),
        (BulkVerb.CANCEL, Phase.CANCELLED),
    ):
        action = done(machine, begin(machine, verb, of(machine, "bad")))
        assert (action.state, action.total, action.done) == (BulkState.DONE, len(runs), len(runs))
        assert set(phases(machine, runs)) == {phase}
        entries = audited(machine, f"run.{verb}")
        assert sorted(entry.record.subject for entry in entries) == runs
        for entry in entries:
            assert entry.record.by.reason == "Wrong threshold."
            assert entry.record.after == {"phase": phase.value, "bulk": action.id}
        (whole,) = audited(machine, f"bulk.{verb}")
        assert (whole.record.subject, whole.record.after) == (action.id, {"runs": len(runs)})
    assert phases(machine, [bystander]) == [Phase.WAITING]


def test_only_runs_that_the_verb_can_change_are_counted(machine: Machine) -> None:
    live(machine, "flow", PAUSE)
    waiting, suspended, gone = (machine.trigger("flow", {}).id for _ in range(3))
    machine.call(suspend_run, suspended)
    machine.call(cancel_run, gone)
    filter_ = of(machine, "flow")
    counts = {verb: machine.call(count_runs, BulkWish(verb, filter_)) for verb in BulkVerb}
    assert counts == {
        BulkVerb.SUSPEND: 1,
        BulkVerb.RESUME: 1,
        BulkVerb.CANCEL: 2,
        BulkVerb.RETRY: 0,
    }
    narrow = RunFilter(workflow_id=filter_.workflow_id, phases=(Phase.CANCELLED, Phase.WAITING))
    assert machine.call(count_runs, BulkWish(BulkVerb.CANCEL, narrow)) == 1
    action = done(machine, begin(machine, BulkVerb.CANCEL, narrow))
    assert phases(machine, [waiting, suspended]) == [Phase.CANCELLED, Phase.SUSPENDED]
    assert action.done == 1


def test_another_count_than_the_confirmed_one_changes_nothing(machine: Machine) -> None:
    live(machine, "flow", PAUSE)
    runs = [machine.trigger("flow", {}).id for _ in range(2)]
    wish = BulkWish(BulkVerb.CANCEL, of(machine, "flow"))
    with pytest.raises(CountChanged) as refused:
        machine.call(begin_bulk, wish, expected=3)
    assert refused.value.count == 2
    assert set(phases(machine, runs)) == {Phase.WAITING}
    assert audited(machine, "bulk.cancel") == []


def test_more_runs_than_one_action_may_have_are_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulks, "MAX_RUNS", 1)
    live(machine, "flow", PAUSE)
    for _ in range(2):
        machine.trigger("flow", {})
    with pytest.raises(Invalid, match="Narrow the filter"):
        begin(machine, BulkVerb.CANCEL, of(machine, "flow"))


def test_a_step_that_was_committed_is_not_taken_again_by_the_next_process(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work_off_bulk, "RUNS_PER_STEP", 4)
    with monkeypatch.context() as patched:
        patched.setattr(BulkActions, "run", lambda _: asyncio.Event().wait())
        first = Machine(tmp_path)
        live(first, "flow", PAUSE)
        runs = [first.trigger("flow", {}).id for _ in range(10)]
        action = begin(first, BulkVerb.SUSPEND, of(first, "flow"))
        assert first.do(work_off(first.turnout.ports, action.id))
        assert first.call(read_bulk, action.id).done == 4
        # It suspended this one itself; resumed since then, it is none of its business any more.
        first.call(resume_run, runs[0])
        first.call(cancel_run, runs[9])
        first.close()
    second = Machine(tmp_path)
    try:
        after = done(second, action)
        assert (after.done, after.refusals) == (9, {"run_ended": 1})
        assert phases(second, runs) == [Phase.WAITING, *[Phase.SUSPENDED] * 8, Phase.CANCELLED]
        assert len(audited(second, "run.suspend")) == 9
    finally:
        second.close()


@pytest.mark.usefixtures("by_hand")
def test_a_revoked_key_stops_what_it_began(machine: Machine) -> None:
    live(machine, "flow", PAUSE)
    runs = [machine.trigger("flow", {}).id for _ in range(2)]
    ports = machine.turnout.ports
    made = machine.do(create_api_key(ports, None, environment="production", role=Role.OPERATOR))
    wish = BulkWish(BulkVerb.CANCEL, of(machine, "flow"))
    action = machine.do(begin_bulk(ports, Caller(made.key, made.environment), wish, expected=2))
    machine.call(revoke_api_key, made.key.id)
    assert not machine.do(work_off(ports, action.id))
    assert machine.call(read_bulk, action.id).state is BulkState.STOPPED
    assert set(phases(machine, runs)) == {Phase.WAITING}


def test_faulted_runs_are_retried_and_those_for_which_it_is_pointless_are_told(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL)
    live(machine, "pointless", HEAD + "  - bad: {set: {x: '${ error }'}}\n")
    service.answer = RuntimeError("down")
    machine.do(set_event(service.open))
    runs = [machine.trigger("flow", {"n": n}).id for n in range(20)]
    runs.append(machine.trigger("pointless", {}).id)
    for run in runs:
        assert ended(machine, run).run.phase is Phase.FAULTED
    service.answer = {"value": {"status": 200, "headers": {}, "body": {}}}
    action = done(machine, begin(machine, BulkVerb.RETRY, RunFilter()))
    assert (action.total, action.done, action.refusals) == (21, 20, {"retry_pointless": 1})
    for run in runs[:20]:
        assert ended(machine, run).run.phase is Phase.COMPLETED
    entries = audited(machine, "run.retry")
    assert sorted(entry.record.subject for entry in entries) == runs[:20]
    assert {str((entry.record.after or {})["bulk"]) for entry in entries} == {action.id}


def test_cancelling_in_bulk_interrupts_calls_and_wakes_who_waits(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL)
    run = machine.trigger("flow", {"n": 1})
    until_under_way(machine, service, 1)

    async def wait() -> Phase:
        with machine.turnout.ports.engine.ending(run.id) as over:
            wish = BulkWish(BulkVerb.CANCEL, RunFilter())
            caller = machine.callers["production"]
            await begin_bulk(machine.turnout.ports, caller, wish, expected=1)
            async with asyncio.timeout(30):
                await over.wait()
        return Phase.CANCELLED

    assert machine.do(wait()) is phases(machine, [run.id])[0]
    until_under_way(machine, service, 0)


def test_the_same_request_twice_is_one_bulk_action(machine: Machine) -> None:
    live(machine, "flow", PAUSE)
    machine.trigger("flow", {})
    wish = BulkWish(BulkVerb.SUSPEND, of(machine, "flow"))
    caller = machine.callers["production"]
    asking = Caller(caller.key, caller.environment, Claim("once", b"digest"))
    first = machine.do(begin_bulk(machine.turnout.ports, asking, wish, expected=1))
    done(machine, first)
    again = machine.do(begin_bulk(machine.turnout.ports, asking, wish, expected=1))
    assert (again.id, again.done) == (first.id, 1)


def test_who_only_reads_begins_nothing_and_another_environment_sees_nothing(
    machine: Machine,
) -> None:
    live(machine, "flow", PAUSE)
    machine.trigger("flow", {})
    ports = machine.turnout.ports
    made = machine.do(create_api_key(ports, None, environment="production", role=Role.VIEWER))
    wish = BulkWish(BulkVerb.CANCEL, RunFilter())
    with pytest.raises(Forbidden):
        machine.do(begin_bulk(ports, Caller(made.key, made.environment), wish, expected=1))
    action = begin(machine, BulkVerb.SUSPEND, RunFilter())
    sandbox = machine.callers["sandbox"]
    assert machine.do(count_runs(ports, sandbox, wish)) == 0
    with pytest.raises(NotFound):
        machine.do(read_bulk(ports, sandbox, action.id))


def test_nothing_that_matches_is_done_at_once(machine: Machine) -> None:
    action = begin(machine, BulkVerb.CANCEL, RunFilter(outcome="nosuch"))
    assert (action.state, action.total) == (BulkState.DONE, 0)
