"""Runs that listen and emit, on a real store with real workers (I8)."""

import asyncio
import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.use_cases.machine import Machine
from turnout.domain.cloud_event import checked
from turnout.domain.errors import Forbidden
from turnout.domain.instant import SECOND
from turnout.domain.role import Role
from turnout.domain.run import Phase
from turnout.use_cases.caller import Caller
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import OpenEffect, RunBodies
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_runs import RunView, read_run, read_trace
from turnout.use_cases.receive_event import Received, receive_event

DAY = 86_400 * SECOND

_numbers = itertools.count(1)


def flow(*tasks: Any) -> str:
    document = {"dsl": "1.0.3", "namespace": "tests", "name": "flow", "version": "1.0.0"}
    return json.dumps({"document": document, "do": [{f"t{n}": t} for n, t in enumerate(tasks, 1)]})


def one(type_: str, **attributes: Any) -> Any:
    return {"listen": {"to": {"one": {"with": {"type": type_, **attributes}}}}}


def emit(type_: str, data: Any = None) -> Any:
    return {"emit": {"event": {"with": {"type": type_, "data": data}}}}


def event(type_: str, data: Any = None, **attributes: Any) -> dict[str, Any]:
    known = {"specversion": "1.0", "id": str(next(_numbers)), "source": "/tests", "type": type_}
    return {**known, "data": data, **attributes}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("events")


@pytest.fixture(scope="module")
def machine(folder: Path) -> Iterator[Machine]:
    made = Machine(folder)
    yield made
    made.close()


@pytest.fixture
def type_() -> str:
    """An event type that no other test uses."""
    return f"type-{next(_numbers)}"


def live(machine: Machine, *tasks: Any) -> str:
    handle = f"flow-{next(_numbers)}"
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=flow(*tasks)))
    machine.call(publish, handle, Publication(1, 10_000))
    return handle


def send(
    machine: Machine, sent: dict[str, Any], *, kept: int = DAY, environment: str = "production"
) -> Received:
    caller = machine.callers[environment]
    return machine.do(receive_event(machine.turnout.ports, caller, checked(sent), kept))


def ended(machine: Machine, run_id: str) -> RunView:
    view: RunView = machine.call(read_run, run_id, wait=20)
    assert view.run.phase.ended, view
    return view


def bodies(view: RunView) -> RunBodies:
    assert view.bodies is not None
    return view.bodies


def output(machine: Machine, run_id: str) -> Any:
    return json.loads(bodies(ended(machine, run_id)).output or b"")


def waits(machine: Machine, run_id: str) -> Sequence[OpenEffect]:
    store = machine.turnout.ports.store
    return machine.do(store.read(lambda tx: tx.effects.of_run(run_id)))


def nothing_pends(machine: Machine) -> None:
    """Wait until every event was offered to whoever it was noted for."""

    store = machine.turnout.ports.store
    for _ in range(2_000):
        if not machine.do(store.read(lambda tx: tx.events.waiting(1))):
            return
    pytest.fail("an event is never offered")


def kinds(machine: Machine, run_id: str) -> list[str]:
    entries = machine.do(machine.turnout.ports.store.read(lambda tx: tx.runs.journal(run_id)))
    return [entry.kind.value for entry in entries]


def test_an_event_wakes_the_run_that_listens_for_it(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(type_)), {})
    assert run.phase is Phase.WAITING
    received = send(machine, event(type_, {"amount": 12}))
    assert (received.offers, received.run_ids) == (1, (run.id,))
    assert output(machine, run.id) == [{"amount": 12}]
    assert kinds(machine, run.id) == ["accepted", "wanted", "answered", "ended"]


def test_an_event_that_came_before_the_listen_is_heard(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(f"{type_}.go"), one(type_)), {})
    assert send(machine, event(type_, 1)).offers == 0
    send(machine, event(f"{type_}.go"))
    assert output(machine, run.id) == [1]


