"""Entries that come to a run from outside, as the engine hands them to ``fold.advance``.

Sequence and time are set there; here they are 0.
"""

from turnout.domain.journal import Effect, Entry, EntryKind
from turnout.domain.json import Json, JsonObject


def accepted(run: JsonObject, workflow: JsonObject, input: Json) -> Entry:
    """The run starts. ``run`` has at least its ``id``; both descriptors are kept as they are."""
    return Entry(0, EntryKind.ACCEPTED, 0, {"input": input, "workflow": workflow, "run": run})


def answered(effect: Effect, value: Json) -> Entry:
    """The effect gave this; ``call_http`` says what for HTTP; null for a timer."""
    return _answer(effect, {"digest": effect.digest, "value": value})


def answered_error(effect: Effect, error: JsonObject) -> Entry:
    """The effect failed; ``error`` is a DSL error without its instance."""
    return _answer(effect, {"digest": effect.digest, "error": error})


def cancelled(reason: str | None) -> Entry:
    """Somebody ended the run early."""
    return Entry(0, EntryKind.CANCELLED, 0, {"reason": reason})


def retried(task: str) -> Entry:
    """An operator sends the run on from this task, the one that failed."""
    return Entry(0, EntryKind.RETRIED, 0, {"task": task})


def overrun(limit: str, detail: str) -> Entry:
    """A limit was broken; ``limit`` is ``wall``, ``cpu``, ``memory``, ``journal`` …"""
    return Entry(0, EntryKind.OVERRUN, 0, {"limit": limit, "detail": detail})


def _answer(effect: Effect, body: JsonObject) -> Entry:
    return Entry(0, EntryKind.ANSWERED, 0, body, effect.key, effect.attempt)
