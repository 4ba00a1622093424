"""The port to the worker pool: everything that evaluates what a definition's author wrote.

No expression, schema or YAML text is ever compiled or evaluated in the server process: a worker
does it under limits, and is killed when it breaks one. Values travel as JSON bytes, so that the
server stores what a worker made without reading it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from turnout.domain.assignment import Assignment
from turnout.domain.instant import Instant
from turnout.domain.journal import EntryKind
from turnout.domain.problem import Problem
from turnout.domain.run import Phase


@dataclass(frozen=True, slots=True)
class Program:
    """What a worker needs to run a version; it compiles and keeps it by ``key``.

    Attributes:
        version_id: ``wflv_…``. workflow_id: ``wfl_…``; workflows take turns where it is slow.
        content_hash: of ``normalised``; worker processes keep compiled programs by it.
        normalised: the definition's canonical JSON.
        outcome: the workflow's outcome expression, or None.
    """

    version_id: str
    workflow_id: str
    content_hash: str
    normalised: bytes
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a definition tells about itself.

    Attributes:
        trigger_type: ``api``.
        inputs: (name, type, required), from its input schema.
        outputs: names of the output's members, as far as evident.
    """

    trigger_type: str
    inputs: tuple[tuple[str, str, bool], ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft's text, checked.

    Attributes:
        problems: all findings, errors first come by line.
        normalised, content_hash, summary: None when a problem is an error.
    """

    problems: tuple[Problem, ...]
    normalised: bytes | None
    content_hash: str | None
    summary: Summary | None


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A journal entry to append, its body as JSON bytes; members as in ``journal.Entry``."""

    sequence: int
    kind: EntryKind
    at: Instant
    body: bytes
    effect_key: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class WantedEffect:
    """An effect to execute, its request as JSON bytes; members as in ``journal.Effect``."""

    key: str
    attempt: int
    kind: str
    request: bytes
    digest: str
    due: Instant | None
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class End:
    """How a run ended: ``output`` and ``error`` are JSON bytes or None."""

    phase: Phase
    output: bytes | None
    error: bytes | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Advance:
    """What one outside entry led to.

    Attributes:
        entries: to append, in order; the outside entry first. Empty when it was dropped.
        state: snapshot after the last entry, JSON bytes; None when the run ended.
        wanted: effects to start after the commit.
        withdrawn: (key, attempt) of effects that are no longer wanted.
        end: set when the run is over.
        open: kinds of all effects that are open afterwards.
    """

    entries: tuple[NewEntry, ...]
    state: bytes | None
    wanted: tuple[WantedEffect, ...]
    withdrawn: tuple[tuple[str, int], ...]
    end: End | None
    open: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """A trigger, with everything that decides what becomes of it.

    Attributes:
        run_id: the id the run will have, also when the offer has to be computed again.
        now: the accepting time.
        input: JSON bytes.
        assignment_key: the rollout's, or the workflow's, expression over the input; or None.
        salt, basis_points, deployment_id: as ``assignment.assign`` takes them.
        treatment: what runs at ``bucket < basis_points``, or alone.
        control: the other arm's program, or None.
    """

    run_id: str
    now: Instant
    input: bytes
    assignment_key: str | None
    salt: str | None
    basis_points: int
    deployment_id: str
    treatment: Program
    control: Program | None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An offer, computed: nothing is started or stored yet.

    Attributes:
        assignment: why it goes to ``version_id``.
        version_id: the version that will run it.
        interpreter: the interpreter revision.
        problems: (JSON pointer into the input, message) where the input does not fit the
            version's schema; then ``advance`` is None.
        advance: as far as the run goes without effects.
    """

    assignment: Assignment
    version_id: str
    interpreter: int
    problems: tuple[tuple[str, str], ...]
    advance: Advance | None


class Workers(Protocol):
    """The pool. Any call raises ``Busy`` when the queues are full."""

    async def check(
        self,
        text: str,
        *,
        assignment_key: str | None = None,
        outcome: str | None = None,
        group: str = "",
    ) -> Checked:
        """Load, validate, normalise and compile a draft's text; an overrun is a problem.

        Args:
            group: whose text it is, a workflow's or a key's; they take turns.
        """
        ...

    async def ready(self) -> None:
        """Return once a worker did something: runs can be accepted."""
        ...

    async def accept(self, offer: Offer) -> Acceptance:
        """Assign a new run and advance it; an overrun is a fault in its journal."""
        ...

    async def advance(
        self, program: Program, *, state: bytes | None, journal: Sequence[NewEntry], entry: NewEntry
    ) -> Advance:
        """Take one outside entry.

        Args:
            state: snapshot to go on from, or None to fold ``journal`` first.
            journal: the run's entries so far; only read when ``state`` is None.
            entry: the outside entry; its ``sequence`` is the next one.

        Raises:
            Divergence: the journal does not fit the program.
        """
        ...

    async def trace(self, program: Program, journal: Sequence[NewEntry]) -> bytes:
        """The trace of tasks, recomputed from the journal: a JSON array."""
        ...
