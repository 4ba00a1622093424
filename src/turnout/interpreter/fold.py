"""The one idea: a run is a fold over its journal.

``step`` applies one entry, ``fold`` a whole journal, ``advance`` is what an engine calls with
something new from outside. All are pure: no state that they were given changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from turnout.domain.instant import Instant
from turnout.domain.journal import Effect, Entry, EntryKind
from turnout.domain.json import JsonObject
from turnout.interpreter.errors import fault
from turnout.interpreter.journal_limit import overfull
from turnout.interpreter.json_text import text
from turnout.interpreter.machine import Machine
from turnout.interpreter.outcome import outcome
from turnout.interpreter.program import REVISION, Program
from turnout.interpreter.records import CHECKS, Divergence, ended_body, wanted_body
from turnout.interpreter.state import End, State, retryable

if TYPE_CHECKING:
    from turnout.interpreter.trace import Recorder

__all__ = ["Advance", "Divergence", "Step", "advance", "fold", "replay", "step"]


@dataclass(frozen=True, slots=True)
class Step:
    """What an entry did.

    Attributes:
        state: the run after it.
        wanted: effects to execute; after ``fold`` all that are open.
        withdrawn: keys of effects whose answers do not matter any more.
        end: how the run ended, if it has; its outcome is there once ``ended`` is journaled.
    """

    state: State
    wanted: tuple[Effect, ...]
    withdrawn: tuple[str, ...]
    end: End | None


@dataclass(frozen=True, slots=True)
class Advance:
    """What something new from outside did.

    Attributes:
        entries: to be appended to the journal, in order, in one transaction; none where it came
            too late to matter (its effect is closed, the run has ended).
        texts: their bodies as compact JSON.
        state: the run after them; None only if there is no run.
        wanted: effects to execute once the entries are safe.
        withdrawn: keys of effects to stop.
        end: how the run ended, if it has.
    """

    entries: tuple[Entry, ...]
    texts: tuple[bytes, ...]
    state: State | None
    wanted: tuple[Effect, ...]
    withdrawn: tuple[str, ...]
    end: End | None


def step(program: Program, state: State | None, entry: Entry) -> Step:
    """Apply one entry of a journal.

    An entry whose advance broke a limit is applied by ``fold`` alone, which sees the ``overrun``
    behind it and does not run it again.

    Raises:
        Divergence: the entry does not fit what the run did before.
    """
    return _apply(program, state, entry, None, runs=True)


def fold(program: Program, entries: Sequence[Entry]) -> Step:
    """Apply a whole journal, or the first part of one.

    Raises:
        Divergence: an entry does not fit, or there is none.
    """
    return replay(program, entries, None)


def replay(program: Program, entries: Sequence[Entry], recorder: Recorder | None) -> Step:
    """Do what ``fold`` does while ``recorder`` listens."""
    state: State | None = None
    for entry, runs in _with_overruns(entries):
        state = _apply(program, state, entry, recorder, runs).state
    if state is None:
        raise Divergence("The journal has no entries.")
    return Step(state, tuple(state.effects.values()), (), state.end)


def advance(
    program: Program,
    state: State | None,
    entry: Entry,
    now: Instant,
    overrun: Entry | None = None,
) -> Advance:
    """Take something from outside and say what to append and what to do.

    Where the run would go on over the bounds of its journal, it ends as for any other overrun:
    with the entry kept and not run. So replay reads that from the journal and counts nothing.

    Args:
        program: the run's version.
        state: the run before; None for ``accepted``.
        entry: from ``entries``; its sequence and time are set here.
        now: wall clock; the entries' time is this, but never before the last entry's.
        overrun: given when advancing on ``entry`` broke a limit: the entry is journaled without
            being run, and this one behind it faults the run.

    Raises:
        Divergence: the answer is one to another request than the run made.
    """
    if not _matters(state, entry):
        return Advance((), (), state, (), (), state.end if state is not None else None)
    done = _appended(program, state, entry, now, overrun)
    if done.end is None and done.state is not None:
        full = overfull(done.state)
        if full is not None:
            done = _appended(program, state, entry, now, full)
    return done


def _appended(
    program: Program, state: State | None, entry: Entry, now: Instant, overrun: Entry | None
) -> Advance:
    """``advance``, without a look at the size of what comes out."""
    done = _Appending(program, state, now)
    done.take(entry, runs=overrun is None)
    if overrun is not None:
        done.take(overrun, runs=True)
    done.record()
    return Advance(
        tuple(done.entries),
        tuple(done.texts),
        done.state,
        done.wanted,
        done.withdrawn,
        done.end,
    )


class _Appending:
    """Collects the entries of one advance."""

    def __init__(self, program: Program, state: State | None, now: Instant) -> None:
        self.entries: list[Entry] = []
        self.texts: list[bytes] = []
        self.state = state
        self.wanted: tuple[Effect, ...] = ()
        self.withdrawn: tuple[str, ...] = ()
        self.end: End | None = None
        self._program = program
        self._at = now if state is None else max(now, state.now)

    def take(self, entry: Entry, runs: bool) -> None:
        body = entry.body
        if entry.kind is EntryKind.ACCEPTED:
            bounds: JsonObject = {**self._program.limits.bounds()}
            body = {**body, "limits": bounds, "revision": REVISION}
        self._append(entry.kind, body, entry.effect_key, entry.attempt)
        size = len(self.texts[-1])
        done = _apply(self._program, self.state, self.entries[-1], None, runs, size)
        self.state = done.state
        self.wanted = done.wanted
        self.withdrawn = done.withdrawn
        self.end = done.end

    def record(self) -> None:
        """Append what the fold said; the state is still nobody else's."""
        state = self.state
        assert state is not None
        counted = len(self.texts)
        for effect in self.wanted:
            self._append(EntryKind.WANTED, wanted_body(effect), effect.key, effect.attempt)
        state.unrecorded.clear()
        if self.end is not None:
            found = outcome(self._program, self.end)
            self.end = state.end = replace(self.end, outcome=found) if found else self.end
            state.recorded = True
            self._append(EntryKind.ENDED, ended_body(self.end), "", 0)
        state.sequence = self.entries[-1].sequence
        state.journal += sum(map(len, self.texts[counted:]))

    def _append(self, kind: EntryKind, body: JsonObject, key: str, attempt: int) -> None:
        before = -1 if self.state is None else self.state.sequence
        sequence = self.entries[-1].sequence + 1 if self.entries else before + 1
        self.entries.append(Entry(sequence, kind, self._at, body, key, attempt))
        self.texts.append(text(body))


