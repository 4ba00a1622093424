"""Entries that record what the fold said, and their check on replay (I9)."""

from collections.abc import Callable
from dataclasses import replace

from turnout.domain.journal import Effect, Entry, EntryKind
from turnout.domain.json import JsonObject
from turnout.interpreter.json_text import canonical
from turnout.interpreter.state import End, State


class Divergence(Exception):
    """The journal says something else than the fold; the text says what, in one sentence."""


def wanted_body(effect: Effect) -> JsonObject:
    """The body of a ``wanted`` entry."""
    body: JsonObject = {
        "kind": effect.kind,
        "digest": effect.digest,
        "request": effect.request,
    }
    if effect.due is not None:
        body["due"] = effect.due
    return body


def ended_body(end: End) -> JsonObject:
    """The body of an ``ended`` entry."""
    if end.phase == "completed":
        return {"phase": end.phase, "output": end.output, "outcome": end.outcome}
    if end.phase == "faulted":
        return {"phase": end.phase, "error": end.error}
    return {"phase": end.phase}


def _check_wanted(state: State, entry: Entry) -> None:
    key = state.unrecorded.pop(0) if state.unrecorded else None
    if key != entry.effect_key:
        said = "nothing" if key is None else repr(key)
        raise Divergence(f"The journal wants {entry.effect_key!r}, the fold wants {said}.")
    effect = state.effects[key]
    if entry.attempt != effect.attempt:
        raise Divergence(
            f"{key!r} is attempt {entry.attempt} in the journal, {effect.attempt} in the fold."
        )
    if entry.body["digest"] != effect.digest:
        raise Divergence(f"{key!r} made another request in the journal than in the fold.")
    if entry.body.get("due") != effect.due:
        raise Divergence(f"{key!r} is due at another time in the journal than in the fold.")


def _check_ended(state: State, entry: Entry) -> None:
    end = state.end
    if end is None or state.recorded:
        raise Divergence(f"Entry {entry.sequence} ends the run, the fold does not.")
    said = ended_body(end)
    for member in ("phase", "error", "output"):
        journaled = entry.body.get(member)
        if canonical(journaled) != canonical(said.get(member)):
            raise Divergence(f"The run ended with another {member} than its journal says.")
    # The outcome's expression is the workflow's and may have changed: what is stored stays.
    stored = entry.body.get("outcome")
    state.end = replace(end, outcome=stored if isinstance(stored, str) else None)
    state.recorded = True


CHECKS: dict[EntryKind, Callable[[State, Entry], None]] = {
    EntryKind.WANTED: _check_wanted,
    EntryKind.ENDED: _check_ended,
}
"""Kind of entry that records what the fold said → check it and note it in a state of one's own."""
