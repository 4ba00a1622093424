"""The fold and its journal: what is appended, what is dropped, what is checked on replay."""

from dataclasses import replace

import pytest
from runs import RUN, START, WORKFLOW, Run, program

from turnout.domain.instant import SECOND
from turnout.domain.journal import Entry, EntryKind
from turnout.interpreter import entries, fold
from turnout.interpreter.program import REVISION, Limits
from turnout.interpreter.records import Divergence
from turnout.interpreter.state import from_json, retryable

CALL = """
do:
- before: {set: {id: '${ .id }'}}
- call: {call: http, with: {method: get, endpoint: 'https://h/{id}'}, output: {as: .n + 1}}
- after: {set: {n: '${ . }'}}
"""


def test_a_pure_run_is_accepted_and_ended_in_one_advance() -> None:
    run = Run("do: [{a: {set: {n: 1}}}]")
    assert [(entry.sequence, entry.kind, entry.at) for entry in run.journal] == [
        (0, "accepted", START),
        (1, "ended", START),
    ]
    assert run.journal[0].body == {
        "input": {},
        "run": RUN,
        "workflow": WORKFLOW,
        "limits": {
            "steps": 100_000,
            "output": 1024 * 1024,
            "entries": 100_000,
            "journal": 64 * 1024 * 1024,
        },
        "revision": REVISION,
    }
    assert run.journal[1].body == {"phase": "completed", "output": {"n": 1}, "outcome": None}


def test_a_wanted_effect_is_journaled_before_anybody_executes_it() -> None:
    run = Run(CALL, {"id": 5})
    wanted = run.journal[1]
    assert (wanted.kind, wanted.effect_key, wanted.attempt) == ("wanted", "call#1", 1)
    assert wanted.body == {
        "kind": "http",
        "digest": run.open.digest,
        "request": run.open.request,
    }
    assert run.open.idempotency_key == f"{RUN['id']}:call#1"


def test_an_answer_moves_the_run_on() -> None:
    run = Run(CALL, {"id": 5})
    run.http(200, {"n": 1})
    assert run.output == {"n": 2}
    assert [entry.kind for entry in run.journal] == ["accepted", "wanted", "answered", "ended"]


def test_time_never_runs_backwards() -> None:
    run = Run(CALL)
    run.now = START - 50 * SECOND
    run.http(200, {"n": 1})
    assert {entry.at for entry in run.journal} == {START}


def test_what_comes_too_late_is_dropped_and_changes_nothing() -> None:
    run = Run(CALL)
    late = entries.answered(run.open, {"status": 200})
    run.http(200, {"n": 1})
    before = run.state
    for entry in (late, entries.cancelled("late"), entries.retried("call")):
        done = run.take(entry)
        assert (done.entries, done.state, done.wanted) == ((), before, ())
    assert run.take(entries.accepted(RUN, WORKFLOW, {})).entries == ()


def test_an_answer_of_another_attempt_is_dropped() -> None:
    run = Run(CALL)
    done = run.take(replace(entries.answered(run.open, {"status": 200}), attempt=2))
    assert done.entries == ()


def test_an_answer_to_another_request_diverges() -> None:
    run = Run(CALL)
    other = replace(run.open, digest="0" * 64)
    with pytest.raises(Divergence, match="another request"):
        run.take(entries.answered(other, {"status": 200}))


def test_cancelling_withdraws_open_effects() -> None:
    run = Run(CALL)
    done = run.take(entries.cancelled("no more"))
    assert done.withdrawn == ("call#1",)
    assert done.end is not None
    assert done.end.phase == "cancelled"
    assert run.journal[-1].body == {"phase": "cancelled"}
    assert [task.phase for task in run.trace()] == ["completed", "cancelled"]


def test_a_fault_of_a_call_can_be_retried_with_a_new_idempotency_key() -> None:
    run = Run(CALL)
    run.http(503)
    assert run.state is not None
    assert retryable(run.state)
    done = run.take(entries.retried("call"))
    (effect,) = done.wanted
    assert (effect.key, effect.attempt) == ("call#1", 2)
    assert effect.idempotency_key == f"{RUN['id']}:call#1:1"
    run.http(200, {"n": 1})
    assert run.output == {"n": 2}
    assert [entry.kind for entry in run.journal] == [
        "accepted",
        "wanted",
        "answered",
        "ended",
        "retried",
        "wanted",
        "answered",
        "ended",
    ]
    call = run.trace()[1]
    assert (call.attempts, call.phase, call.error) == (2, "completed", None)