def _matters(state: State | None, entry: Entry) -> bool:
    """Whether the run is still one to which this can happen."""
    if state is None:
        return entry.kind is EntryKind.ACCEPTED
    if entry.kind is EntryKind.ANSWERED:
        effect = state.effects.get(entry.effect_key)
        return effect is not None and effect.attempt == entry.attempt
    if entry.kind is EntryKind.RETRIED:
        return retryable(state)
    return entry.kind is not EntryKind.ACCEPTED and state.end is None


def _with_overruns(entries: Sequence[Entry]) -> Iterable[tuple[Entry, bool]]:
    """Each entry, and whether it runs: one with an ``overrun`` right behind it broke a limit."""
    for entry, following in pairwise(entries):
        yield entry, following.kind is not EntryKind.OVERRUN
    if entries:
        yield entries[-1], True


def _apply(
    program: Program,
    state: State | None,
    entry: Entry,
    recorder: Recorder | None,
    runs: bool,
    size: int | None = None,
) -> Step:
    """Apply one entry, whose body has ``size`` bytes if the caller knows."""
    if state is None:
        own = _born(program, entry)
    else:
        own = state.copy()
        if entry.sequence != own.sequence + 1:
            raise Divergence(f"Entry {entry.sequence} follows entry {own.sequence}.")
        own.sequence = entry.sequence
        own.now = entry.at
    own.journal += len(text(entry.body)) if size is None else size
    if entry.kind in CHECKS:
        CHECKS[entry.kind](own, entry)
        return Step(own, (), (), own.end)
    _check_recorded(own, entry)
    machine = Machine(program, own, recorder)
    _MOVES[entry.kind](machine, entry, runs)
    ended = own.end if state is None or own.end is not state.end else None
    done = machine.effects
    return Step(own, tuple(done.wanted), tuple(done.withdrawn), ended)


def _born(program: Program, entry: Entry) -> State:
    if entry.kind is not EntryKind.ACCEPTED:
        raise Divergence(f"The journal begins with {entry.kind} instead of accepted.")
    body: dict[str, Any] = entry.body
    revision = body.get("revision", REVISION)
    if revision != REVISION:
        raise Divergence(f"The run began with interpreter revision {revision}, not {REVISION}.")
    return State(
        sequence=entry.sequence,
        started_at=entry.at,
        now=entry.at,
        run=body["run"],
        workflow=body["workflow"],
        input=body["input"],
        limits=body.get("limits") or program.limits.bounds(),
    )


def _check_recorded(state: State, entry: Entry) -> None:
    """What the fold said must stand in the journal before anything else comes from outside."""
    if state.unrecorded:
        key = state.unrecorded[0]
        raise Divergence(f"Entry {entry.sequence} is {entry.kind}, but {key!r} was wanted.")
    if state.end is not None and not state.recorded:
        raise Divergence(f"Entry {entry.sequence} is {entry.kind}, but the run had ended.")


# what comes from outside


def _accept(machine: Machine, entry: Entry, runs: bool) -> None:
    if entry.sequence != 0:
        raise Divergence(f"Entry {entry.sequence} accepts a run that has begun.")
    if runs:
        machine.start()


def _answer(machine: Machine, entry: Entry, runs: bool) -> None:
    if not _matters(machine.state, entry):
        return
    effect = machine.state.effects[entry.effect_key]
    if entry.body["digest"] != effect.digest:
        raise Divergence(f"{effect.key!r} was answered for another request than it made.")
    if runs:
        machine.answer(entry.effect_key, entry.body)


def _cancel(machine: Machine, entry: Entry, runs: bool) -> None:
    if machine.state.end is None:
        machine.cancel()


def _retry(machine: Machine, entry: Entry, runs: bool) -> None:
    state = machine.state
    where = state.fault
    if where is None or not where.retryable or entry.body["task"] != where.task:
        raise Divergence(f"Entry {entry.sequence} retries {entry.body['task']!r}, which cannot be.")
    state.retries += 1
    state.fault = None
    state.end = None
    state.recorded = False
    if runs:
        machine.again()


def _overrun(machine: Machine, entry: Entry, runs: bool) -> None:
    if machine.state.end is not None:
        return
    limit, detail = entry.body["limit"], entry.body["detail"]
    failure = fault("runtime", f"The run broke its {limit} limit: {detail}")
    machine.overran(failure.error)


_MOVES: dict[EntryKind, Callable[[Machine, Entry, bool], None]] = {
    EntryKind.ACCEPTED: _accept,
    EntryKind.ANSWERED: _answer,
    EntryKind.CANCELLED: _cancel,
    EntryKind.RETRIED: _retry,
    EntryKind.OVERRUN: _overrun,
}
