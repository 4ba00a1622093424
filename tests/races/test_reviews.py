"""A review is decided once, whoever comes at the same moment: a person, a cancel, the due time."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from tests.races.meeting import ROUNDS, race
from tests.use_cases.machine import Machine
from turnout.domain.errors import Conflict
from turnout.domain.instant import SECOND
from turnout.domain.review import ReviewState
from turnout.domain.run import Phase
from turnout.engine.delivery import deliver
from turnout.engine.reviews import when_due
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.decide_review import decide_review
from turnout.use_cases.ports import OpenEffect, Page, Ports, Transaction
from turnout.use_cases.publish import Publication, publish
from turnout.use_cases.read_reviews import ReviewView, list_reviews, read_review

ASK = """\
document: {dsl: '1.0.3', namespace: races, name: ask, version: '1.0.0'}
do:
  - ask:
      call: human-review
      with: {question: Approve?, choices: [approve, decline], due: P1D, whenDue: decline}
"""
LONG = ASK + "  - after: {wait: P1D}\n"

_numbers = count(1)

each_round = pytest.mark.parametrize("round_", range(ROUNDS))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("races"))
    yield made
    made.close()


def asked(machine: Machine, text: str = ASK) -> ReviewView:
    """The review of a new run."""
    handle = f"ask-{next(_numbers)}"
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
    machine.call(publish, handle, Publication(1, 10_000))
    machine.trigger(handle, {})
    (view,) = machine.call(list_reviews, Page(), workflow=handle).items
    return view


def decider(machine: Machine, view: ReviewView, decision: str) -> Any:
    caller = machine.callers["production"]
    return lambda ports: decide_review(ports, caller, view.review.id, decision=decision)


def read(machine: Machine, work: Any) -> Any:
    return machine.do(machine.turnout.ports.store.read(work))


def journal(machine: Machine, view: ReviewView) -> list[str]:
    entries = read(machine, lambda tx: tx.runs.journal(view.review.run_id))
    return [entry.kind for entry in entries]


def decisions(machine: Machine, view: ReviewView) -> list[Any]:
    """What the audit log says was decided about a review."""

    def load(tx: Transaction) -> list[Any]:
        entries = tx.audit.list(Page(100), environment_id=None).items
        told = [entry.record for entry in entries if entry.record.subject == view.review.id]
        return [(record.after or {}).get("decision") for record in told]

    found: list[Any] = read(machine, load)
    return found


@each_round
def test_of_two_deciders_one_decides(machine: Machine, round_: int) -> None:
    view = asked(machine, LONG)
    people = [decider(machine, view, decision) for decision in ("approve", "decline")]
    results = machine.do(race(machine.turnout.ports, round_, *people))
    refused = [isinstance(each, Conflict) for each in results]
    assert sorted(refused) == [False, True], results
    won = ("approve", "decline")[refused.index(False)]
    after: Any = machine.call(read_review, view.review.id)
    assert after.answer["decision"] == won
    assert decisions(machine, view) == [won]
    assert journal(machine, view) == ["accepted", "wanted", "answered", "wanted"]


@each_round
def test_a_review_that_is_decided_while_its_run_is_cancelled_is_one_or_the_other(
    machine: Machine, round_: int
) -> None:
    view = asked(machine)
    caller = machine.callers["production"]
    decided, cancelled = machine.do(
        race(
            machine.turnout.ports,
            round_,
            decider(machine, view, "approve"),
            lambda ports: cancel_run(ports, caller, view.review.run_id),
        )
    )
    assert isinstance(decided, Conflict) != isinstance(cancelled, Conflict), (decided, cancelled)
    came_first = isinstance(cancelled, Conflict)
    came = "answered" if came_first else "cancelled"
    assert journal(machine, view) == ["accepted", "wanted", came, "ended"]
    state = machine.call(read_review, view.review.id).state
    assert state is (ReviewState.DECIDED if came_first else ReviewState.WITHDRAWN)
    assert decisions(machine, view) == (["approve"] if came_first else [])


@each_round
def test_a_review_that_is_decided_when_it_is_due_is_one_or_the_other(
    machine: Machine, round_: int
) -> None:
    view = asked(machine)
    (open_,) = read(machine, lambda tx: tx.effects.of_run(view.review.run_id))

    async def due(ports: Ports) -> None:
        # As its duty does; that the person's clock is a moment behind is the point of the race.
        await deliver(ports, open_, when_due(open_.effect))

    decided, delivered = machine.do(
        race(machine.turnout.ports, round_, decider(machine, view, "approve"), due)
    )
    assert delivered is None
    after: Any = machine.call(read_review, view.review.id)
    by_a_person = not isinstance(decided, BaseException)
    assert by_a_person or isinstance(decided, Conflict), decided
    assert after.state is (ReviewState.DECIDED if by_a_person else ReviewState.DUE)
    assert after.answer["decision"] == ("approve" if by_a_person else "decline")
    assert after.answer["automatic"] is not by_a_person
    assert decisions(machine, view) == (["approve"] if by_a_person else [])
    assert journal(machine, view) == ["accepted", "wanted", "answered", "ended"]


def test_the_due_time_binds_people_before_the_engine_has_acted_on_it(machine: Machine) -> None:
    view = asked(machine)
    due = view.review.due
    assert due is not None
    caller = machine.callers["production"]
    late = replace(machine.turnout.ports, now=lambda: due)
    with pytest.raises(Conflict, match="was due"):
        machine.do(decide_review(late, caller, view.review.id, decision="approve"))
    in_time = replace(machine.turnout.ports, now=lambda: due - SECOND)
    machine.do(decide_review(in_time, caller, view.review.id, decision="approve"))
    run = read(machine, lambda tx: tx.runs.get(view.review.run_id))
    assert run.phase is Phase.COMPLETED


def test_a_due_time_that_is_delivered_twice_counts_once(machine: Machine) -> None:
    view = asked(machine)
    open_: OpenEffect
    (open_,) = read(machine, lambda tx: tx.effects.of_run(view.review.run_id))
    for _ in range(2):
        machine.do(deliver(machine.turnout.ports, open_, when_due(open_.effect)))
    assert journal(machine, view) == ["accepted", "wanted", "answered", "ended"]
