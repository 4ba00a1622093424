"""The server's side of one worker process: spawn it, talk to it, end it."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any, Protocol, cast

import turnout
from turnout.engine.frames import BadFrame, Splitter, pack
from turnout.engine.job import Failed, Job, Overran
from turnout.engine.limits import Limits
from turnout.interpreter.fold import Divergence
from turnout.use_cases.workers import Program

_BOOT = (
    "import sys; sys.path.insert(0, sys.argv.pop(1));"
    "from turnout.engine import worker; worker.main()"
)
_HOME = str(Path(turnout.__file__).parent.parent)
_SPAWN_SECONDS = 20.0
_KNOWN = 10_000

_DEATHS: dict[int, str] = {
    signal.SIGPROF: "cpu",
    signal.SIGXCPU: "cpu",
    # jq aborts when it gets no memory.
    signal.SIGABRT: "memory",
    signal.SIGKILL: "memory",
}
"""What a worker that died without our doing broke."""


class SpawnFailed(Exception):
    """A worker process did not come up; says why as far as known."""


class Owner(Protocol):
    """Whoever sends jobs to a worker."""

    def answered(self, job: Job) -> None:
        """A worker is done with ``job`` and can take another."""

    def lost(self, worker: "WorkerProcess", blamed: Job | None, left: list[Job]) -> None:
        """A worker is gone: ``blamed`` was running, ``left`` never started and may go elsewhere."""


class WorkerProcess(asyncio.Protocol):
    """One worker process; ``spawn`` makes one.

    Attributes:
        inflight: jobs sent and not answered, oldest first: that one is running.
        served: how many jobs it was ever sent.
        alive: whether it may be sent jobs.
    """

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        self.inflight: deque[Job] = deque()
        self.served = 0
        self.alive = True
        self._process = process
        self._splitter = Splitter(limits.frame)
        self._loop = asyncio.get_running_loop()
        self._ready: asyncio.Future[None] = self._loop.create_future()
        self._gone: asyncio.Future[None] = self._loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._outgoing: list[bytes] = []
        self._owner: Owner | None = None
        self._known: set[tuple[str, str | None]] = set()
        self._wall = limits.slow_wall
        self._since = 0.0
        self._watch: asyncio.TimerHandle | None = None
        self._verdict: str | None = None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def adopt(self, owner: Owner, *, wall: float, nice: int) -> None:
        """Put it to work for ``owner``: seconds per job, and how far it steps back for others."""
        self._owner, self._wall = owner, wall
        if nice:
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self.pid, nice)

    def send(self, job: Job) -> None:
        """Hand it a job; the answer goes to the job's future."""
        programs = [
            (p.content_hash, p.outcome, None if self._has(p) else p.normalised)
            for p in job.programs
        ]
        try:
            data = pack([job.name, job.cpu, [programs, *job.arguments]])
        except BadFrame as error:
            job.fail(Failed(str(error)))
            return
        if not self.inflight:
            self._start_clock()
        self.served += 1
        self.inflight.append(job)
        # Jobs of one turn of the loop go out together: each write may wake the worker up.
        if not self._outgoing:
            self._loop.call_soon(self._flush)
        self._outgoing.append(data)

    def kill(self, verdict: str | None = None) -> None:
        """End it at once; its running job, if any, overran ``verdict``."""
        self._verdict = self._verdict or verdict
        self.alive = False
        if self._process.returncode is None:
            self._process.kill()

    async def until_ready(self) -> None:
        """Wait until it takes jobs.

        Raises:
            SpawnFailed: it did not come up.
        """
        try:
            async with asyncio.timeout(_SPAWN_SECONDS):
                await self._ready
        except TimeoutError:
            raise SpawnFailed(f"it was not ready within {_SPAWN_SECONDS:g} s") from None

    async def gone(self) -> None:
        """Wait until the process is over and reaped."""
        await asyncio.shield(self._gone)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        # uvloop's transport is one without being a subclass.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """It said something."""
        try:
            for message in self._splitter.feed(data):
                status, payload = message
                self._take(str(status), payload)
        except (BadFrame, ValueError, TypeError, IndexError):
            # It talks nonsense: something inside took it over, or its memory is broken.
            self.kill("crash")

    def connection_lost(self, exc: Exception | None) -> None:
        """It closed its end, which only its end does."""
        self._loop.create_task(self._bury())

    # what it says

    def _take(self, status: str, payload: Any) -> None:
        if not self._ready.done():
            self._come_up(status, payload)
        elif status == "note":
            self.inflight[0].note = str(payload)[:500]
        elif status == "retire":
            self.kill("retire")
        elif self._verdict is None:
            self._answer(status, payload)

    def _come_up(self, status: str, payload: Any) -> None:
        if status == "ready":
            self._ready.set_result(None)
        else:
            self._ready.set_exception(SpawnFailed(str(payload)[:2000]))
            self.kill("crash")

    def _answer(self, status: str, payload: Any) -> None:
        job = self.inflight.popleft()
        self._since = self._loop.time()
        if status == "done":
            if not job.future.done():
                job.future.set_result(payload)
        elif status == "missing" and not job.repeated:
            job.repeated = True
            self._known.difference_update((p.content_hash, p.outcome) for p in job.programs)
            self.send(job)
            return
        elif status == "overran":
            job.fail(Overran(str(payload), job.note))
            # What else broke in it is unknown.
            self.kill("retire")
        elif status == "diverged":
            job.fail(Divergence(str(payload)[:2000]))
        else:
            job.fail(Failed(str(payload)[:2000]))
        if self._owner is not None:
            self._owner.answered(job)

    def _flush(self) -> None:
        if self._transport is not None:
            self._transport.write(b"".join(self._outgoing))
        self._outgoing.clear()

    # the clock: one timer per busy worker, not one per job

    def _start_clock(self) -> None:
        self._since = self._loop.time()
        if self._watch is None:
            self._watch = self._loop.call_later(self._wall, self._look)

    def _look(self) -> None:
        self._watch = None
        if not self.inflight:
            return
        left = self._since + self._wall - self._loop.time()
        if left <= 0:
            self.kill("wall")
        else:
            self._watch = self._loop.call_later(left, self._look)

    # its end

    async def _bury(self) -> None:
        self.alive = False
        self._process.kill()
        code = await self._loop.run_in_executor(None, self._process.wait)
        if self._watch is not None:
            self._watch.cancel()
        if not self._ready.done():
            self._ready.set_exception(SpawnFailed(f"it exited with {code}"))
        verdict = self._verdict or _DEATHS.get(-code, "crash")
        blamed = None
        if self.inflight and verdict != "retire":
            blamed = self.inflight.popleft()
            blamed.fail(Overran(verdict, blamed.note))
        left = list(self.inflight)
        self.inflight.clear()
        self._gone.set_result(None)
        if self._owner is not None:
            self._owner.lost(self, blamed, left)

    def _has(self, program: Program) -> bool:
        key = (program.content_hash, program.outcome)
        if key in self._known:
            return True
        if len(self._known) > _KNOWN:
            self._known.clear()
        self._known.add(key)
        return False


async def spawn(limits: Limits) -> WorkerProcess:
    """Start a worker process and wait until it takes jobs.

    Must be called on the thread that lives as long as the server: the kernel ends a worker with
    the thread that spawned it.

    Raises:
        SpawnFailed: it did not come up.
        OSError: there are no processes or descriptors left.
    """
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with theirs:
        process = _start(_command(limits), theirs.fileno())
    worker = WorkerProcess(process, limits)
    await asyncio.get_running_loop().create_connection(lambda: worker, sock=ours)
    try:
        await worker.until_ready()
    except BaseException:
        worker.kill("crash")
        await worker.gone()
        raise
    return worker


def _command(limits: Limits) -> list[str]:
    run = limits.run
    bounds = (run.steps, run.output, run.entries, run.journal)
    numbers = (os.getpid(), limits.memory, limits.frame, limits.compile_cpu, *bounds)
    return [sys.executable, "-I", "-c", _BOOT, _HOME, *map(str, numbers)]


def _start(command: list[str], connection: int) -> subprocess.Popen[bytes]:
    # Blocks for a millisecond: it does not copy this process, and a thread would end too soon.
    return subprocess.Popen(
        command,
        stdin=connection,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        close_fds=True,
        start_new_session=True,
    )
