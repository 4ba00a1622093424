"""Runs that last: waiting, calling, cancelling, retrying, running again (I2, I8, I9)."""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.use_cases.machine import Machine, workflow
from turnout.domain.errors import Conflict, Invalid
from turnout.domain.journal import EntryKind
from turnout.domain.role import Role
from turnout.domain.run import Phase
from turnout.use_cases.caller import Claim
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.pause_workflow import pause_workflow
from turnout.use_cases.ports import Page, Progress
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_audit import read_audit
from turnout.use_cases.read_runs import RunView, read_run, read_trace
from turnout.use_cases.rerun_run import rerun_run
from turnout.use_cases.retry_run import retry_run
from turnout.use_cases.save_draft import save_draft

WAIT = """\
document: {dsl: '1.0.3', namespace: tests, name: wait, version: '1.0.0'}
do:
  - pause:
      wait: {DURATION}
  - done:
      set: {slept: true}
"""

CALL = """\
document: {dsl: '1.0.3', namespace: tests, name: call, version: '1.0.0'}
do:
  - ask:
      call: http
      with:
        method: post
        endpoint: http://127.0.0.1:PORT/ask
        body: ${ . }
  - done:
      set: {answer: '${ .answer }'}
"""

RAISE = """\
document: {dsl: '1.0.3', namespace: tests, name: raise, version: '1.0.0'}
do:
  - refuse:
      raise:
        error: {type: 'https://example.com/errors/no', status: 400, title: No}
"""


class Service:
    """A loopback service whose answer the test decides; it remembers idempotency keys."""

    def __init__(self) -> None:
        self.status = 200
        self.keys: list[str] = []
        self.asked = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                service.keys.append(self.headers["Idempotency-Key"])
                service.asked.set()
                service.may_answer.wait(30)
                body = json.dumps({"answer": 42}).encode()
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.may_answer.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(Path(tmp_path_factory.mktemp("runs")), egress_allow="127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.close()


_numbers = itertools.count(1)


def live(machine: Machine, text: str) -> str:
    """A new workflow with this definition live; its handle."""
    handle = f"flow-{next(_numbers)}"
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
    machine.call(publish, handle, Publication(1, 10_000))
    return handle


def ended(machine: Machine, run_id: str) -> RunView:
    view: RunView = machine.call(read_run, run_id, wait=20)
    assert view.run.phase.ended, view
    return view


def journal(machine: Machine, run_id: str) -> list[EntryKind]:
    entries = machine.do(machine.turnout.ports.store.read(lambda tx: tx.runs.journal(run_id)))
    return [entry.kind for entry in entries]


def test_a_waiting_run_goes_on_when_its_time_has_come(machine: Machine) -> None:
    run = machine.trigger(live(machine, WAIT.replace("DURATION", "milliseconds: 50")), {})
    assert run.phase is Phase.WAITING
    assert json.loads(ended(machine, run.id).bodies.output or b"") == {"slept": True}
    assert journal(machine, run.id) == ["accepted", "wanted", "answered", "ended"]


def test_a_call_is_made_and_its_answer_used(machine: Machine, service: Service) -> None:
    run = machine.trigger(live(machine, CALL.replace("PORT", str(service.port))), {"a": 1})
    assert run.phase is Phase.RUNNING
    assert json.loads(ended(machine, run.id).bodies.output or b"") == {"answer": 42}
    assert len(service.keys) == 1
    tasks = json.loads(machine.call(read_trace, run.id))
    assert [task["path"] for task in tasks] == ["ask", "done"]


def test_a_cancelled_run_ends_at_once_and_wants_nothing_any_more(
    machine: Machine, service: Service
) -> None:
    service.may_answer.clear()
    run = machine.trigger(live(machine, CALL.replace("PORT", str(service.port))), {})
    machine.call(read_run, run.id, wait=0.2)
    assert service.asked.wait(20)
    cancelled = machine.call(cancel_run, run.id, reason="wrong customer")
    assert cancelled.phase is Phase.CANCELLED
    service.may_answer.set()
    assert journal(machine, run.id) == ["accepted", "wanted", "cancelled", "ended"]
    store = machine.turnout.ports.store
    assert not machine.do(store.read(lambda tx: tx.effects.of_run(run.id)))
    # The journal folds: a cancelled run's trace can be recomputed.
    assert json.loads(machine.call(read_trace, run.id))
    entry = machine.call(read_audit, Page(1)).entries.items[0].record
    assert (entry.action, entry.subject, entry.by.reason) == (
        "run.cancel",
        run.id,
        "wrong customer",
    )


def test_an_ended_run_cannot_be_cancelled(machine: Machine) -> None:
    run = machine.trigger(live(machine, workflow("a")), {})
    with pytest.raises(Conflict, match="completed already"):
        machine.call(cancel_run, run.id)


def test_a_retry_goes_on_from_the_failed_call_with_a_new_key(
    machine: Machine, service: Service
) -> None:
    service.status = 503
    run = machine.trigger(live(machine, CALL.replace("PORT", str(service.port))), {})
    faulted = ended(machine, run.id)
    assert faulted.run.phase is Phase.FAULTED
    assert json.loads(faulted.bodies.error or b"")["status"] == 503
    service.status = 200
    retried = machine.call(retry_run, run.id, reason="the service is back")
    assert (retried.id, retried.version_id) == (run.id, run.version_id)
    done = ended(machine, run.id)
    assert done.run.phase is Phase.COMPLETED
    assert len(set(service.keys)) == 2
    kinds = journal(machine, run.id)
    assert kinds.count(EntryKind.ENDED) == 2
    assert kinds.count(EntryKind.RETRIED) == 1
    assert json.loads(machine.call(read_trace, run.id))[-1]["phase"] == "completed"


def test_one_idempotency_key_is_one_retry(machine: Machine, service: Service) -> None:
    service.status = 503
    run = machine.trigger(live(machine, CALL.replace("PORT", str(service.port))), {})
    assert ended(machine, run.id).run.phase is Phase.FAULTED
    claimed = partial(retry_run, run_id=run.id, reason="the service is back")
    asking = replace(machine.callers["production"], claim=Claim("retry-1", b"x" * 32))
    ports = machine.turnout.ports

    async def twice() -> list[Any]:
        return await asyncio.gather(claimed(ports, asking), claimed(ports, asking))

    assert {done.id for done in machine.do(twice())} == {run.id}
    # It failed again: the repeated request still asks for the retry that was made.
    assert ended(machine, run.id).run.phase is Phase.FAULTED
    assert machine.do(claimed(ports, asking)).phase is Phase.FAULTED
    other = replace(asking, claim=Claim("retry-1", b"y" * 32))
    with pytest.raises(Conflict) as refused:
        machine.do(claimed(ports, other))
    assert refused.value.code == "idempotency_conflict"
    assert journal(machine, run.id).count(EntryKind.RETRIED) == 1
    assert len(set(service.keys)) == 2


def test_a_fault_that_no_effect_could_change_is_not_retried(machine: Machine) -> None:
    run = machine.trigger(live(machine, RAISE), {})
    assert run.phase is Phase.FAULTED
    with pytest.raises(Conflict) as refused:
        machine.call(retry_run, run.id)
    assert refused.value.code == "retry_pointless"
    assert journal(machine, run.id) == ["accepted", "ended"]


@pytest.mark.parametrize("reason", ["a\0b", "\ud800", "x" * 5_001])
def test_a_reason_that_is_no_text_changes_nothing(machine: Machine, reason: str) -> None:
    run = machine.trigger(live(machine, WAIT.replace("DURATION", "hours: 1")), {})
    for verb in (cancel_run, retry_run):
        with pytest.raises(Invalid):
            machine.call(verb, run.id, reason=reason)
    assert journal(machine, run.id) == ["accepted", "wanted"]


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 201])
def test_a_name_of_a_key_is_text(machine: Machine, name: str) -> None:
    with pytest.raises(Invalid):
        machine.call(create_api_key, environment=None, role=Role.VIEWER, name=name)


