"""Take a run on by one entry from outside: an effect's answer, a timer, an operator's retry."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from turnout.domain.by import By
from turnout.domain.instant import Instant
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.interpreter.fold import Divergence
from turnout.use_cases.ports import Ports, Progress, Transaction
from turnout.use_cases.record import record
from turnout.use_cases.trigger import phase_of
from turnout.use_cases.workers import Advance, NewEntry, Program


@dataclass(frozen=True, slots=True)
class Outside:
    """What came from outside; members as in ``journal.Entry``, the body as JSON bytes.

    Attributes:
        digest: of the request that an event is offered to; else not needed.
    """

    kind: EntryKind
    body: bytes
    effect_key: str = ""
    attempt: int = 0
    digest: str = ""


class _Overtaken(Exception):
    """Somebody else appended first: what was to be stored with the entry is undone."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A run with what is needed to take it on; the journal only where there is no snapshot."""

    run: Run
    program: Program
    state: bytes | None
    journal: tuple[NewEntry, ...]


async def advance_run(
    ports: Ports,
    run_id: str,
    outside: Outside,
    *,
    allow: Callable[[Run], None] | None = None,
    also: Callable[[Transaction, Run], None] | None = None,
    offer: Callable[[Transaction, Progress], None] | None = None,
) -> Run | None:
    """Fold the entry in, append what follows, and start what the run wants next.

    Compare-and-append: when somebody else appended first, or suspended the run, it is loaded and
    decided again. The answer to an effect of a suspended run is kept, to be taken when the run is
    resumed.

    Args:
        allow: raises when the run, as loaded, must not take this entry.
        also: what else belongs into the same transaction, given the run afterwards.
        offer: the entry is an event, which the run may leave: when it wants the very same again,
            nothing is appended. This comes first in the transaction, with what is appended. To a
            suspended run nothing is offered.

    Returns:
        The run afterwards, suspended where the answer was kept; None when the entry came too late
        and was dropped.

    Raises:
        Busy: the worker queues are full; nothing was written.
        Divergence: the journal does not fit the program; the run is suspended, with the problem
            in the audit log.
    """
    while True:
        loaded = await ports.store.read(lambda tx: load(tx, run_id))
        if allow is not None:
            allow(loaded.run)
        elif loaded.run.phase.ended:
            return None
        if loaded.run.phase is Phase.SUSPENDED:
            if offer is not None:
                return None
            kept = await ports.store.write(
                partial(_keep, run_id=run_id, outside=outside, now=ports.now(), also=also)
            )
            if kept.settled:
                return kept.run
            continue
        entry = _entry(outside, loaded.run.sequence + 1, ports.now())
        try:
            advance = await ports.workers.advance(
                loaded.program, state=loaded.state, journal=loaded.journal, entry=entry
            )
        except Divergence as error:
            suspend = partial(_suspend, loaded.run, outside, str(error), ports.now())
            if await ports.store.write(suspend):
                raise
            continue
        if offer is not None and _left(outside, advance):
            advance = replace(advance, entries=(), state=loaded.state, wanted=())
            progress = Progress(loaded.run, (), loaded.state)
        else:
            progress = _progress(loaded.run, outside, advance)
        try:
            append = partial(_append, progress=progress, also=also, offer=offer)
            await ports.store.write(append)
        except _Overtaken:
            continue
        _nudge(ports, progress, advance)
        return progress.run if advance.entries else None


@dataclass(frozen=True, slots=True)
class _Kept:
    """What became of an answer to a suspended run; not ``settled`` when that is resumed by now."""

    settled: bool
    run: Run | None = None


def _keep(
    tx: Transaction,
    *,
    run_id: str,
    outside: Outside,
    now: Instant,
    also: Callable[[Transaction, Run], None] | None,
) -> _Kept:
    run = tx.runs.get(run_id)
    if run is None or run.phase is not Phase.SUSPENDED:
        return _Kept(settled=False)
    answers = outside.kind is EntryKind.ANSWERED
    key, attempt = outside.effect_key, outside.attempt
    if not (answers and tx.suspensions.keep(run_id, key, attempt, outside.body, now)):
        return _Kept(settled=True)
    if also is not None:
        also(tx, run)
    return _Kept(settled=True, run=run)


