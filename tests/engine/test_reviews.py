"""Due reviews, with a server, after a restart, and in a run of a file without a server."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import Bench
from tests.use_cases.machine import Machine
from turnout.domain.run import Phase
from turnout.engine.egress import Egress
from turnout.engine.file_run import FileRun
from turnout.engine.http import HttpEffects
from turnout.engine.reviews import when_due
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.ports import Page
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_reviews import list_reviews
from turnout.use_cases.read_runs import RunView, read_run
from turnout.use_cases.workers import End, WantedEffect

HEAD = "document: {dsl: '1.0.3', namespace: tests, name: ask, version: '1.0.0'}\ndo:\n"
ASK = HEAD + "  - ask: {call: human-review, with: {question: Why?, choices: [a, b]%s}}\n"
DUE = ", due: '${ .due }', whenDue: b"
NOW = 1_800_000_000_000_000


def live(machine: Machine, handle: str, text: str) -> None:
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
    machine.call(publish, handle, Publication(1, 10_000))


def ended(machine: Machine, run_id: str) -> RunView:
    view: RunView = machine.call(read_run, run_id, wait=30)
    assert view.run.phase.ended, view
    return view


def test_a_review_that_is_due_sooner_than_the_next_one_is_not_kept_waiting(
    tmp_path: Path,
) -> None:
    machine = Machine(tmp_path)
    try:
        live(machine, "ask", ASK % DUE)
        machine.trigger("ask", {"due": "P1D"})
        soon = machine.trigger("ask", {"due": "PT0.1S"})
        view = ended(machine, soon.id)
        assert view.bodies is not None
        assert json.loads(view.bodies.output or b"")["decision"] == "b"
        assert len(machine.call(list_reviews, Page()).items) == 1
    finally:
        machine.close()


def test_what_came_due_while_no_process_ran_is_decided_by_the_next(tmp_path: Path) -> None:
    first = Machine(tmp_path)
    live(first, "ask", ASK % DUE)
    runs = [first.trigger("ask", {"due": "PT0.2S"}).id for _ in range(3)]
    waiting = first.trigger("ask", {"due": "P1D"}).id
    first.close()
    second = Machine(tmp_path)
    try:
        assert {ended(second, run).run.phase for run in runs} == {Phase.COMPLETED}
        (left,) = second.call(list_reviews, Page()).items
        assert left.review.run_id == waiting
    finally:
        second.close()


def effect(then: str) -> WantedEffect:
    request = json.dumps({"whenDue": then}).encode()
    return WantedEffect("ask#1", 1, "review", request, "digest", NOW, "key")


def test_a_due_review_gives_its_choice_at_its_due_time() -> None:
    assert when_due(effect("b"))["value"] == {
        "decision": "b",
        "reason": "",
        "decidedBy": None,
        "decidedAt": "2027-01-15T08:00:00.000000Z",
        "automatic": True,
    }


def test_a_due_review_may_give_a_timeout() -> None:
    error: Any = when_due(effect("fault"))["error"]
    assert (error["status"], error["title"]) == (408, "Timeout Error")
    assert "2027-01-15T08:00:00" in error["detail"]


async def run_file(bench: Bench, text: str, due: str | None = None) -> End:
    http = HttpEffects(Egress.parse(""))
    try:
        program = await bench.program(text)
        run = FileRun(bench.pool, http, program, lambda: NOW)
        return await run.run("wfr_1", json.dumps({"due": due}).encode())
    finally:
        await http.close()


async def test_a_run_of_a_file_takes_the_choice_when_due(bench: Bench) -> None:
    end = await run_file(bench, ASK % DUE, "PT0S")
    output: Any = json.loads(end.output or b"")
    assert (output["decision"], output["automatic"]) == ("b", True)


async def test_a_run_of_a_file_that_nobody_can_decide_faults_at_once(bench: Bench) -> None:
    async with asyncio.timeout(30):
        end = await run_file(bench, ASK % "")
    assert end.phase is Phase.FAULTED
    assert "Nobody can be asked here" in json.loads(end.error or b"")["detail"]


@pytest.mark.parametrize("choices", ["[a, b]", "['${ .due }']"])
async def test_publishing_accepts_what_the_workers_run(bench: Bench, choices: str) -> None:
    text = (ASK % "").replace("[a, b]", choices)
    assert (await bench.pool.check(text)).normalised is not None