def test_an_event_that_came_before_the_run_is_not_heard(machine: Machine, type_: str) -> None:
    handle = live(machine, one(f"{type_}.go"), one(type_))
    send(machine, event(type_, "too early"))
    run = machine.trigger(handle, {})
    send(machine, event(f"{type_}.go"))
    nothing_pends(machine)
    send(machine, event(type_, "in time"))
    assert output(machine, run.id) == ["in time"]


def test_an_event_that_expired_is_not_heard(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(f"{type_}.go"), one(type_)), {})
    send(machine, event(type_, "expired"), kept=0)
    send(machine, event(f"{type_}.go"))
    nothing_pends(machine)
    send(machine, event(type_, "fresh"))
    assert output(machine, run.id) == ["fresh"]


def test_what_does_not_fit_leaves_no_trace_in_the_run(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(type_, data="${ .amount > 10 }")), {})
    unfit: list[Any] = [{"amount": 1}, "no object", None]
    for data in unfit:
        assert send(machine, event(type_, data)).offers == 1
    nothing_pends(machine)
    assert kinds(machine, run.id) == ["accepted", "wanted"]
    send(machine, event(type_, {"amount": 11}))
    assert output(machine, run.id) == [{"amount": 11}]


def test_an_event_is_offered_only_to_the_run_whose_value_it_has(
    machine: Machine, type_: str
) -> None:
    tie = {"from": ".data.order", "expect": "${ .order }"}
    correlated = {"with": {"type": type_}, "correlate": {"order": tie}}
    handle = live(machine, {"listen": {"to": {"one": correlated}}})
    runs = [machine.trigger(handle, {"order": name}) for name in ("A", "B", "C")]
    received = send(machine, event(type_, {"order": "B"}))
    assert received.run_ids == (runs[1].id,)
    assert output(machine, runs[1].id) == [{"order": "B"}]
    assert [bool(waits(machine, run.id)) for run in runs] == [True, False, True]


def test_every_run_that_listens_hears_the_event(machine: Machine, type_: str) -> None:
    handle = live(machine, one(type_))
    runs = [machine.trigger(handle, {}) for _ in range(30)]
    assert send(machine, event(type_, 7)).offers == 30
    assert [output(machine, run.id) for run in runs] == [[7]] * 30


def test_events_of_another_environment_are_not_heard(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(type_)), {})
    assert send(machine, event(type_, "sandbox"), environment="sandbox").offers == 0
    send(machine, event(type_, "production"))
    assert output(machine, run.id) == ["production"]


def test_a_repeated_event_is_heard_once(machine: Machine, type_: str) -> None:
    until = {"any": [{"with": {"type": type_}}], "until": "length == 2"}
    run = machine.trigger(live(machine, {"listen": {"to": until}}), {})
    sent = event(type_, 1)
    assert send(machine, sent).is_new
    again = send(machine, {**sent, "data": "changed"})
    assert (again.is_new, again.offers, again.run_ids) == (False, 0, (run.id,))
    send(machine, event(type_, 2))
    assert output(machine, run.id) == [1, 2]


def test_the_visits_of_a_listen_take_one_event_each(machine: Machine, type_: str) -> None:
    loop = {"for": {"each": "pet", "in": "${ [1, 2, 3] }"}, "do": [{"checkup": one(type_)}]}
    run = machine.trigger(live(machine, loop), {})
    for number in (1, 2, 3):
        send(machine, event(type_, number))
    assert output(machine, run.id) == [3]
    heard = [t["output"] for t in json.loads(machine.call(read_trace, run.id)) if "/" in t["path"]]
    assert heard == [[1], [2], [3]]


def test_two_listens_of_a_run_may_hear_the_same_event(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(type_), one(type_)), {})
    send(machine, event(type_, "once"))
    assert output(machine, run.id) == ["once"]


