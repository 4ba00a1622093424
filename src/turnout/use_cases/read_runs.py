"""Runs as people see them, with the reason for their version in a sentence."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from turnout.domain.assignment import Assignment, KeySource
from turnout.domain.errors import Conflict
from turnout.domain.run import Phase, Run
from turnout.domain.suspension import Suspension
from turnout.interpreter.fold import Divergence
from turnout.use_cases import find
from turnout.use_cases.advance_run import load as load_run
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, RunBodies, RunFilter, Slice, Transaction

MAX_PAGE_BYTES = 8 * 1024 * 1024
"""Bytes of input, output and error on one page of runs; a page ends before it would have more."""

_AT_ONCE = 5
"""Runs whose bodies are loaded together, so that little is loaded beyond a page's end."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its bodies (None where they were not asked for) and its version's number."""

    run: Run
    bodies: RunBodies | None
    number: int
    handle: str
    suspension: Suspension | None = None


async def read_run(ports: Ports, caller: Caller, run_id: str, *, wait: float = 0) -> RunView:
    """One run; with ``wait``, at its end or after that many seconds, whichever comes first.

    Raises:
        NotFound: there is none here.
    """

    def load(tx: Transaction) -> RunView:
        run = find.run(tx, caller, run_id)
        return _views(tx, [run], tx.runs.bodies([run.id]))[0]

    if wait <= 0:
        return await ports.store.read(load)
    # Listen before looking: a run that ends in between would be missed otherwise.
    with ports.engine.ending(run_id) as ended:
        view = await ports.store.read(load)
        if view.run.phase.ended:
            return view
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await ended.wait()
    return await ports.store.read(load)


async def list_runs(
    ports: Ports, caller: Caller, filter_: RunFilter, page: Page, *, bodies: bool = True
) -> Slice[RunView]:
    """A page of runs of this environment, newest first.

    Args:
        bodies: whether they are wanted. Then a page ends early, after one run or more, where it
            would have more than ``MAX_PAGE_BYTES`` of them.
    """

    def load(tx: Transaction) -> Slice[RunView]:
        found = tx.runs.list(caller.environment.id, filter_, page)
        if not bodies:
            return Slice(tuple(_views(tx, found.items, {})), found.previous, found.next)
        backwards = page.before is not None
        runs, loaded = _that_fit(tx, found.items[::-1] if backwards else found.items)
        cut = len(runs) < len(found.items)
        views = tuple(_views(tx, runs[::-1] if backwards else runs, loaded))
        return Slice(views, found.previous or (cut and backwards), found.next or cut)

    return await ports.store.read(load)


def _that_fit(tx: Transaction, runs: Sequence[Run]) -> tuple[Sequence[Run], dict[str, RunBodies]]:
    """The first runs whose bodies fit a page, at least one, with these bodies."""
    loaded: dict[str, RunBodies] = {}
    size = 0
    for place, run in enumerate(runs):
        if run.id not in loaded:
            loaded |= tx.runs.bodies([each.id for each in runs[place : place + _AT_ONCE]])
        found = loaded[run.id]
        size += sum(len(each or b"") for each in (found.input, found.output, found.error))
        if place and size > MAX_PAGE_BYTES:
            return runs[:place], loaded
    return runs, loaded


async def read_trace(ports: Ports, caller: Caller, run_id: str) -> bytes:
    """Every task of a run, recomputed from its journal: a JSON array.

    Raises:
        NotFound: there is no such run here.
        Conflict: its journal does not fit its definition.
        Invalid: recomputing it breaks a limit.
        Busy: the worker queues are full.
    """

    def load(tx: Transaction) -> str:
        return find.run(tx, caller, run_id).id

    found = await ports.store.read(load)
    loaded = await ports.store.read(lambda tx: (load_run(tx, found), tx.runs.journal(found)))
    run, journal = loaded
    try:
        return await ports.workers.trace(run.program, journal)
    except Divergence as error:
        raise diverged(error) from error


def diverged(error: Divergence) -> Conflict:
    """The refusal for a run that cannot be replayed."""
    return Conflict(
        "run_diverged",
        "The journal of this run does not fit its definition, so it cannot be replayed; run its "
        f"input again as a new run (rerun). {error}",
    )


def reason(assignment: Assignment, label: str) -> str:
    """The sentence: ``v8 because key C-123 has bucket 1,734, below 2,500 (25 %)``."""
    if assignment.bucket is None:
        return f"{label} because it was live alone"
    whose = "run id" if assignment.key_source is KeySource.RUN_ID else "key"
    points = assignment.basis_points
    side = "below" if assignment.bucket < points else "not below"
    return (
        f"{label} because {whose} {assignment.key} has bucket {assignment.bucket:,}, "
        f"{side} {points:,} ({points / 100:g} %)"
    )


def _views(tx: Transaction, runs: Sequence[Run], bodies: Mapping[str, RunBodies]) -> list[RunView]:
    numbers: dict[str, int] = {}
    handles: dict[str, str] = {}
    for run in runs:
        if run.version_id not in numbers:
            numbers[run.version_id] = find.version(tx, run.version_id).number
        if run.workflow_id not in handles:
            handles[run.workflow_id] = find.workflow(tx, run.workflow_id).handle
    held = tx.suspensions.of([run.id for run in runs if run.phase is Phase.SUSPENDED])
    return [
        RunView(
            run,
            bodies.get(run.id),
            numbers[run.version_id],
            handles[run.workflow_id],
            held.get(run.id),
        )
        for run in runs
    ]