def test_a_bad_answer_can_be_retried_too_since_another_may_come() -> None:
    run = Run(CALL)
    run.http(200, "text")
    assert run.error["instance"] == "/do/1/call"
    assert run.state is not None
    assert retryable(run.state)


@pytest.mark.parametrize(
    "source",
    [
        "do: [{a: {set: '${ error }'}}]",
        "do: [{a: {raise: {error: {type: 'x:y', status: 400}}}}]",
        "do: [{a: {call: http, with: {method: get, endpoint: '${ 1 }'}}}]",
        "input: {schema: {document: false}}\ndo: [{a: {set: {n: 1}}}]",
    ],
)
def test_a_fault_that_no_new_effect_could_change_is_not_retryable(source: str) -> None:
    run = Run(source)
    assert run.end.phase == "faulted"
    assert run.state is not None
    assert not retryable(run.state)
    assert run.take(entries.retried("a")).entries == ()


def test_a_pure_task_after_a_call_is_not_retryable() -> None:
    run = Run(CALL.replace("set: {n: '${ . }'}", "set: '${ error }'"))
    run.http(200, {"n": 1})
    assert run.state is not None
    assert not retryable(run.state)


def test_a_wait_that_failed_is_not_retryable() -> None:
    run = Run("do: [{a: {wait: PT1S, output: {as: error}}}]")
    run.answer()
    assert run.state is not None
    assert not retryable(run.state)


def test_a_run_that_goes_round_in_circles_meets_its_limit_of_steps() -> None:
    run = Run(program("do: [{a: {set: {n: 1}, then: a}}]", limits=Limits(steps=50)))
    assert run.error["type"].endswith("/errors/runtime")
    assert "50 tasks" in run.error["detail"]
    assert run.state is not None
    assert run.state.steps == 51


def test_the_limits_of_a_run_are_those_it_was_accepted_with() -> None:
    run = Run(program("do: [{a: {set: {n: 1}, then: a}}]", limits=Limits(steps=50)))
    generous = program("do: [{a: {set: {n: 1}, then: a}}]", limits=Limits(steps=60))
    assert fold.fold(generous, run.journal).state == run.state


def test_deep_and_long_loops_need_no_recursion() -> None:
    run = Run("do: [{loop: {for: {in: '[range(20000)]'}, do: [{a: {set: {n: '${ $index }'}}}]}}]")
    assert run.output == {"n": 19999}


def test_an_overrun_is_journaled_behind_what_caused_it_and_not_run_again() -> None:
    endless = program("do: [{a: {set: '${ [range(1e12)] }'}}]")
    over = entries.overrun("wall", "2 s")
    done = fold.advance(endless, None, entries.accepted(RUN, WORKFLOW, {}), START, over)
    assert [entry.kind for entry in done.entries] == ["accepted", "overrun", "ended"]
    assert done.end is not None
    assert done.end.error is not None
    assert done.end.error["detail"] == "The run broke its wall limit: 2 s"
    again = fold.fold(endless, done.entries)
    assert again.state == done.state
    assert done.state is not None
    assert not retryable(done.state)


def test_an_overrun_on_an_answer_or_retry_keeps_it_and_faults() -> None:
    run = Run(CALL)
    answer = entries.answered(run.open, {"status": 503})
    done = run.take(answer, entries.overrun("memory", "256 MiB"))
    assert [entry.kind for entry in done.entries] == ["answered", "overrun", "ended"]
    assert done.withdrawn == ("call#1",)
    assert fold.fold(run.program, run.journal).state == run.state
    assert run.error["instance"] == "/do/1/call"

    run = Run(CALL)
    run.http(503)
    run.take(entries.retried("call"), entries.overrun("cpu", "2 s"))
    assert fold.fold(run.program, run.journal).state == run.state
    assert run.end.phase == "faulted"


def test_an_overrun_may_come_alone_while_the_run_waits() -> None:
    run = Run(CALL)
    done = run.take(entries.overrun("journal", "64 MiB"))
    assert [entry.kind for entry in done.entries] == ["overrun", "ended"]
    assert done.withdrawn == ("call#1",)


@pytest.mark.parametrize(
    ("expression", "output", "outcome"),
    [
        (".decision", {"decision": "approve"}, "approve"),
        (".n", {"n": 1.5}, "1.5"),
        (".b", {"b": True}, "true"),
        (".none", {}, None),
        (".", {"a": 1}, None),
        ("error", {}, None),
        (".long", {"long": "x" * 201}, None),
        (".long", {"long": "x" * 200}, "x" * 200),
    ],
)
def test_the_outcome_is_a_short_text(expression: str, output: object, outcome: str | None) -> None:
    run = Run(program("do: [{a: {set: '${ . }'}}]", outcome=expression), output)
    assert run.end.outcome == outcome
    assert run.journal[-1].body["outcome"] == outcome