def test_events_at_once_are_all_taken_in_the_order_in_which_they_came(
    machine: Machine, type_: str
) -> None:
    until = {"any": [{"with": {"type": type_}}], "until": "length == 25"}
    run = machine.trigger(live(machine, {"listen": {"to": until}}), {})

    async def all_at_once() -> None:
        ports, caller = machine.turnout.ports, machine.callers["production"]
        sent = [checked(event(type_, number)) for number in range(25)]
        await asyncio.gather(*(receive_event(ports, caller, each, DAY) for each in sent))

    machine.do(all_at_once())
    assert output(machine, run.id) == list(range(25))


def test_an_event_and_a_time_out_at_once_end_the_run_once(machine: Machine, type_: str) -> None:
    listen = {**one(type_), "timeout": {"after": {"milliseconds": 30}}}
    handle = live(machine, listen)
    runs = [machine.trigger(handle, {}) for _ in range(10)]
    send(machine, event(type_, 1))
    views = [ended(machine, run.id) for run in runs]
    assert all(kinds(machine, view.run.id).count("ended") == 1 for view in views)
    assert not any(waits(machine, run.id) for run in runs)


def test_a_cancelled_run_hears_nothing(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, one(type_)), {})
    machine.call(cancel_run, run.id)
    assert send(machine, event(type_)).offers == 0
    assert kinds(machine, run.id) == ["accepted", "wanted", "cancelled", "ended"]


def test_an_emitted_event_is_heard_by_other_runs_and_is_the_output(
    machine: Machine, type_: str
) -> None:
    to = {"one": {"with": {"type": type_}}}
    listener = machine.trigger(live(machine, {"listen": {"to": to, "read": "envelope"}}), {})
    emitter = machine.trigger(live(machine, emit(type_, "${ .name }")), {"name": "Ada"})
    sent = output(machine, emitter.id)
    assert (sent["type"], sent["data"], sent["source"]) == (type_, "Ada", "/tests/flow/1.0.0")
    assert output(machine, listener.id) == [sent]


def test_a_run_hears_what_it_emitted_itself(machine: Machine, type_: str) -> None:
    run = machine.trigger(live(machine, emit(type_, 5), one(type_)), {})
    assert output(machine, run.id) == [5]


def test_an_event_that_nobody_may_emit_faults_the_run(machine: Machine) -> None:
    run = machine.trigger(live(machine, emit("${ .type }")), {"type": ""})
    view = ended(machine, run.id)
    assert view.run.phase is Phase.FAULTED
    assert "`type`" in json.loads(bodies(view).error or b"")["detail"]


def test_a_viewer_sends_no_events(machine: Machine, type_: str) -> None:
    ports = machine.turnout.ports
    made = machine.do(create_api_key(ports, None, environment="production", role=Role.VIEWER))
    viewer = Caller(made.key, made.environment)
    with pytest.raises(Forbidden):
        machine.do(receive_event(ports, viewer, checked(event(type_)), DAY))


def test_what_was_stored_and_not_yet_offered_is_offered_after_a_restart(
    folder: Path, type_: str, tmp_path: Path
) -> None:
    first = Machine(tmp_path)
    run = first.trigger(live(first, one(type_)), {})
    # As a process that is killed between the commit of an event and its delivery leaves it.
    first.do(first.turnout.engine.close())
    send(first, event(type_, "kept"))
    assert waits(first, run.id)
    first.close()
    second = Machine(tmp_path)
    try:
        assert output(second, run.id) == ["kept"]
    finally:
        second.close()


def test_an_event_that_waits_to_be_heard_does_not_expire(machine: Machine, type_: str) -> None:
    store = machine.turnout.ports.store
    run = machine.trigger(live(machine, one(type_)), {})
    machine.do(machine.turnout.engine.close())
    try:
        send(machine, event(type_, "late"), kept=0)
        send(machine, event(f"{type_}.nobody"), kept=0)
        now = machine.turnout.ports.now() + 1
        assert machine.do(store.write(lambda tx: tx.events.expire(now, 1_000))) >= 1
    finally:
        machine.do(machine.turnout.engine.start(machine.turnout.ports))
    assert output(machine, run.id) == ["late"]
    assert bodies(ended(machine, run.id)).input == b"{}"
