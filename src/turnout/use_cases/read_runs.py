"""Runs as people see them, with the reason for their version in a sentence."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from turnout.domain.assignment import Assignment, KeySource
from turnout.domain.run import Run
from turnout.use_cases import find
from turnout.use_cases.advance_run import load as load_run
from turnout.use_cases.caller import Caller
from turnout.use_cases.ports import Page, Ports, RunBodies, RunFilter, Slice, Transaction


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its bodies and its version's number."""

    run: Run
    bodies: RunBodies
    number: int
    handle: str

    @property
    def reason_for_version(self) -> str:
        """Why it runs on its version, as people say it."""
        return reason(self.run.assignment, f"v{self.number}")


async def read_run(ports: Ports, caller: Caller, run_id: str, *, wait: float = 0) -> RunView:
    """One run; with ``wait``, at its end or after that many seconds, whichever comes first.

    Raises:
        NotFound: there is none here.
    """

    def load(tx: Transaction) -> RunView:
        return _views(tx, [find.run(tx, caller, run_id)])[0]

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


async def list_runs(ports: Ports, caller: Caller, filter_: RunFilter, page: Page) -> Slice[RunView]:
    """A page of runs of this environment, newest first."""

    def load(tx: Transaction) -> Slice[RunView]:
        found = tx.runs.list(caller.environment.id, filter_, page)
        return Slice(tuple(_views(tx, found.items)), found.previous, found.next)

    return await ports.store.read(load)


async def read_trace(ports: Ports, caller: Caller, run_id: str) -> bytes:
    """Every task of a run, recomputed from its journal: a JSON array.

    Raises:
        NotFound: there is no such run here.
        Busy: the worker queues are full.
    """

    def load(tx: Transaction) -> str:
        return find.run(tx, caller, run_id).id

    found = await ports.store.read(load)
    loaded = await ports.store.read(lambda tx: (load_run(tx, found), tx.runs.journal(found)))
    run, journal = loaded
    return await ports.workers.trace(run.program, journal)


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


def _views(tx: Transaction, runs: Sequence[Run]) -> list[RunView]:
    bodies = tx.runs.bodies([run.id for run in runs])
    numbers: dict[str, int] = {}
    handles: dict[str, str] = {}
    for run in runs:
        if run.version_id not in numbers:
            numbers[run.version_id] = find.version(tx, run.version_id).number
        if run.workflow_id not in handles:
            handles[run.workflow_id] = find.workflow(tx, run.workflow_id).handle
    return [
        RunView(run, bodies[run.id], numbers[run.version_id], handles[run.workflow_id])
        for run in runs
    ]
