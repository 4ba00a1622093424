"""Replay (I9): cut a journal after any entry and fold again; all is as it was."""

import copy
from typing import Any

import orjson
from definitions import definitions, happenings
from hypothesis import HealthCheck, given, settings
from runs import Run, program

from turnout.domain.journal import Entry, EntryKind
from turnout.interpreter import entries, fold
from turnout.interpreter.fold import Step
from turnout.interpreter.program import Limits, Program
from turnout.interpreter.state import State, from_json
from turnout.interpreter.trace import TaskTrace, trace

LIMITS = Limits(steps=40, output=4_000)
MOST_EFFECTS = 15

Script = list[tuple[str, int]]
"""What happens, and to which of the open effects."""


def happen(run: Run, what: str, which: int) -> None:
    state = run.state
    assert state is not None
    if state.end is not None:
        run.take(entries.retried(state.fault.task if state.fault else ""))
        return
    effect = list(state.effects.values())[which % len(state.effects)]
    if what == "cancel":
        run.take(entries.cancelled("because"))
    elif effect.kind == "timer":
        run.answer(key=effect.key)
    elif what == "error":
        run.answer_error(effect.key, type="https://example.com/down", status=503)
    else:
        run.http(503 if what == "status" else 200, {"n": len(run.journal)}, effect.key)
    if what == "late":
        assert run.take(entries.answered(effect, None)).entries == ()


def played(definition: dict[str, Any], script: Script) -> Run:
    """A run to which all of this happened, until it ended or waited often enough."""
    run = Run(program(definition, outcome=".n", limits=LIMITS), {"n": 1})
    for what, which in script + [("fine", 0)] * MOST_EFFECTS:
        over = run.state is not None and run.state.end is not None
        if not over or what == "retry":
            happen(run, what, which)
    return run


def through_json(state: State) -> State:
    return from_json(orjson.loads(orjson.dumps(state.to_json())))


def stored(journal: list[Entry]) -> list[Entry]:
    """The entries as a database gives them back."""
    return [
        Entry(
            entry.sequence,
            EntryKind(str(entry.kind)),
            entry.at,
            orjson.loads(orjson.dumps(entry.body)),
            entry.effect_key,
            entry.attempt,
        )
        for entry in journal
    ]


def steps_of(ready: Program, journal: list[Entry], again: bool) -> list[Step]:
    """Every step, each from the state before, ``again`` from a snapshot of it."""
    steps: list[Step] = []
    for entry in journal:
        before = steps[-1].state if steps else None
        if again and before is not None:
            before = through_json(before)
        steps.append(fold.step(ready, before, entry))
    return steps


bounded = settings(
    max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@bounded
@given(definitions, happenings)
def test_i9_any_cut_of_a_journal_folds_to_the_same_state_effects_and_end(
    definition: dict[str, Any], script: Script
) -> None:
    run = played(definition, script)
    journal = stored(run.journal)
    steps = steps_of(run.program, journal, again=False)
    assert steps_of(run.program, journal, again=True) == steps
    assert steps[-1].state == run.state
    for cut, expected in enumerate(steps, start=1):
        folded = fold.fold(run.program, journal[:cut])
        assert folded.state == expected.state
        assert folded.wanted == tuple(expected.state.effects.values())
        assert folded.end == expected.state.end


@bounded
@given(definitions, happenings)
def test_i9_what_a_step_wants_and_how_it_ends_is_what_the_journal_says_next(
    definition: dict[str, Any], script: Script
) -> None:
    run = played(definition, script)
    for step, entry in zip(steps_of(run.program, run.journal, False), run.journal, strict=True):
        following = run.journal[entry.sequence + 1 :]
        wanted = [effect.key for effect in step.wanted]
        assert [later.effect_key for later in following[: len(wanted)]] == wanted
        if step.end is not None and entry.kind is not EntryKind.ENDED:
            assert following[0].kind is EntryKind.ENDED
            assert following[0].body["phase"] == step.end.phase


@bounded
@given(definitions, happenings)
def test_i9_the_trace_of_a_cut_is_where_the_whole_trace_was_then(
    definition: dict[str, Any], script: Script
) -> None:
    run = played(definition, script)
    whole = run.trace()
    assert trace(run.program, stored(run.journal)) == whole
    for cut in range(1, len(run.journal)):
        part = trace(run.program, run.journal[:cut])
        assert [identity(task) for task in part] == [identity(task) for task in whole[: len(part)]]
        for then, now in zip(part, whole, strict=False):
            if then.phase in ("completed", "skipped", "cancelled"):
                assert then == now


def identity(task: TaskTrace) -> tuple[object, ...]:
    return task.path, task.visit, task.iteration, task.reference


@bounded
@given(definitions, happenings)
def test_a_step_leaves_the_state_and_entry_that_it_was_given_alone(
    definition: dict[str, Any], script: Script
) -> None:
    run = played(definition, script)
    before: State | None = None
    for entry in run.journal:
        kept = copy.deepcopy((before, entry))
        after = fold.step(run.program, before, entry).state
        assert (before, entry) == kept
        before = after


@bounded
@given(definitions, happenings)
def test_effects_of_a_run_have_keys_attempts_and_idempotency_keys_of_their_own(
    definition: dict[str, Any], script: Script
) -> None:
    run = played(definition, script)
    steps = steps_of(run.program, run.journal, False)
    wanted = [effect for step in steps for effect in step.wanted]
    assert len({(effect.key, effect.attempt) for effect in wanted}) == len(wanted)
    # The workflow's own retries share an idempotency key, no two effects do.
    owners: dict[str, str] = {}
    for effect in wanted:
        assert owners.setdefault(effect.idempotency_key, effect.key) == effect.key


def test_the_hundredth_effect_finds_no_bigger_state_than_the_tenth() -> None:
    run = Run("do: [{pause: {wait: PT1S, then: pause}}]")
    sizes = []
    for _ in range(100):
        run.answer()
        assert run.state is not None
        sizes.append(len(orjson.dumps(run.state.to_json())))
    assert sizes[98] - sizes[9] < 20
