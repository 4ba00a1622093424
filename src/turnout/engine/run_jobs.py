"""Runs, inside a worker: port bytes in, the interpreter's fold, port bytes out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from turnout.domain.instant import iso
from turnout.domain.journal import Effect, Entry, EntryKind
from turnout.domain.json import Json, JsonObject
from turnout.engine.accepted import accepted_body
from turnout.interpreter import fold
from turnout.interpreter.errors import Fault
from turnout.interpreter.json_text import text
from turnout.interpreter.program import REVISION, Program, input_problems
from turnout.interpreter.state import End, State, from_json
from turnout.interpreter.trace import TaskTrace
from turnout.interpreter.trace import trace as traced


def begin(program: Program, content_hash: str, run_id: str, now: int, input_: Json) -> list[Any]:
    """A new run: (pointer, message) of each misfit of its input, revision, advance or None."""
    misfits = input_problems(program, input_)
    if misfits:
        return [[(misfit.pointer, misfit.message) for misfit in misfits], REVISION, None]
    body = accepted_body(input_, run_id, content_hash)
    try:
        text(body)
    except Fault:
        return [[("", "It is nested too deeply: 250 levels are accepted.")], REVISION, None]
    entry = Entry(0, EntryKind.ACCEPTED, now, body)
    return [[], REVISION, _told(None, fold.advance(program, None, entry, now))]


def advance(
    program: Program,
    state: bytes | None,
    journal: Sequence[Any],
    entry: Sequence[Any],
    overrun: JsonObject | None = None,
) -> list[Any]:
    """One outside entry on top of a snapshot, or of a journal that is folded first.

    Args:
        overrun: given when this very entry broke a limit: it is journaled without being run.
    """
    before = _state(program, state, journal)
    taken = _with_task(before, _entry(entry))
    behind = None if overrun is None else Entry(0, EntryKind.OVERRUN, taken.at, overrun)
    return _told(before, fold.advance(program, before, taken, taken.at, behind))


def trace(program: Program, journal: Sequence[Any]) -> bytes:
    """The trace of a run's tasks as the JSON array that people get; instants are ISO 8601."""
    return orjson.dumps(
        [_task(task) for task in traced(program, [_entry(item) for item in journal])]
    )


def _task(task: TaskTrace) -> JsonObject:
    return {
        "path": task.path,
        "reference": task.reference,
        "visit": task.visit,
        "iteration": list(task.iteration),
        "phase": task.phase,
        "input": task.input,
        "output": task.output,
        "error": task.error,
        "started-at": iso(task.started_at),
        "ended-at": None if task.ended_at is None else iso(task.ended_at),
        "attempts": task.attempts,
    }


def _with_task(state: State | None, entry: Entry) -> Entry:
    """A retry with the task that failed, which only the folded state knows."""
    if entry.kind is not EntryKind.RETRIED or state is None or state.fault is None:
        return entry
    return replace(entry, body={**entry.body, "task": state.fault.task})


def _state(program: Program, state: bytes | None, journal: Sequence[Any]) -> State | None:
    if state is not None:
        return from_json(orjson.loads(state))
    if not journal:
        return None
    return fold.fold(program, [_entry(item) for item in journal]).state


def _entry(item: Sequence[Any]) -> Entry:
    sequence, kind, at, body, effect_key, attempt = item
    return Entry(sequence, EntryKind(kind), at, orjson.loads(body), effect_key, attempt)


def _told(before: State | None, done: fold.Advance) -> list[Any]:
    """An advance as ``answers.advance`` reads it."""
    attempts = {} if before is None else before.effects
    end = done.end
    return [
        [
            (one.sequence, one.kind.value, one.at, body, one.effect_key, one.attempt)
            for one, body in zip(done.entries, done.texts, strict=True)
        ],
        None if end is not None or done.state is None else orjson.dumps(done.state.to_json()),
        [_effect(effect) for effect in done.wanted],
        [(key, attempts[key].attempt) for key in done.withdrawn],
        None if end is None else (end.phase, *_results(end), end.outcome),
        [] if done.state is None else list({each.kind for each in done.state.effects.values()}),
    ]


def _effect(effect: Effect) -> tuple[Any, ...]:
    return (
        effect.key,
        effect.attempt,
        effect.kind,
        text(effect.request),
        effect.digest,
        effect.due,
        effect.idempotency_key,
    )


def _results(end: End) -> tuple[bytes | None, bytes | None]:
    completed = end.phase == "completed"
    return (
        text(end.output) if completed else None,
        None if end.error is None else text(end.error),
    )
