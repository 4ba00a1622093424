"""Suspended runs: nothing goes on, nothing is lost, and all goes on from where it was (I8)."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_engine import CALL, HEAD, Service, ended, live, set_event, until_under_way
from tests.use_cases.machine import Machine
from turnout import bootstrap
from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.instant import SECOND
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.ports import Transaction
from turnout.use_cases.read_runs import read_run
from turnout.use_cases.receive_event import receive_event
from turnout.use_cases.resume_run import resume_in, resume_run
from turnout.use_cases.suspend_run import suspend_run

PAUSE = HEAD + "  - pause: {wait: {seconds: 60}}\n  - done: {set: {slept: true}}\n"
LISTEN = HEAD + "  - hear: {listen: {to: {one: {with: {type: com.example.paid}}}}}\n"
CALL_THEN = CALL + "  - done: {set: {answered: '${ .statusCode // 200 }'}}\n"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(bootstrap, "HttpEffects", lambda _: made)
    return made


class Clock:
    """A wall clock that a test sets ahead."""

    def __init__(self) -> None:
        self.ahead = 0
        self._real = bootstrap._now

    def __call__(self) -> int:
        return self._real() + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(bootstrap, "_now", made)
    return made


@pytest.fixture
def machine(service: Service, clock: Clock, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, http_effects=4)
    yield made
    made.close()


def read(machine: Machine, work: Any) -> Any:
    return machine.do(machine.turnout.ports.store.read(work))


def stored(machine: Machine, run_id: str) -> Run:
    run: Run = read(machine, lambda tx: tx.runs.get(run_id))
    return run


def kept(machine: Machine, run_id: str) -> int:
    """How many answers are kept for a run: what of its open effects is not for its resumption."""

    def count(tx: Transaction) -> int:
        open_ = tx.effects.of_run(run_id)
        suspension = tx.suspensions.of([run_id])[run_id]
        wanted = tx.suspensions.end(suspension)
        raise Undone(len(open_) - len(wanted))

    try:
        machine.do(machine.turnout.ports.store.write(count))
    except Undone as undone:
        return undone.count
    raise AssertionError("the work raises")


class Undone(Exception):
    def __init__(self, count: int) -> None:
        self.count = count


def until_kept(machine: Machine, run_id: str, count: int) -> None:
    """Let the product go on until so many answers are kept."""
    for _ in range(10_000):
        if kept(machine, run_id) == count:
            return
        machine.do(asyncio.sleep(0))
    raise AssertionError(f"{kept(machine, run_id)} answers are kept")


def journal(machine: Machine, run_id: str) -> list[EntryKind]:
    return [entry.kind for entry in read(machine, lambda tx: tx.runs.journal(run_id))]


def test_a_timer_of_a_suspended_run_does_not_fire_and_fires_at_once_when_it_is_resumed(
    machine: Machine, clock: Clock
) -> None:
    live(machine, "pause", PAUSE)
    run, bystander = machine.trigger("pause", {}), machine.trigger("pause", {})
    done = machine.call(suspend_run, run.id, reason="Not now.")
    assert done.phase is Phase.SUSPENDED
    clock.ahead = 120 * SECOND
    # The timers look because this one is new; then both of the others are due.
    machine.trigger("pause", {})
    machine.turnout.engine._timers.notice(0)  # type: ignore[union-attr]
    assert ended(machine, bystander.id).run.phase is Phase.COMPLETED
    assert stored(machine, run.id).phase is Phase.SUSPENDED
    assert journal(machine, run.id) == [EntryKind.ACCEPTED, EntryKind.WANTED]

    assert machine.call(resume_run, run.id).phase is Phase.WAITING
    view = ended(machine, run.id)
    assert view.run.phase is Phase.COMPLETED
    assert json.loads(view.bodies.output or b"") == {"slept": True}  # type: ignore[union-attr]


def test_the_answer_of_a_call_that_was_sent_is_kept_and_taken_when_the_run_is_resumed(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL_THEN)
    run = machine.trigger("flow", {"n": 1})
    until_under_way(machine, service, 1)
    machine.call(suspend_run, run.id)
    assert service.under_way == 1
    machine.do(set_event(service.open))
    until_kept(machine, run.id, 1)
    assert stored(machine, run.id).phase is Phase.SUSPENDED
    assert journal(machine, run.id) == [EntryKind.ACCEPTED, EntryKind.WANTED]
    machine.call(resume_run, run.id)
    assert ended(machine, run.id).run.phase is Phase.COMPLETED
    assert len(service.asked) == 1


def test_a_run_that_is_resumed_before_its_answer_comes_calls_nobody_twice(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL)
    run = machine.trigger("flow", {"n": 1})
    until_under_way(machine, service, 1)
    for _ in range(3):
        machine.call(suspend_run, run.id)
        machine.call(resume_run, run.id)
    machine.do(set_event(service.open))
    assert ended(machine, run.id).run.phase is Phase.COMPLETED
    assert len(service.asked) == 1


def test_no_call_of_a_suspended_run_begins_though_there_is_room(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL)
    first, second, third = (machine.trigger("flow", {"n": n}) for n in range(3))
    # A workflow has one of four places: the later two wait in the store.
    until_under_way(machine, service, 1)
    machine.call(suspend_run, second.id)
    machine.do(set_event(service.open))
    for run in (first, third):
        assert ended(machine, run.id).run.phase is Phase.COMPLETED
    assert len(service.asked) == 2
    assert stored(machine, second.id).phase is Phase.SUSPENDED
    machine.call(resume_run, second.id)
    assert ended(machine, second.id).run.phase is Phase.COMPLETED
    assert len(set(service.asked)) == len(service.asked) == 3


def test_what_was_kept_is_there_after_a_restart(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first = Machine(tmp_path)
    live(first, "flow", CALL)
    run = first.trigger("flow", {"n": 1})
    until_under_way(first, service, 1)
    first.call(suspend_run, run.id)
    first.do(set_event(service.open))
    until_kept(first, run.id, 1)
    first.close()
    second = Machine(tmp_path)
    try:
        assert stored(second, run.id).phase is Phase.SUSPENDED
        second.call(resume_run, run.id)
        assert ended(second, run.id).run.phase is Phase.COMPLETED
        assert len(service.asked) == 1
    finally:
        second.close()


def test_a_resumption_that_the_engine_never_heard_of_is_found_by_the_next_one(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first = Machine(tmp_path)
    live(first, "flow", CALL)
    run = first.trigger("flow", {"n": 1})
    until_under_way(first, service, 1)
    first.call(suspend_run, run.id)
    first.do(set_event(service.open))
    until_kept(first, run.id, 1)

    def resume(tx: Transaction) -> None:
        found = tx.runs.get(run.id)
        assert found is not None
        resume_in(tx, found, By("key_x", 1))

    first.do(first.turnout.ports.store.write(resume))
    first.close()
    second = Machine(tmp_path)
    try:
        assert ended(second, run.id).run.phase is Phase.COMPLETED
        assert len(service.asked) == 1
    finally:
        second.close()


def test_a_call_that_died_with_the_process_is_made_again_only_when_its_run_is_resumed(
    service: Service, clock: Clock, tmp_path: Path
) -> None:
    first = Machine(tmp_path)
    live(first, "flow", CALL)
    run = first.trigger("flow", {"n": 1})
    until_under_way(first, service, 1)
    first.call(suspend_run, run.id)
    first.close()
    service.open = asyncio.Event()
    service.open.set()
    second = Machine(tmp_path)
    try:
        live(second, "other", CALL)
        assert ended(second, second.trigger("other", {"n": 1}).id).run.phase is Phase.COMPLETED
        assert len(service.asked) == 2
        second.call(resume_run, run.id)
        assert ended(second, run.id).run.phase is Phase.COMPLETED
        assert [service.asked.count(each) for each in service.asked] == [2, 1, 2]
    finally:
        second.close()


def test_a_suspended_run_can_be_cancelled(machine: Machine, service: Service) -> None:
    live(machine, "flow", CALL)
    run = machine.trigger("flow", {"n": 1})
    until_under_way(machine, service, 1)
    machine.call(suspend_run, run.id)
    assert machine.call(cancel_run, run.id).phase is Phase.CANCELLED
    until_under_way(machine, service, 0)
    assert read(machine, lambda tx: tx.effects.of_run(run.id)) == []
    assert read(machine, lambda tx: tx.suspensions.of([run.id])) == {}
    for verb in (suspend_run, resume_run):
        with pytest.raises(Conflict):
            machine.call(verb, run.id)


def test_suspending_twice_and_resuming_what_runs_are_refused(machine: Machine) -> None:
    live(machine, "pause", PAUSE)
    run = machine.trigger("pause", {})
    with pytest.raises(Conflict) as refused:
        machine.call(resume_run, run.id)
    assert refused.value.code == "run_not_suspended"
    machine.call(suspend_run, run.id, reason="Audit.")
    with pytest.raises(Conflict) as refused:
        machine.call(suspend_run, run.id)
    assert refused.value.code == "run_suspended"
    suspension = machine.call(read_run, run.id).suspension
    assert suspension is not None
    assert (suspension.reason, suspension.phase) == ("Audit.", Phase.WAITING)


def test_a_run_whose_journal_diverged_cannot_be_resumed(machine: Machine, clock: Clock) -> None:
    live(machine, "pause", PAUSE)
    run = machine.trigger("pause", {})

    def answer_another_request(tx: Transaction) -> None:
        (open_,) = tx.effects.of_run(run.id)
        assert tx.suspensions.keep(
            run.id, open_.effect.key, 1, b'{"digest":"another","value":null}', 1
        )

    machine.call(suspend_run, run.id)
    machine.do(machine.turnout.ports.store.write(answer_another_request))
    machine.call(resume_run, run.id)

    def problem(tx: Transaction) -> str | None:
        found = tx.suspensions.of([run.id]).get(run.id)
        return found.problem if found else None

    for _ in range(10_000):
        if read(machine, problem) is not None:
            break
        machine.do(asyncio.sleep(0))
    with pytest.raises(Conflict, match="rerun") as refused:
        machine.call(resume_run, run.id)
    assert refused.value.code == "run_diverged"
    assert machine.call(cancel_run, run.id).phase is Phase.CANCELLED


def test_an_event_that_comes_for_a_suspended_run_is_offered_when_it_is_resumed(
    machine: Machine,
) -> None:
    live(machine, "hear", LISTEN)
    run, bystander = machine.trigger("hear", {}), machine.trigger("hear", {})
    machine.call(suspend_run, run.id)
    paid = {"specversion": "1.0", "id": "1", "source": "/bank", "type": "com.example.paid"}
    machine.call(receive_event, paid, 3600 * SECOND)
    assert ended(machine, bystander.id).run.phase is Phase.COMPLETED
    assert stored(machine, run.id).phase is Phase.SUSPENDED
    assert journal(machine, run.id) == [EntryKind.ACCEPTED, EntryKind.WANTED]
    machine.call(resume_run, run.id)
    assert ended(machine, run.id).run.phase is Phase.COMPLETED
