"""A run's journal has bounds; one that breaks them ends, the same on every replay (I9)."""

from dataclasses import replace

import orjson
import pytest
from runs import Run, program

from turnout.interpreter import entries, fold
from turnout.interpreter.program import Limits
from turnout.interpreter.state import from_json, retryable
from turnout.interpreter.trace import trace

ENDLESS = """
do:
- call: {call: http, with: {method: get, endpoint: 'https://h/x'}, then: call}
"""

TWO = """
do:
- first: {call: http, with: {method: get, endpoint: 'https://h/x'}}
- second: {wait: PT1S}
"""


def played(limits: Limits, body: object = None) -> Run:
    run = Run(program(ENDLESS, limits=limits))
    while run.state is not None and run.state.end is None:
        run.http(200, body)
    return run


def sizes(run: Run) -> list[int]:
    return [len(orjson.dumps(entry.body)) for entry in run.journal]


@pytest.mark.parametrize(
    ("limits", "body", "most"),
    [
        (Limits(entries=9), None, "9 entries"),
        (Limits(journal=9_000), "x" * 1_000, "9,000 bytes"),
    ],
)
def test_a_journal_that_would_break_its_bounds_ends_the_run(
    limits: Limits, body: object, most: str
) -> None:
    run = played(limits, body)
    kinds = [entry.kind for entry in run.journal]
    assert kinds[-4:] == ["wanted", "answered", "overrun", "ended"]
    before = run.journal[:-3]
    assert len(before) <= limits.entries
    assert sum(sizes(run)[:-3]) <= limits.journal
    assert run.journal[-2].body["limit"] == "journal"
    assert f"more than {most}" in run.error["detail"]
    assert run.state is not None
    assert run.state.effects == {}


def test_just_within_the_bounds_a_run_goes_on() -> None:
    run = Run(program(TWO))
    run.http(200)
    entry_count, size = len(run.journal), sum(sizes(run))
    for exact in (Limits(entries=entry_count), Limits(journal=size + 40)):
        same = Run(program(TWO, limits=exact))
        same.http(200)
        same.answer()
        assert same.end.phase == "completed"
    less = Run(program(TWO, limits=Limits(entries=entry_count - 1)))
    less.http(200)
    assert less.end.phase == "faulted"


def test_a_run_that_ends_may_say_so_over_the_bounds() -> None:
    run = Run(program("do: [{a: {set: {n: 1}}}]", limits=Limits(entries=1, journal=10)))
    assert run.output == {"n": 1}


def test_a_run_whose_input_alone_is_too_much_ends_at_once() -> None:
    run = Run(program(TWO, limits=Limits(journal=100)), {"text": "x" * 200})
    assert [entry.kind for entry in run.journal] == ["accepted", "overrun", "ended"]


def test_what_broke_the_bounds_replays_and_keeps_the_bounds_it_was_accepted_with() -> None:
    run = played(Limits(entries=9))
    generous = program(ENDLESS, limits=Limits(entries=90))
    assert fold.fold(generous, run.journal).state == run.state
    assert trace(generous, run.journal)[-1].phase == "faulted"
    waiting = Run(program(ENDLESS, limits=Limits(entries=9)))
    waiting.program = generous
    while waiting.state is not None and waiting.state.end is None:
        waiting.http(200)
    assert waiting.journal == run.journal


def test_a_retry_of_it_is_pointless() -> None:
    run = played(Limits(entries=9))
    assert run.state is not None
    assert not retryable(run.state)
    assert run.take(entries.retried("call")).entries == ()


def test_an_operators_retries_do_not_get_past_the_bounds() -> None:
    run = Run(program(TWO, limits=Limits(entries=9)))
    while (run.state is not None and retryable(run.state)) or run.journal[-1].kind != "ended":
        if run.state is not None and run.state.end is not None:
            run.take(entries.retried("first"))
        else:
            run.http(503)
    assert [entry.kind for entry in run.journal[-3:]] == ["retried", "overrun", "ended"]
    assert fold.fold(run.program, run.journal).state == run.state


def test_sizes_are_counted_alike_by_advancing_by_folding_and_over_snapshots() -> None:
    run = Run(program(TWO), {"text": "ä", "n": 1.5})
    run.http(200, {"big": 1e30})
    assert run.state is not None
    assert run.state.journal == fold.fold(run.program, run.journal).state.journal
    again = from_json(orjson.loads(orjson.dumps(run.state.to_json())))
    assert again.journal == run.state.journal


def test_bounds_that_a_journal_does_not_know_are_the_default_ones() -> None:
    run = Run(program(TWO, limits=Limits(entries=9)))
    began = run.journal[0]
    old = replace(began, body={**began.body, "limits": {"steps": 100, "output": 1_000}})
    state = fold.fold(run.program, [old, *run.journal[1:]]).state
    done = fold.advance(run.program, state, entries.answered(run.open, {"status": 200}), run.now)
    assert [entry.kind for entry in done.entries] == ["answered", "wanted"]
