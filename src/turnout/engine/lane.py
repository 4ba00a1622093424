"""One lane of the pool: its workers, and the jobs that wait for one of them."""

import asyncio
from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Any

from turnout.domain.errors import Busy
from turnout.engine.job import Job, Overran
from turnout.engine.process import WorkerProcess
from turnout.engine.spares import Spares


@dataclass(frozen=True, slots=True)
class Shape:
    """What makes one lane differ from another.

    Attributes:
        workers: how many.
        depth: jobs that one worker may have been sent, the running one included.
        queue: jobs that may wait.
        group_queue: jobs of one group that may wait.
        group_running: jobs of one group that may run at a time.
        wall: seconds a job may take from when its worker starts it.
        grace: seconds it may take on top of its processor time, as far as ``wall`` reaches;
            None: up to ``wall`` in any case.
        nice: how far its workers step back for others, 0 … 19.
        preferred: how groups begin whose jobs go first, one of them all at a time; ``""`` for
            none. More of them run when it is their turn.
        sheds: whether jobs that wait are given up with the first of their group that overran.
    """

    workers: int
    depth: int
    queue: int
    group_queue: int
    group_running: int
    wall: float
    nice: int
    grace: float | None = None
    preferred: str = ""
    sheds: bool = False


class Lane:
    """Runs jobs on its own workers, first come first served, in turns between groups."""

    def __init__(self, shape: Shape, spares: Spares) -> None:
        self._shape = shape
        self._spares = spares
        self._workers: list[WorkerProcess] = []
        self._queue: OrderedDict[Job, None] = OrderedDict()
        self._waiting: Counter[str] = Counter()
        self._running: Counter[str] = Counter()
        self._replacing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self) -> None:
        """Bring its workers up."""
        await asyncio.gather(*(self._add() for _ in range(self._shape.workers)))

    async def close(self) -> None:
        """End its workers; whoever still waits is told that it is busy."""
        self._closed = True
        for task in self._replacing:
            task.cancel()
        await asyncio.gather(*self._replacing, return_exceptions=True)
        for worker in self._workers:
            worker.kill("crash")
        await asyncio.gather(*(worker.gone() for worker in self._workers))
        for job in self._queue:
            job.fail(Busy("Turnout is shutting down."))

    @property
    def pids(self) -> list[int]:
        """Process ids of its workers."""
        return [worker.pid for worker in self._workers]

    async def run(self, job: Job, until: float | None = None) -> Any:
        """Give the job's answer.

        Args:
            job: a new one.
            until: how long it may wait for a worker, by the loop's clock; None: as it takes.

        Raises:
            Busy: too many wait already, or it waited too long.
            Overran: it broke a limit.
            Divergence: the journal it was given does not fit its program.
        """
        if not job.admitted:
            self._admit(job)
        loop = asyncio.get_running_loop()
        job.future = loop.create_future()
        self._enqueue(job)
        self._queue.move_to_end(job, last=not job.admitted)
        timer = None
        try:
            self._dispatch()
            if until is not None and job in self._queue:
                timer = loop.call_at(until, self._give_up, job)
            return await job.future
        finally:
            # Cancelled while waiting: nobody wants it any more.
            self._dequeue(job)
            if timer is not None:
                timer.cancel()

    def pass_on(self, done: Job, to: "Lane") -> None:
        """Let what waits here and is like ``done`` go on in another lane."""
        for job in [job for job in self._queue if _alike(job, done)]:
            self._dequeue(job)
            to._enqueue(job)
        to._dispatch()

    # as the owner of its workers

    def answered(self, job: Job) -> None:
        """A worker is done with ``job`` and can take another."""
        self._release(job)
        self._dispatch()

    def lost(self, worker: WorkerProcess, blamed: Job | None, left: list[Job]) -> None:
        """A worker is gone: send what it had not begun to another, and replace it."""
        if blamed is not None:
            self._release(blamed)
        for job in reversed(left):
            self._release(job)
            if not job.future.done():
                self._enqueue(job)
                self._queue.move_to_end(job, last=False)
        if self._closed:
            return
        if blamed is not None and self._shape.sheds and _used_up(blamed):
            self._shed(blamed)
        self._workers.remove(worker)
        task = asyncio.get_running_loop().create_task(self._add())
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    # the queue

    def _admit(self, job: Job) -> None:
        if self._closed:
            raise Busy("Turnout is shutting down.")
        if len(self._queue) >= self._shape.queue:
            raise Busy("Too many runs wait for a worker. Try again shortly.")
        if self._waiting[job.group] >= self._shape.group_queue:
            raise Busy(
                "Too many runs of this workflow wait: its expressions take long."
                " Try again shortly.",
                retry_after=5,
            )

    def _enqueue(self, job: Job) -> None:
        self._queue[job] = None
        self._waiting[job.group] += 1

    def _dequeue(self, job: Job) -> None:
        if job in self._queue:
            del self._queue[job]
            self._count_down(self._waiting, job.group)

    def _give_up(self, job: Job) -> None:
        if job in self._queue:
            self._dequeue(job)
            job.fail(
                Busy(
                    "The workers for runs that take long, and for first runs of a version, are"
                    " busy. Try again shortly.",
                    retry_after=5,
                )
            )

    def _release(self, job: Job) -> None:
        self._count_down(self._running, job.group)

    @staticmethod
    def _count_down(counter: Counter[str], group: str) -> None:
        counter[group] -= 1
        if counter[group] <= 0:
            del counter[group]

    def _shed(self, blamed: Job) -> None:
        """Let what overran's siblings overrun unrun: each would cost another worker."""
        for job in [job for job in self._queue if _alike(job, blamed)]:
            self._dequeue(job)
            job.fail(Overran("cpu"))

    # who gets what

    def _dispatch(self) -> None:
        while self._queue:
            worker = self._idlest()
            if worker is None:
                return
            job = self._next()
            if job is None:
                return
            if job.fresh and worker.served:
                # Nobody else's leftovers may be to blame: it gets a new one, idle as this one is.
                if not self._one_coming():
                    worker.kill("retire")
                return
            self._dequeue(job)
            self._running[job.group] += 1
            self._take_turns(job.group)
            if self._shape.grace is not None:
                worker.adopt(self, wall=self._wall(job), nice=0)
            worker.send(job)

    def _one_coming(self) -> bool:
        return bool(self._replacing) or not all(worker.alive for worker in self._workers)

    def _wall(self, job: Job) -> float:
        if self._shape.grace is None:
            return self._shape.wall
        return min(self._shape.wall, job.cpu + self._shape.grace)

    def _idlest(self) -> WorkerProcess | None:
        """The worker with the least to do, unused ones first; None when all are full."""
        best, least = None, (self._shape.depth, 0)
        for worker in self._workers:
            load = (len(worker.inflight), worker.served)
            if worker.alive and load < least:
                best, least = worker, load
        return best

    def _next(self) -> Job | None:
        most, first = self._shape.group_running, self._shape.preferred
        if first and not any(group.startswith(first) for group in self._running):
            job = next((job for job in self._queue if job.group.startswith(first)), None)
            if job is not None:
                return job
        return next((job for job in self._queue if self._running[job.group] < most), None)

    def _take_turns(self, group: str) -> None:
        """Let the other groups go first next time."""
        if self._shape.group_running == 1 and self._waiting[group]:
            for job in [job for job in self._queue if job.group == group]:
                self._queue.move_to_end(job)

    async def _add(self) -> None:
        worker = await self._spares.take()
        worker.adopt(self, wall=self._shape.wall, nice=self._shape.nice)
        self._workers.append(worker)
        self._dispatch()


def _alike(job: Job, other: Job) -> bool:
    """Whether two jobs do the same for the same versions."""
    return (
        job.group == other.group
        and job.name == other.name
        and [p.version_id for p in job.programs] == [p.version_id for p in other.programs]
    )


def _used_up(job: Job) -> bool:
    """Whether it spent its processor time, and was not killed for something else."""
    if job.future.cancelled():
        return False
    error = job.future.exception()
    return isinstance(error, Overran) and error.limit == "cpu"
