"""The worker pool: the port ``Workers`` on two lanes of worker processes.

A job goes to the fast lane. When it overruns there it is repeated in the slow one (jobs are pure),
and its version skips the fast lane for a while. When it overruns there too, it is tried once more
on a worker that nobody used before; then it is a fault, a problem or a refusal, never an exception
for anybody else.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import structlog

from turnout.domain.assignment import ArmLabel, Assignment, assign
from turnout.domain.errors import Busy, Invalid
from turnout.domain.journal import EntryKind
from turnout.engine import answers, overrun, said
from turnout.engine.accepted import accepted_body
from turnout.engine.job import Job, Overran
from turnout.engine.lane import Lane, Shape
from turnout.engine.limits import Limits, Sizes
from turnout.engine.spares import Spares
from turnout.interpreter.program import REVISION
from turnout.use_cases.workers import Acceptance, Advance, Checked, NewEntry, Offer, Program

_log = structlog.get_logger(__name__)
_CHECKS = "checks/"
"""Begins the group of every check; whose it is follows."""

_READINESS = "readiness"
_ENDING = frozenset(("begin", "advance"))
"""Jobs that may end a run, and so compute its outcome."""

_UNBOUNDED = 1 << 30
_NICE = 5


class WorkerPool:
    """Implements ``turnout.use_cases.workers.Workers``.

    Args:
        limits: what a job may use.
        sizes: how many workers there are and jobs may wait.
    """

    def __init__(self, limits: Limits | None = None, sizes: Sizes | None = None) -> None:
        self._limits = limits or Limits()
        self._sizes = sizes or Sizes()
        self._spares = Spares(self._limits, self._sizes.spares)
        self._fast = Lane(_fast_shape(self._limits, self._sizes), self._spares)
        self._slow = Lane(_slow_shape(self._limits, self._sizes), self._spares)
        self._suspects = overrun.Suspects(self._sizes.suspicion)
        self._convicts = overrun.Suspects(self._sizes.suspicion)

    async def start(self) -> None:
        """Bring the workers up; on the thread that lives as long as the server.

        Raises:
            SpawnFailed: they cannot be started here; says why as far as known.
            OSError: there are no processes or descriptors left.
        """
        await self._spares.first()
        await asyncio.gather(self._fast.start(), self._slow.start())
        self._spares.refill()

    async def close(self) -> None:
        """End and reap every worker; jobs under way are refused as ``Busy``."""
        await asyncio.gather(self._fast.close(), self._slow.close())
        await self._spares.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that take jobs."""
        return [*self._fast.pids, *self._slow.pids]

    # the port

    async def check(
        self,
        text: str,
        *,
        assignment_key: str | None = None,
        outcome: str | None = None,
        group: str = "",
    ) -> Checked:
        """See ``Workers.check``; in the slow lane, because jq allocates while compiling."""
        turns = _CHECKS + group
        try:
            arguments = [text, assignment_key, outcome]
            raw = await self._slowly("check", arguments, (), turns, turns)
        except Overran as overran:
            return overrun.unchecked(text, overran, self._limits)
        return answers.checked(raw)

    async def ready(self) -> None:
        """See ``Workers.ready``; in the lane that triggers need."""
        job = Job("assign", [b"{}", "."], (), _READINESS, self._limits.fast_cpu)
        try:
            await self._fast.run(job, self._sizes.patience)
        except Overran:
            raise Busy("The workers do not get on with their work. Try again shortly.") from None

    async def accept(self, offer: Offer) -> Acceptance:
        """See ``Workers.accept``."""
        programs = (offer.treatment,) if offer.control is None else (offer.treatment, offer.control)
        names = [offer.deployment_id, *(program.version_id for program in programs)]
        admitted = not self._suspected(names)
        if admitted:
            job = self._fast_job("accept", said.offer(offer), programs)
            try:
                key, problems, interpreter, advance = await self._fast.run(job)
            except Overran:
                # Without a key or a choice of arms there is one to blame; else it shows when
                # the parts are done alone.
                if offer.assignment_key is None and offer.control is None:
                    self._suspects.add(offer.treatment.version_id, _now())
            else:
                assignment = _assignment(offer, answers.text(key))
                return _acceptance(offer, assignment, problems, interpreter, advance)
        assignment = _assignment(offer, await self._key(offer, admitted))
        return await self._begin(offer, assignment, admitted)

    async def advance(
        self, program: Program, *, state: bytes | None, journal: Sequence[NewEntry], entry: NewEntry
    ) -> Advance:
        """See ``Workers.advance``."""
        told = [] if state is not None else said.entries(journal)
        arguments = [state, told, said.entry(entry)]
        try:
            raw = await self._run("advance", arguments, program)
        except Overran as overran:
            return await self._settled(program, state, told, entry, overran)
        return answers.advance(raw)

    async def trace(self, program: Program, journal: Sequence[NewEntry]) -> bytes:
        """See ``Workers.trace``.

        Raises:
            Invalid: recomputing it broke a limit.
        """
        try:
            return answers.data(await self._run("trace", [said.entries(journal)], program))
        except Overran as overran:
            told = overrun.detail(overran, self._limits)
            raise Invalid(
                "limit_exceeded", f"The trace cannot be recomputed within the limits. {told}"
            ) from None

    # the parts of an acceptance

    async def _key(self, offer: Offer, admitted: bool) -> str | None:
        """The assignment key alone; one that overruns is as good as none, never an error."""
        if offer.assignment_key is None:
            return None
        arguments = [offer.input, offer.assignment_key]
        name, limits = offer.deployment_id, self._limits
        for lane, cpu in ((self._fast, limits.fast_cpu), (self._slow, limits.assign_cpu)):
            if lane is self._fast and self._suspected((name,)):
                continue
            job = Job("assign", arguments, (), offer.treatment.workflow_id, cpu)
            job.admitted = admitted and lane is self._fast
            patience = None if lane is self._fast else self._patience(name)
            try:
                return answers.text(await lane.run(job, patience))
            except Overran:
                self._suspects.add(name, _now())
        self._convicts.add(name, _now())
        return None

    async def _begin(self, offer: Offer, assignment: Assignment, admitted: bool) -> Acceptance:
        program = _program(offer, assignment)
        try:
            arguments = [offer.run_id, offer.now, offer.input]
            raw = await self._run("begin", arguments, program, admitted)
        except Overran as overran:
            entry = _accepted(offer, program)
            advance = await self._settled(program, None, [], entry, overran)
            return Acceptance(assignment, program.version_id, REVISION, (), advance)
        return _acceptance(offer, assignment, *raw)

    async def _settled(
        self,
        program: Program,
        state: bytes | None,
        journal: list[Any],
        entry: NewEntry,
        overran: Overran,
    ) -> Advance:
        """The end of a run whose advance by ``entry`` overran for good."""
        told = overrun.body(overran, self._limits)
        arguments = [state, journal, said.entry(entry), told]
        job = self._fast_job("settle", arguments, (program,))
        job.admitted = True
        try:
            return answers.advance(await self._fast.run(job))
        except Overran:
            return overrun.faulted(entry, told)

    # lanes

    async def _run(
        self, name: str, arguments: list[Any], program: Program, admitted: bool = False
    ) -> Any:
        """One program's job: fast unless it is suspected, then slow.

        Raises:
            Overran: in the slow lane, twice.
        """
        version = program.version_id
        if not self._suspected((version,)):
            job = self._fast_job(name, arguments, (program,))
            job.admitted = admitted
            try:
                return await self._fast.run(job)
            except Overran as overran:
                _log.info("overran_fast_lane", job=name, version=version, limit=overran.limit)
                self._suspects.add(version, _now())
        group = program.workflow_id
        try:
            return await self._slowly(name, arguments, (program,), version, group)
        except Overran as overran:
            if program.outcome is None or name not in _ENDING:
                raise
            return await self._without_outcome(name, arguments, program, overran)

    async def _without_outcome(
        self, name: str, arguments: list[Any], program: Program, overran: Overran
    ) -> Any:
        """The same job without an outcome: its expression may judge a run, never fail it.

        Raises:
            Overran: ``overran``; it was not the outcome's fault.
        """
        plain = (replace(program, outcome=None),)
        job = Job(name, arguments, plain, program.workflow_id, self._limits.plain_cpu)
        job.admitted = True
        try:
            return await self._slow.run(job)
        except Overran:
            raise overran from None

    async def _slowly(
        self,
        name: str,
        arguments: list[Any],
        programs: tuple[Program, ...],
        suspect: str,
        group: str,
    ) -> Any:
        cpu = self._limits.slow_cpu
        try:
            job = Job(name, arguments, programs, group, cpu)
            return await self._slow.run(job, self._patience(suspect))
        except Overran:
            job = Job(name, arguments, programs, group, cpu, fresh=True, admitted=True)
        try:
            return await self._slow.run(job)
        except Overran as overran:
            _log.warning("overran", job=name, version=suspect, limit=overran.limit)
            self._convicts.add(suspect, _now())
            raise

    def _fast_job(self, name: str, arguments: list[Any], programs: tuple[Program, ...]) -> Job:
        return Job(name, arguments, programs, programs[0].workflow_id, self._limits.fast_cpu)

    def _suspected(self, names: Sequence[str]) -> bool:
        now = _now()
        return any(self._suspects.holds(name, now) for name in names)

    def _patience(self, suspect: str) -> float:
        # The text of a draft changes, so the next one is not judged by the last.
        judged = not suspect.startswith(_CHECKS)
        convicted = judged and self._convicts.holds(suspect, _now())
        return self._sizes.short_patience if convicted else self._sizes.patience


