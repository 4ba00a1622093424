"""The embedded engine: many effects, few places, and nothing that waits for ever (I8)."""

import asyncio
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.use_cases.machine import Machine
from turnout import bootstrap
from turnout.domain.instant import SECOND
from turnout.domain.json import JsonObject
from turnout.domain.run import Phase
from turnout.engine.egress import Egress
from turnout.engine.http import HttpEffects
from turnout.storage.effects import SqlEffects
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Page, RunFilter
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_runs import RunView, read_run

HEAD = "document: {dsl: '1.0.3', namespace: tests, name: flow, version: '1.0.0'}\ndo:\n"
CALL = HEAD + "  - ask: {call: http, with: {method: get, endpoint: 'http://service.test/{n}'}}\n"
PAUSE = HEAD + "  - pause: {wait: {milliseconds: 50}}\n"
PAUSE_THEN_ENDLESS = (
    PAUSE.replace("milliseconds: 50", "seconds: 3")
    + "  - endless: {set: {x: '${ def f: f; f }'}}\n"
)


class Service:
    """Stands in for ``HttpEffects``: answers when told to, and counts what is under way."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.changed = asyncio.Event()
        self.under_way = 0
        self.most = 0
        self.asked: list[str] = []
        self.answer: Any = {"value": {"status": 200, "headers": {}, "body": {}}}

    async def execute(self, request: JsonObject, idempotency_key: str) -> JsonObject:
        self.asked.append(idempotency_key)
        self.under_way += 1
        self.changed.set()
        self.most = max(self.most, self.under_way)
        try:
            await self.open.wait()
        finally:
            self.under_way -= 1
            self.changed.set()
        if isinstance(self.answer, Exception):
            raise self.answer
        return {**self.answer, "value": {**self.answer["value"], "uri": "", "method": "GET"}}

    async def close(self) -> None:
        pass


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    made = Service()
    monkeypatch.setattr(bootstrap, "HttpEffects", lambda _: made)
    return made


@pytest.fixture
def machine(service: Service, tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, http_effects=4)
    yield made
    made.close()


def live(machine: Machine, handle: str, text: str) -> None:
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
    machine.call(publish, handle, Publication(1, 10_000))


def ended(machine: Machine, run_id: str, seconds: float = 30) -> RunView:
    view: RunView = machine.call(read_run, run_id, wait=seconds)
    assert view.run.phase.ended, view
    return view


def until_under_way(machine: Machine, service: Service, count: int) -> None:
    """Let the product go on until so many calls are under way."""

    async def wait() -> None:
        async with asyncio.timeout(30):
            while service.under_way != count:
                service.changed.clear()
                await service.changed.wait()

    machine.do(wait())


def test_more_calls_than_places_are_all_made_and_never_too_many_at_once(
    machine: Machine, service: Service
) -> None:
    for handle in ("one", "two", "three", "four", "five"):
        live(machine, handle, CALL)
    runs = [
        machine.trigger(handle, {"n": n}).id
        for n in range(8)
        for handle in ("one", "two", "three", "four", "five")
    ]
    machine.do(set_event(service.open))
    assert {ended(machine, run).run.phase for run in runs} == {Phase.COMPLETED}
    assert service.most <= 4
    assert len(set(service.asked)) == len(runs) == len(service.asked)


def test_one_workflow_whose_calls_hang_leaves_places_to_others(
    machine: Machine, service: Service
) -> None:
    live(machine, "hanging", CALL)
    live(machine, "bystander", CALL)
    for n in range(6):
        machine.trigger("hanging", {"n": n})
    machine.trigger("bystander", {"n": 0})
    until_under_way(machine, service, 2)
    assert len(service.asked) == 2


def test_what_an_earlier_process_left_open_is_done_even_when_it_is_more_than_the_places(
    service: Service, tmp_path: Path
) -> None:
    first = Machine(tmp_path, http_effects=4)
    live(first, "flow", CALL)
    runs = [first.trigger("flow", {"n": n}).id for n in range(12)]
    first.close()
    service.open = asyncio.Event()
    service.open.set()
    second = Machine(tmp_path, http_effects=4)
    try:
        assert {ended(second, run).run.phase for run in runs} == {Phase.COMPLETED}
    finally:
        second.close()


def test_a_call_that_fails_in_an_unforeseen_way_faults_its_run(
    machine: Machine, service: Service
) -> None:
    live(machine, "flow", CALL)
    service.answer = RuntimeError("no such thing was foreseen")
    machine.do(set_event(service.open))
    view = ended(machine, machine.trigger("flow", {"n": 1}).id)
    assert view.run.phase is Phase.FAULTED
    assert json.loads(view.bodies.error or b"")["status"] == 500


def test_an_answer_that_cannot_be_kept_faults_its_run(machine: Machine, service: Service) -> None:
    deep: Any = 1
    for _ in range(254):
        deep = [deep]
    live(machine, "flow", CALL)
    service.answer = {"value": {"status": 200, "headers": {}, "body": deep}}
    machine.do(set_event(service.open))
    view = ended(machine, machine.trigger("flow", {"n": 1}).id)
    assert view.run.phase is Phase.FAULTED
    assert json.loads(view.bodies.error or b"")["status"] == 502


def test_cancelling_interrupts_the_call_at_once(machine: Machine, service: Service) -> None:
    live(machine, "flow", CALL)
    run = machine.trigger("flow", {"n": 1})
    until_under_way(machine, service, 1)
    machine.call(cancel_run, run.id)
    until_under_way(machine, service, 0)


def test_timers_fire_beside_a_workflow_whose_continuations_never_end(machine: Machine) -> None:
    live(machine, "hostile", PAUSE_THEN_ENDLESS)
    live(machine, "bystander", PAUSE)
    for _ in range(40):
        machine.trigger("hostile", {})
    for _ in range(5):
        assert ended(machine, machine.trigger("bystander", {}).id).run.phase is Phase.COMPLETED
    # The hostile ones fault one after the other; the bystanders did not wait for them.
    hostile = machine.do(
        machine.turnout.ports.store.read(
            lambda tx: tx.runs.list(
                machine.callers["production"].environment.id,
                RunFilter(phases=(Phase.WAITING,)),
                Page(100),
            )
        )
    )
    assert hostile.items


def test_a_timer_that_comes_due_while_the_store_is_read_fires_at_once(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.repeat(1_000_000)

    def next_due(effects: SqlEffects, *args: Any, **kwargs: Any) -> Any:
        nonlocal clock
        found = real(effects, *args, **kwargs)
        if found is not None:  # the run's timer is seen ahead, and time passes it
            clock = itertools.repeat(found + SECOND)
        return found

    real = SqlEffects.next_due
    monkeypatch.setattr(SqlEffects, "next_due", next_due)
    monkeypatch.setattr(bootstrap, "_now", lambda: next(clock))
    machine = Machine(tmp_path)
    try:
        live(machine, "pause", PAUSE)
        assert ended(machine, machine.trigger("pause", {}).id).run.phase is Phase.COMPLETED
    finally:
        machine.close()


def test_a_timer_does_not_wait_for_an_earlier_one_that_is_slow_to_deliver(machine: Machine) -> None:
    live(machine, "hostile", PAUSE_THEN_ENDLESS.replace("seconds: 3", "milliseconds: 50"))
    live(machine, "bystander", PAUSE.replace("50", "500"))
    hostile = machine.trigger("hostile", {})
    assert ended(machine, machine.trigger("bystander", {}).id).run.phase is Phase.COMPLETED
    assert not machine.call(read_run, hostile.id).run.phase.ended
    assert ended(machine, hostile.id).run.phase is Phase.FAULTED


FORK = HEAD + (
    "  - race:\n"
    "      fork:\n"
    "        compete: true\n"
    "        branches:\n"
    "          - slow: {call: http, with: {method: get, endpoint: 'http://service.test/'}}\n"
    "          - quick: {wait: {milliseconds: 50}, output: {as: '{won: true}'}}\n"
)
IN_TIME = HEAD + (
    "  - safe:\n"
    "      try:\n"
    "        - ask:\n"
    "            timeout: {after: {milliseconds: 50}}\n"
    "            call: http\n"
    "            with: {method: get, endpoint: 'http://service.test/'}\n"
    "      catch: {do: [{note: {set: {status: '${ $error.status }'}}}]}\n"
)
AGAIN = HEAD + (
    "  - pay:\n"
    "      try: [{charge: {call: http, with: {method: get, endpoint: 'http://service.test/'}}}]\n"
    "      catch: {retry: {delay: {milliseconds: 20}, limit: {attempt: {count: 2}}}}\n"
)


def test_the_loser_of_a_race_is_interrupted_while_its_run_goes_on(
    machine: Machine, service: Service
) -> None:
    live(machine, "race", FORK)
    run = machine.trigger("race", {})
    until_under_way(machine, service, 1)
    view = ended(machine, run.id)
    assert (view.run.phase, view.bodies and view.bodies.output) == (
        Phase.COMPLETED,
        b'{"won":true}',
    )
    until_under_way(machine, service, 0)


def test_a_call_that_takes_too_long_is_interrupted_and_its_fault_can_be_caught(
    machine: Machine, service: Service
) -> None:
    live(machine, "in-time", IN_TIME)
    view = ended(machine, machine.trigger("in-time", {}).id)
    assert view.bodies is not None
    assert view.bodies.output == b'{"status":408}'
    until_under_way(machine, service, 0)


def test_a_run_with_a_call_beside_its_deadline_is_running(
    machine: Machine, service: Service
) -> None:
    live(machine, "in-time", IN_TIME.replace("milliseconds: 50", "hours: 1"))
    assert machine.trigger("in-time", {}).phase is Phase.RUNNING


def test_retries_of_the_workflow_carry_one_idempotency_key(
    machine: Machine, service: Service
) -> None:
    live(machine, "again", AGAIN)
    service.answer = {"value": {"status": 503, "headers": {}, "body": None}}
    machine.do(set_event(service.open))
    assert ended(machine, machine.trigger("again", {}).id).run.phase is Phase.FAULTED
    assert len(service.asked) == 3
    assert len(set(service.asked)) == 1


async def set_event(event: asyncio.Event) -> None:
    event.set()


JUNK = st.one_of(st.text(max_size=30), st.integers(), st.none(), st.lists(st.text(max_size=3)))


@settings(max_examples=150)
@given(
    uri=st.one_of(
        st.text(max_size=40),
        st.sampled_from(
            ["http://127.0.0.1:99999999/", "http://[::1", "http://h:x/", "//h", "http:"]
        ),
        st.text(max_size=10).map(lambda t: f"http://127.0.0.1:1/{t}"),
    ),
    method=st.one_of(st.sampled_from(["GET", "gé", "", "A B"]), st.text(max_size=5)),
    headers=st.dictionaries(st.text(max_size=5), JUNK, max_size=2),
    query=st.dictionaries(st.text(max_size=5), JUNK, max_size=2),
    body=JUNK,
)
def test_whatever_a_run_asks_for_the_call_answers_and_never_raises(
    uri: str, method: str, headers: JsonObject, query: JsonObject, body: Any
) -> None:
    async def call() -> JsonObject:
        http = HttpEffects(Egress.parse(""))
        try:
            return await http.execute(
                {
                    "method": method,
                    "uri": uri,
                    "headers": headers,
                    "query": query,
                    "body": body,
                    "output": "content",
                    "redirect": False,
                },
                "key",
                5.0,
            )
        finally:
            await http.close()

    assert "error" in asyncio.run(call())