def test_a_stored_outcome_is_never_recomputed() -> None:
    run = Run(program("do: [{a: {set: {x: 1, y: 2}}}]", outcome=".x"))
    other = program("do: [{a: {set: {x: 1, y: 2}}}]", outcome=".y")
    assert fold.fold(other, run.journal).state == run.state


def altered(entry: Entry, **changes: object) -> Entry:
    return replace(entry, body={**entry.body, **changes})  # type: ignore[dict-item]


def test_replay_checks_what_the_fold_said_against_the_journal() -> None:
    run = Run(CALL)
    run.http(200, {"n": 1})
    accepted, wanted, answered, ended = run.journal
    wrong = {
        "begins with": [wanted],
        "no entries": [],
        "Entry 2 follows entry 0": [accepted, answered],
        "another request in": [accepted, altered(wanted, digest="x")],
        "another time": [accepted, altered(wanted, due=5)],
        "wants 'other'": [accepted, replace(wanted, effect_key="other")],
        "attempt 2": [accepted, replace(wanted, attempt=2)],
        "but 'call#1' was wanted": [accepted, replace(answered, sequence=1)],
        "the fold wants nothing": [accepted, wanted, replace(wanted, sequence=2)],
        "does not": [accepted, wanted, replace(ended, sequence=2)],
        "for another request": [accepted, wanted, altered(answered, digest="x")],
        "another output": [accepted, wanted, answered, altered(ended, output={"n": 2.5})],
        "another phase": [accepted, wanted, answered, altered(ended, phase="faulted")],
        "had ended": [accepted, wanted, answered, replace(answered, sequence=3)],
        "revision 2": [altered(accepted, revision=2)],
        "has begun": [accepted, wanted, replace(accepted, sequence=2)],
        "cannot be": [
            accepted,
            wanted,
            Entry(2, EntryKind.RETRIED, START, {"task": "call"}),
        ],
    }
    for sentence, journal in wrong.items():
        with pytest.raises(Divergence, match=sentence):
            fold.fold(run.program, journal)


def test_true_is_not_one_when_outputs_are_compared() -> None:
    run = Run("do: [{a: {set: {n: 1}}}]")
    wrong = [run.journal[0], altered(run.journal[1], output={"n": True})]
    with pytest.raises(Divergence):
        fold.fold(run.program, wrong)


def test_going_on_from_a_snapshot_wants_the_same_effects() -> None:
    run = Run("do: [{a: {wait: PT1S}}, {b: {wait: PT2S}}]")
    run.answer()
    assert run.state is not None
    assert fold.fold(run.program, run.journal).wanted == (run.open,)
    again = from_json(run.state.to_json())
    assert again == run.state


def test_effect_keys_tell_visits_and_iterations_and_fit_a_header() -> None:
    run = Run(
        """
        do:
        - größe:
            for: {in: '[1, 2]'}
            do: [{pause: {wait: PT1S}}]
        """
    )
    keys = []
    while run.state is not None and run.state.end is None:
        keys.append((run.open.key, run.open.idempotency_key))
        run.answer()
    assert keys == [
        ("größe/pause#1@0", f"{RUN['id']}:gr%C3%B6%C3%9Fe/pause#1@0"),
        ("größe/pause#2@1", f"{RUN['id']}:gr%C3%B6%C3%9Fe/pause#2@1"),
    ]


def test_the_trace_tells_every_task_while_the_run_still_waits() -> None:
    run = Run("do: [{outer: {do: [{a: {input: {from: .n}, wait: PT1S}}]}}]", {"n": 4})
    outer, inner = run.trace()
    assert (outer.phase, outer.path, outer.output) == ("running", "outer", None)
    assert (inner.phase, inner.input, inner.ended_at) == ("waiting", 4, None)
    assert inner.started_at == START
    run.answer()
    outer, inner = run.trace()
    assert (inner.phase, inner.output, inner.ended_at) == ("completed", 4, START + SECOND)
    assert outer.phase == "completed"


def test_the_trace_says_where_a_fault_came_from() -> None:
    run = Run("do: [{outer: {do: [{a: {set: '${ error(\"no\") }'}}]}}, {b: {set: {n: 1}}}]")
    outer, inner = run.trace()
    assert (outer.phase, outer.error) == ("faulted", None)
    assert (inner.phase, inner.error) == ("faulted", run.error)
    assert inner.reference == "/do/0/outer/do/0/a"
