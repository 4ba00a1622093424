"""Worker processes: what they hold, how they start and how they end."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engine.conftest import Bench, StartBench, setting
from turnout.engine.limits import Limits
from turnout.engine.process import spawn

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and pidfd")

_SERVER = """
import asyncio
from tests.engine.conftest import ENDLESS, Bench, setting
from turnout.engine.limits import Limits
from turnout.engine.pool import WorkerPool

async def main():
    pool = WorkerPool(Limits(fast_cpu=60, fast_wall=60))
    await pool.start()
    bench = Bench(pool)
    program = await bench.program(setting(f"if .spin then {ENDLESS} else 1 end"))
    # One that never finished a job would be tried on one worker alone.
    await pool.accept(bench.offer(program))
    offer = bench.offer(program, input=b'{"spin": true}')
    jobs = [asyncio.ensure_future(pool.accept(offer)) for _ in range(2)]
    print(*pool.pids, flush=True)
    await asyncio.wait(jobs)

asyncio.run(main())
"""


def _ticks(pid: int) -> int:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _wait_until_two_spin(pids: list[int], pidfds: list[int]) -> None:
    begun = {pid: _ticks(pid) for pid in pids}
    give_up = time.monotonic() + 20
    while sum(_ticks(pid) > begun[pid] + 20 for pid in pids) < 2:
        assert time.monotonic() < give_up
        # Nothing tells that processor time was used; but that a worker ended would end the wait.
        ended, _, _ = select.select(pidfds, [], [], 0.02)
        assert not ended, "a worker ended while it should spin"


def _wait_for_end(pidfds: list[int]) -> None:
    left = set(pidfds)
    while left:
        ended, _, _ = select.select(list(left), [], [], 20)
        assert ended, "a worker outlived its server"
        left -= set(ended)


@linux
def test_workers_die_with_a_killed_server_even_while_they_spin() -> None:
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=Path(__file__).parents[2],
    )
    with server:
        assert server.stdout is not None
        pids = [int(pid) for pid in server.stdout.readline().split()]
        assert len(pids) == 5
        pidfds = [os.pidfd_open(pid) for pid in pids]
        _wait_until_two_spin(pids, pidfds)
        server.kill()
    try:
        _wait_for_end(pidfds)
    finally:
        for pidfd in pidfds:
            os.close(pidfd)


@linux
async def test_closing_the_pool_leaves_no_process(start_bench: StartBench) -> None:
    bench = await start_bench()
    pidfds = [os.pidfd_open(pid) for pid in bench.pool.pids]
    await bench.pool.close()
    try:
        _wait_for_end(pidfds)
    finally:
        for pidfd in pidfds:
            os.close(pidfd)


@linux
async def test_a_worker_has_an_empty_environment_and_no_descriptor_of_ours(
    bench: Bench,
) -> None:
    secret = os.open("/etc/hostname", os.O_RDONLY)
    os.set_inheritable(secret, True)
    worker = await spawn(Limits())
    try:
        proc = Path(f"/proc/{worker.pid}")
        assert (proc / "environ").read_bytes() == b""
        targets = sorted({os.readlink(fd).partition(":")[0] for fd in (proc / "fd").iterdir()})
        assert targets == ["/dev/null", "socket"]
        limits = (proc / "limits").read_text()
        assert "Max core file size        0" in limits
        assert "Max file size             0" in limits
    finally:
        os.close(secret)
        worker.kill()
        await worker.gone()


def test_a_worker_loads_neither_web_nor_database_nor_logging() -> None:
    heavy = {"sqlalchemy", "fastapi", "httpx", "httpcore", "structlog", "pydantic", "asyncio"}
    code = (
        "import sys; import turnout.engine.worker, turnout.engine.jobs;"
        f"print(*({heavy!r} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\xff\xff\xff\xff",
        b"\x01\x00\x00\x00\xc1",
        b"\x01\x00\x00\x00\x01",
        b"\x04\x00\x00\x00\x92\xa1x\x01",
        b"\x0c\x00\x00\x00\x92\xa4done\x91\xa4evil",
    ],
)
async def test_a_worker_that_talks_nonsense_is_replaced(bench: Bench, nonsense: bytes) -> None:
    lane = bench.pool._fast
    before = lane.pids
    for worker in list(lane._workers):
        worker.data_received(nonsense)
        await worker.gone()
    program = await bench.program(setting("1"))
    done = await bench.pool.accept(bench.offer(program))
    assert done.advance is not None
    assert not set(before) & set(lane.pids)


async def test_a_server_that_ignores_signals_does_not_make_workers_ignore_them(
    start_bench: StartBench,
) -> None:
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    try:
        # On a busy machine, wall time must not come first.
        bench = await start_bench(Limits(slow_cpu=0.4, slow_wall=30, grace=30))
        program = await bench.program(setting("def f: f; f"))
        done = await asyncio.wait_for(bench.pool.accept(bench.offer(program)), 30)
        assert done.advance is not None
        assert "processor" in str(done.advance.entries[1].body)
    finally:
        signal.signal(signal.SIGPROF, before)