def test_only_a_faulted_run_is_retried(machine: Machine) -> None:
    run = machine.trigger(live(machine, workflow("a")), {})
    with pytest.raises(Conflict) as refused:
        machine.call(retry_run, run.id)
    assert refused.value.code == "run_not_faulted"


def test_a_rerun_is_a_new_run_on_what_is_live_now(machine: Machine) -> None:
    handle = live(machine, workflow("old"))
    run = machine.trigger(handle, {"account": "A-1"})
    machine.call(save_draft, handle, workflow("new"), revision=None)
    machine.call(publish, handle, Publication(2, 10_000))
    turnout, caller = machine.turnout, machine.callers["production"]
    again = machine.do(rerun_run(turnout.ports, turnout.traffic, caller, run.id))
    assert again.run.rerun_of == run.id
    assert again.run.version_id != run.version_id
    assert json.loads(again.bodies.output or b"") == {"version": "new", "account": "A-1"}


def test_one_idempotency_key_is_one_run(machine: Machine) -> None:
    handle = live(machine, workflow("a"))
    claim = Claim("key-1", b"x" * 32)
    first = machine.trigger(handle, {}, claim=claim)
    machine.call(pause_workflow, handle, paused=True)
    # Even while nothing may start: it did start.
    assert machine.trigger(handle, {}, claim=claim).id == first.id
    with pytest.raises(Conflict, match="used for another request"):
        machine.trigger(handle, {}, claim=Claim("key-1", b"y" * 32))


def test_a_journal_that_tells_another_story_suspends_its_run(machine: Machine) -> None:
    run = machine.trigger(live(machine, WAIT.replace("DURATION", "milliseconds: 300")), {})

    def tamper(tx: Any) -> None:
        stored = tx.runs.get(run.id)
        (open_,) = tx.effects.of_run(run.id)
        state = tx.runs.state(run.id).replace(open_.effect.digest.encode(), b"0" * 64)
        assert tx.runs.append(Progress(stored, (), state))

    machine.do(machine.turnout.ports.store.write(tamper))
    # The run does not end, so the wait is over when its time is.
    view = machine.call(read_run, run.id, wait=2)
    assert view.run.phase is Phase.SUSPENDED
    entry = machine.call(read_audit, Page(1)).entries.items[0].record
    assert (entry.action, entry.subject) == ("run.suspend", run.id)
    assert "another request" in entry.by.reason
