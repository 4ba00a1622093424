"""Reads what workers answer into the port's objects, trusting nothing in it.

A worker runs what an enemy may have written; every member is checked for its type here, once, and
anything else is ``Untrusted``.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from turnout.domain.journal import EntryKind
from turnout.domain.problem import Problem, Severity
from turnout.domain.run import Phase
from turnout.use_cases.workers import Advance, Checked, End, NewEntry, Summary, WantedEffect

T = TypeVar("T")

_KINDS = {kind.value: kind for kind in EntryKind}
_PHASES = {phase.value: phase for phase in Phase}


class Untrusted(Exception):
    """A worker's answer does not have the agreed shape."""


def problems(raw: Any) -> tuple[tuple[str, str], ...]:
    """(JSON pointer, message) pairs."""
    return tuple((_is(str, pointer), _is(str, message)) for pointer, message in raw)


def advance(raw: Any) -> Advance:
    """An ``Advance``; the form is ``said.advance``'s."""
    entries, state, wanted, withdrawn, end, open_ = raw
    return Advance(
        tuple([_entry(*item) for item in entries]),
        _maybe(bytes, state),
        tuple([_effect(*item) for item in wanted]),
        tuple([(_is(str, key), _is(int, attempt)) for key, attempt in withdrawn]),
        None if end is None else _end(*end),
        frozenset([_is(str, kind) for kind in open_]),
    )


def checked(raw: Any) -> Checked:
    """A ``Checked``; the form is ``said.checked``'s."""
    found, normalised, content_hash, summary = raw
    return Checked(
        tuple([_problem(*item) for item in found]),
        _maybe(bytes, normalised),
        _maybe(str, content_hash),
        None if summary is None else _summary(*summary),
    )


def text(raw: Any) -> str | None:
    """A string or None."""
    return _maybe(str, raw)


def data(raw: Any) -> bytes:
    """Bytes."""
    return _is(bytes, raw)


def number(raw: Any) -> int:
    """An integer."""
    return _is(int, raw)


def _entry(sequence: Any, kind: Any, at: Any, body: Any, effect_key: Any, attempt: Any) -> NewEntry:
    return NewEntry(
        _is(int, sequence),
        _KINDS[kind],
        _is(int, at),
        _is(bytes, body),
        _is(str, effect_key),
        _is(int, attempt),
    )


def _effect(
    key: Any, attempt: Any, kind: Any, request: Any, digest: Any, due: Any, idempotency_key: Any
) -> WantedEffect:
    return WantedEffect(
        _is(str, key),
        _is(int, attempt),
        _is(str, kind),
        _is(bytes, request),
        _is(str, digest),
        _maybe(int, due),
        _is(str, idempotency_key),
    )


def _end(phase: Any, output: Any, error: Any, outcome: Any) -> End:
    return End(_PHASES[phase], _maybe(bytes, output), _maybe(bytes, error), _maybe(str, outcome))


def _problem(
    severity: Any, code: Any, message: Any, path: Any, line: Any, column: Any, hint: Any
) -> Problem:
    return Problem(
        Severity(severity),
        _is(str, code),
        _is(str, message),
        _is(str, path),
        _maybe(int, line),
        _maybe(int, column),
        _maybe(str, hint),
    )


def _summary(trigger_type: Any, inputs: Sequence[Any], outputs: Sequence[Any]) -> Summary:
    return Summary(
        _is(str, trigger_type),
        tuple((_is(str, name), _is(str, kind), _is(bool, must)) for name, kind, must in inputs),
        tuple(_is(str, name) for name in outputs),
    )


def _is(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise Untrusted(f"{type(value).__name__} instead of {kind.__name__}")
    return value


def _maybe(kind: type[T], value: Any) -> T | None:
    return None if value is None else _is(kind, value)
