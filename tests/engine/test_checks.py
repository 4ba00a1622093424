"""Checks of drafts: whose they are decides who waits for whom."""

import asyncio

from tests.engine.conftest import Bench, StartBench, setting
from turnout.domain.errors import Busy
from turnout.engine.limits import Sizes

HOSTILE = setting(" + ".join(f'"{letter}" * 1e8' for letter in "abcdefgh"))


async def test_one_workflows_hostile_drafts_do_not_stop_anothers(bench: Bench) -> None:
    hostile = [
        asyncio.ensure_future(bench.pool.check(HOSTILE, group="wfl_hostile")) for _ in range(30)
    ]
    await asyncio.sleep(0)
    good = [await bench.pool.check(setting(str(n)), group="wfl_good") for n in range(3)]
    answered = [each for each in hostile if each.done() and each.exception() is None]
    for each in hostile:
        each.cancel()
    refused = [
        each
        for each in await asyncio.gather(*hostile, return_exceptions=True)
        if isinstance(each, Busy)
    ]
    assert [each.problems for each in good] == [()] * 3
    assert len(answered) < 3
    # No more of one workflow's wait than its share of the queue.
    assert len(refused) == 30 - 1 - Sizes().slow_per_group


async def test_a_check_goes_before_runs_that_wait(start_bench: StartBench) -> None:
    bench = await start_bench(sizes=Sizes(fast=1, slow=1, patience=60.0))
    endless = "def f: f; f"
    programs = [await bench.program(setting(endless), f"wflv_{n}") for n in range(4)]
    runs = [asyncio.ensure_future(bench.pool.accept(bench.offer(one))) for one in programs]
    await asyncio.wait(runs, timeout=None, return_when=asyncio.FIRST_COMPLETED)
    checked = await bench.pool.check(setting("1"), group="wfl_good")
    assert checked.problems == ()
    assert sum(run.done() for run in runs) < len(runs)
    for run in runs:
        run.cancel()
    await asyncio.gather(*runs, return_exceptions=True)
