"""Versions that nobody knows yet: they are tried where they can harm no proven one."""

import asyncio
import resource

from tests.engine.conftest import ENDLESS, SHORT, Bench, StartBench, setting
from turnout.domain.errors import Busy
from turnout.domain.run import Phase
from turnout.engine.limits import Limits, Sizes
from turnout.use_cases.workers import Acceptance, Program

SIZES = Sizes(fast=2, slow=1, patience=60.0, repeat_patience=60.0)
EVIL = f"if .evil then ({ENDLESS}) else 1 end"


def _fast(bench: Bench) -> list[int]:
    """The process ids of the fast lane's workers, which come first."""
    return bench.pool.pids[: SIZES.fast]


def _phase(done: Acceptance) -> Phase | None:
    return done.advance.end.phase if done.advance and done.advance.end else None


async def _run(bench: Bench, program: Program, input: bytes = b"{}") -> Phase | None:
    return _phase(await bench.pool.accept(bench.offer(program, input=input)))


async def test_new_hostile_versions_cost_no_fast_worker(start_bench: StartBench) -> None:
    bench = await start_bench(SHORT, SIZES)
    innocent = await bench.program(setting("1 + 1"), "wflv_innocent")
    assert await _run(bench, innocent) is Phase.COMPLETED
    hostile = [await bench.program(setting(f"{ENDLESS}, {n}"), f"wflv_{n}") for n in range(6)]
    before = _fast(bench)
    storm = [asyncio.ensure_future(_run(bench, one)) for one in hostile for _ in range(3)]
    done: set[asyncio.Future[Phase | None]] = set()
    while not done:
        assert await _run(bench, innocent) is Phase.COMPLETED
        done, _ = await asyncio.wait(storm, timeout=0)
    assert {await one for one in done} == {Phase.FAULTED}
    assert _fast(bench) == before
    for one in storm:
        one.cancel()
    await asyncio.wait(storm)


async def test_a_version_that_overran_must_prove_itself_again(start_bench: StartBench) -> None:
    bench = await start_bench(SHORT, Sizes(fast=2, slow=1, suspicion=0.0))
    program = await bench.program(setting(EVIL))
    assert await _run(bench, program) is Phase.COMPLETED
    before = _fast(bench)
    assert await _run(bench, program, b'{"evil":true}') is Phase.FAULTED
    after = _fast(bench)
    assert after != before
    assert await _run(bench, program, b'{"evil":true}') is Phase.FAULTED
    assert _fast(bench) == after


async def test_a_proven_control_does_not_wait_for_its_treatment(start_bench: StartBench) -> None:
    # The treatment's trial takes as long as it takes, so that waiting for it shows.
    bench = await start_bench(Limits(fast_cpu=60.0, fast_wall=60.0), SIZES)
    control = await bench.program(setting("1"), "wflv_c", workflow_id="wfl_a")
    treatment = await bench.program(setting(ENDLESS), "wflv_t", workflow_id="wfl_a")

    def offered(basis_points: int) -> asyncio.Future[Acceptance]:
        offer = bench.offer(treatment, control, key=".id", basis_points=basis_points)
        return asyncio.ensure_future(bench.pool.accept(offer))

    assert (await offered(0)).version_id == "wflv_c"
    hostile = [offered(10_000) for _ in range(3)]
    for _ in range(20):
        done = await offered(0)
        assert (done.version_id, _phase(done)) == ("wflv_c", Phase.COMPLETED)
    assert not any(each.done() for each in hostile)
    for each in hostile:
        each.cancel()
    await asyncio.wait(hostile)


async def test_what_waits_for_a_trial_that_ends_well_need_not_wait_for_another(
    start_bench: StartBench,
) -> None:
    # The hostile version's trial takes as long as it takes, so that waiting for it shows.
    bench = await start_bench(Limits(fast_cpu=60.0, fast_wall=60.0))
    innocent = await bench.program(setting("1"), "wflv_innocent")
    hostile = await bench.program(setting(ENDLESS), "wflv_hostile")
    runs = [asyncio.ensure_future(_run(bench, innocent)) for _ in range(5)]
    await asyncio.sleep(0)
    endless = asyncio.ensure_future(_run(bench, hostile))
    assert [await run for run in runs] == [Phase.COMPLETED] * 5
    assert not endless.done()
    endless.cancel()
    await asyncio.wait([endless])


async def test_who_would_wait_too_long_is_refused_before_the_first_is_judged(
    start_bench: StartBench,
) -> None:
    # The first needs much longer than the others wait, and waits less than they do itself.
    bench = await start_bench(Limits(slow_cpu=4.0, slow_wall=60.0), Sizes(slow=1, patience=1.0))
    endless = await bench.program(setting(ENDLESS))
    runs = [asyncio.ensure_future(_run(bench, endless)) for _ in range(3)]
    ends = [await each for each in asyncio.as_completed([_end(run) for run in runs])]
    assert ends == ["busy", "busy", Phase.FAULTED]


async def _end(run: asyncio.Future[Phase | None]) -> Phase | str | None:
    try:
        return await run
    except Busy:
        return "busy"


async def test_only_one_try_of_a_call_gets_the_long_limit(start_bench: StartBench) -> None:
    limits = Limits(slow_cpu=2.0, slow_wall=60.0, repeat_cpu=0.1)
    bench = await start_bench(limits, SIZES)
    endless = await bench.program(setting(ENDLESS))
    # The first call begins in the trial lane, the next one in the slow lane.
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        assert await _run(bench, endless) is Phase.FAULTED
        used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        assert limits.slow_cpu - 0.1 < used < 2 * limits.slow_cpu