def _acceptance(
    offer: Offer, assignment: Assignment, problems: Any, interpreter: Any, advance: Any
) -> Acceptance:
    return Acceptance(
        assignment,
        _program(offer, assignment).version_id,
        answers.number(interpreter),
        answers.problems(problems),
        None if advance is None else answers.advance(advance),
    )


def _accepted(offer: Offer, program: Program) -> NewEntry:
    """The first entry of the offer's run; its input is spliced in unread."""
    head = orjson.dumps(accepted_body(None, offer.run_id, program.content_hash))
    body = head.replace(b'"input":null', b'"input":' + offer.input, 1)
    return NewEntry(0, EntryKind.ACCEPTED, offer.now, body)


def _assignment(offer: Offer, key: str | None) -> Assignment:
    return assign(
        key=key,
        run_id=offer.run_id,
        salt=offer.salt,
        basis_points=offer.basis_points,
        deployment_id=offer.deployment_id,
    )


def _program(offer: Offer, assignment: Assignment) -> Program:
    """The program of the arm that the run goes to."""
    if offer.control is None or assignment.arm is not ArmLabel.CONTROL:
        return offer.treatment
    return offer.control


def _now() -> float:
    return asyncio.get_running_loop().time()


def _fast_shape(limits: Limits, sizes: Sizes) -> Shape:
    return Shape(
        workers=sizes.fast,
        depth=sizes.pipeline,
        queue=sizes.fast_queue,
        group_queue=_UNBOUNDED,
        group_running=_UNBOUNDED,
        wall=limits.fast_wall,
        nice=0,
        sheds=True,
    )


def _slow_shape(limits: Limits, sizes: Sizes) -> Shape:
    return Shape(
        workers=sizes.slow,
        depth=1,
        queue=sizes.slow_queue,
        group_queue=sizes.slow_per_group,
        group_running=1,
        wall=limits.slow_wall,
        nice=_NICE,
        # Nobody's hostile runs may keep authors from saving drafts.
        preferred=_CHECKS,
    )
