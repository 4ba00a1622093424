"""The worker pool: the port ``Workers`` on two lanes of worker processes.

A job goes to the fast lane, or to the trial lane as long as its version never finished one: what
overruns kills its worker, and so many new versions would leave none to the proven ones. When it
overruns there it is repeated in the slow one (jobs are pure), on a worker that nobody used before,
and its version skips both for a while. What begins in the slow lane and overruns is repeated on
such a worker, too. Then it is a fault, a problem or a refusal, never an exception for anybody else.

All tries and waits of a call together stay below five seconds: the waits are bounded by
``Sizes.patience`` and ``repeat_patience``, the tries by their wall limits, of which only one is
long (docs/decisions/0024-trial-lane.md).
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
from turnout.engine import answers, overrun, said, shapes
from turnout.engine.accepted import accepted_body
from turnout.engine.job import Job, Overran
from turnout.engine.lane import Lane
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

_TIME = frozenset(("cpu", "wall"))


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
        self._fast = Lane(shapes.fast(self._limits, self._sizes), self._spares)
        self._trial = Lane(shapes.trial(self._limits, self._sizes), self._spares)
        self._slow = Lane(shapes.slow(self._limits, self._sizes, _CHECKS), self._spares)
        self._lanes = (self._fast, self._trial, self._slow)
        self._suspects = overrun.Suspects(self._sizes.suspicion)
        self._proven = overrun.Proven()

    async def start(self) -> None:
        """Bring the workers up; on the thread that lives as long as the server.

        Raises:
            SpawnFailed: they cannot be started here; says why as far as known.
            OSError: there are no processes or descriptors left.
        """
        await self._spares.first()
        await asyncio.gather(*(lane.start() for lane in self._lanes))
        self._spares.refill()

    async def close(self) -> None:
        """End and reap every worker; jobs under way are refused as ``Busy``."""
        await asyncio.gather(*(lane.close() for lane in self._lanes))
        await self._spares.close()

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that take jobs."""
        return [pid for lane in self._lanes for pid in lane.pids]

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
            until = _now() + self._sizes.check_patience
            raw = await self._slowly("check", arguments, (), turns, until)
        except Overran as overran:
            return overrun.unchecked(text, overran, self._limits)
        return answers.checked(raw)

    async def ready(self) -> None:
        """See ``Workers.ready``; in the lane that triggers need."""
        job = Job("assign", [b"{}", "."], (), _READINESS, self._limits.fast_cpu)
        try:
            await self._fast.run(job, _now() + self._sizes.readiness)
        except Overran:
            raise Busy("The workers do not get on with their work. Try again shortly.") from None

    async def accept(self, offer: Offer) -> Acceptance:
        """See ``Workers.accept``."""
        until = self._until()
        programs = (offer.treatment,) if offer.control is None else (offer.treatment, offer.control)
        names = [program.version_id for program in programs]
        if offer.assignment_key is not None:
            names.append(offer.deployment_id)
        admitted = tried = False
        # Of two arms only the unproven one is to be tried, so they are told apart first.
        whole = offer.control is None or self._proven.holds(names)
        if whole and not self._suspected(names):
            job = self._fast_job("accept", said.offer(offer), programs)
            try:
                key, problems, interpreter, advance = await self._quickly(job, names, until)
            except Overran:
                # Without a key or a choice of arms there is one to blame; else it shows when
                # the parts are done alone.
                admitted = True
                if offer.assignment_key is None and offer.control is None:
                    self._suspect(offer.treatment.version_id)
                    tried = True
            else:
                assignment = _assignment(offer, answers.text(key))
                return _acceptance(offer, assignment, problems, interpreter, advance)
        assignment = _assignment(offer, await self._key(offer, admitted, until))
        return await self._begin(offer, assignment, until, admitted=admitted, tried=tried)

    async def advance(
        self, program: Program, *, state: bytes | None, journal: Sequence[NewEntry], entry: NewEntry
    ) -> Advance:
        """See ``Workers.advance``."""
        told = [] if state is not None else said.entries(journal)
        arguments = [state, told, said.entry(entry)]
        try:
            raw = await self._run("advance", arguments, program, self._until())
        except Overran as overran:
            return await self._settled(program, state, told, entry, overran)
        return answers.advance(raw)

    async def trace(self, program: Program, journal: Sequence[NewEntry]) -> bytes:
        """See ``Workers.trace``.

        Raises:
            Invalid: recomputing it broke a limit.
        """
        try:
            arguments = [said.entries(journal)]
            return answers.data(await self._run("trace", arguments, program, self._until()))
        except Overran as overran:
            told = overrun.detail(overran, self._limits)
            raise Invalid(
                "limit_exceeded", f"The trace cannot be recomputed within the limits. {told}"
            ) from None

    # the parts of an acceptance

    async def _key(self, offer: Offer, admitted: bool, until: float) -> str | None:
        """The assignment key alone; one that overruns is as good as none, never an error."""
        if offer.assignment_key is None:
            return None
        arguments = [offer.input, offer.assignment_key]
        name, group, limits = offer.deployment_id, offer.treatment.workflow_id, self._limits
        if not self._suspected((name,)):
            job = Job("assign", arguments, (), group, limits.fast_cpu, admitted=admitted)
            try:
                return answers.text(await self._quickly(job, (name,), until))
            except Overran:
                self._suspect(name)
        job = Job("assign", arguments, (), group, limits.assign_cpu)
        try:
            return answers.text(await self._slow.run(job, until))
        except Overran:
            self._suspect(name)
        return None

    async def _begin(
        self, offer: Offer, assignment: Assignment, until: float, *, admitted: bool, tried: bool
    ) -> Acceptance:
        program = _program(offer, assignment)
        try:
            arguments = [offer.run_id, offer.now, offer.input]
            raw = await self._run(
                "begin", arguments, program, until, admitted=admitted, tried=tried
            )
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
            # Even compiling it may kill a worker.
            return answers.advance(await self._trial.run(job))
        except Overran:
            return overrun.faulted(entry, told)

    # lanes

    async def _quickly(self, job: Job, names: Sequence[str], until: float) -> Any:
        """A job in the fast lane if all that it runs is proven, else in the trial lane.

        Raises:
            Overran: there.
        """
        if self._proven.holds(names):
            return await self._fast.run(job)
        answer = await self._trial.run(job, until)
        self._proven.add(names)
        self._trial.pass_on(job, self._fast)
        return answer

    async def _run(
        self,
        name: str,
        arguments: list[Any],
        program: Program,
        until: float,
        *,
        admitted: bool = False,
        tried: bool = False,
    ) -> Any:
        """One program's job: fast unless it is suspected, then slow.

        Args:
            until: how long it may wait, by the loop's clock.
            admitted: whether the call was let in with another job.
            tried: whether that one overran, and this program was to blame.

        Raises:
            Overran: in the slow lane, twice.
        """
        version = program.version_id
        if not tried and not self._suspected((version,)):
            tried = True
            job = self._fast_job(name, arguments, (program,))
            job.admitted = admitted
            try:
                return await self._quickly(job, (version,), until)
            except Overran as overran:
                _log.info("overran_fast_lane", job=name, version=version, limit=overran.limit)
                self._suspect(version)
        group = program.workflow_id
        try:
            return await self._slowly(name, arguments, (program,), group, until, tried)
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
        group: str,
        until: float,
        tried: bool = False,
    ) -> Any:
        """A job in the slow lane, where the last try is always that of a fresh worker.

        It shows that no leftovers were to blame. A job is deterministic: what used up the long
        limit does so again, so a second try there gets little more than what was left of it.

        Args:
            tried: whether it overran before in this call, so that this is the repeat.

        Raises:
            Overran: there, too; tells of the try whose limits are those that count.
        """
        limits, begun = self._limits, _now()
        job = Job(name, arguments, programs, group, limits.slow_cpu, fresh=tried)
        try:
            return await self._slow.run(job, until)
        except Overran as overran:
            first = overran
        if tried and first.limit in _TIME:
            _log.warning("overran", job=name, group=group, limits=[first.limit])
            raise first
        left = max(limits.repeat_cpu, limits.slow_cpu - (_now() - begun))
        job = Job(name, arguments, programs, group, left, fresh=True, admitted=True)
        try:
            return await self._slow.run(job, _now() + self._sizes.repeat_patience)
        except Overran as overran:
            _log.warning("overran", job=name, group=group, limits=[first.limit, overran.limit])
            raise first from None

    def _fast_job(self, name: str, arguments: list[Any], programs: tuple[Program, ...]) -> Job:
        return Job(name, arguments, programs, programs[0].workflow_id, self._limits.fast_cpu)

    def _suspected(self, names: Sequence[str]) -> bool:
        now = _now()
        return any(self._suspects.holds(name, now) for name in names)

    def _suspect(self, name: str) -> None:
        self._suspects.add(name, _now())
        self._proven.discard(name)

    def _until(self) -> float:
        return _now() + self._sizes.patience


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