def load(tx: Transaction, run_id: str) -> Loaded:
    """Read a run with its program, and its snapshot or journal."""
    run = tx.runs.get(run_id)
    version = tx.versions.get(run.version_id) if run else None
    workflow = tx.workflows.find(run.workflow_id) if run else None
    if run is None or version is None or workflow is None:
        raise AssertionError(f"run {run_id} is stored with its version and workflow")
    state = tx.runs.state(run_id)
    journal = () if state is not None else tuple(tx.runs.journal(run_id))
    program = Program(
        version.id, workflow.id, version.content_hash, version.normalised, workflow.outcome
    )
    return Loaded(run, program, state, journal)


def _append(
    tx: Transaction,
    *,
    progress: Progress,
    also: Callable[[Transaction, Run], None] | None,
    offer: Callable[[Transaction, Progress], None] | None,
) -> None:
    left = not (progress.entries or progress.closed)
    if offer is not None and (left or progress.entries):
        offer(tx, progress)
    if left:
        # Nothing to write, if the run is still the one that did not want the event.
        if tx.runs.get(progress.run.id) != progress.run:
            raise _Overtaken
        return
    if not tx.runs.append(progress):
        raise _Overtaken
    if also is not None and progress.entries:
        also(tx, progress.run)


def _left(outside: Outside, advance: Advance) -> bool:
    """Whether an answer changed nothing: the run wants the same with the next attempt."""
    if advance.end is not None or len(advance.entries) != 2 or len(advance.wanted) != 1:
        return False
    wanted = advance.wanted[0]
    return wanted.key == outside.effect_key and wanted.digest == outside.digest


def _suspend(run: Run, outside: Outside, problem: str, now: Instant, tx: Transaction) -> bool:
    """Stop a run whose journal tells another story than its program: nothing may diverge unseen."""
    suspended = replace(run, phase=Phase.SUSPENDED, ended_at=None)
    if not tx.runs.append(Progress(suspended, (), state=None, closed=_answered(outside))):
        return False
    by = By("turnout", now, problem)
    tx.suspensions.add(Suspension(run.id, run.phase, by.at, by.actor, by.reason, problem))
    record(
        tx,
        "run.suspend",
        run.id,
        by,
        environment_id=run.environment_id,
        before={"phase": run.phase.value},
        after={"phase": suspended.phase.value},
    )
    return True


def _answered(outside: Outside) -> tuple[tuple[str, int], ...]:
    return ((outside.effect_key, outside.attempt),) if outside.effect_key else ()


def _entry(outside: Outside, sequence: int, now: Instant) -> NewEntry:
    return NewEntry(sequence, outside.kind, now, outside.body, outside.effect_key, outside.attempt)


def _progress(run: Run, outside: Outside, advance: Advance) -> Progress:
    answered = _answered(outside)
    if not advance.entries:
        # Too late: the run does not want this any more. Only the open effect goes.
        return Progress(run, (), advance.state, closed=answered)
    end = advance.end
    after = replace(
        run,
        phase=end.phase if end else phase_of(advance),
        outcome=end.outcome if end else None,
        ended_at=advance.entries[-1].at if end else None,
        sequence=advance.entries[-1].sequence,
    )
    return Progress(
        after, advance.entries, advance.state, advance.wanted, (*answered, *advance.withdrawn)
    )


def _nudge(ports: Ports, progress: Progress, advance: Advance) -> None:
    if advance.withdrawn:
        ports.engine.given_up(progress.run.id, {key for key, _ in advance.withdrawn})
    if advance.end is not None:
        ports.engine.ended(progress.run.id)
    elif advance.wanted:
        ports.engine.started(progress.run, advance.wanted)
