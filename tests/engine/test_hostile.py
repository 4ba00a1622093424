"""Definitions written by an enemy: each is refused or faults, and nobody else notices."""

import asyncio
import contextlib
import os
import signal
import time

import orjson
import pytest

from tests.engine.conftest import ENDLESS, HEAD, Bench, StartBench, setting
from turnout.domain.assignment import KeySource
from turnout.domain.errors import Busy, Invalid
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase
from turnout.engine.limits import Limits, Sizes
from turnout.use_cases.workers import Advance, Program

HOSTILE = [
    "[range(1e9)]",
    ENDLESS,
    "def f: [f]; f",
    "[limit(1e9; repeat(1))]",
    '"x" * 1e8 | length',
    '"x" * 1e10 | length',
    "reduce range(1e12) as $i (0; . + 1)",
    "reduce range(100000) as $i (0; [.]) | tojson",
    "reduce range(100000) as $i (0; [.])",
    '"a" * 100000 + "!" | test("(a+)+$")',
    '"a,b" * 20000000 | splits(",")',
    '"a" * 100000000 | ltrimstr("a") | @base64 | @base64d',
    '[range(3e6) | tostring] | join(",") | explode | implode',
    "last(range(1e11))",
    "[recurse(. + 1; . < 1e9)] | length",
    "until(false; .)",
    "[range(1e7)] | combinations(9)",
]


def _phase(advance: Advance | None) -> Phase | None:
    return advance.end.phase if advance is not None and advance.end is not None else None


async def _healthy(bench: Bench) -> None:
    program = await bench.program(setting("1 + 1"), "wflv_healthy")
    done = (await bench.pool.accept(bench.offer(program))).advance
    assert done is not None
    assert done.end is not None
    assert done.end.output == b'{"x":2}'


@pytest.mark.parametrize("expression", HOSTILE)
async def test_a_hostile_expression_ends_within_its_limits(bench: Bench, expression: str) -> None:
    checked = await bench.pool.check(setting(expression))
    if checked.normalised is None:
        assert checked.problems[0].code
    else:
        assert checked.content_hash is not None
        program = Program("wflv_a", "wfl_a", checked.content_hash, checked.normalised, None)
        done = (await bench.pool.accept(bench.offer(program))).advance
        assert _phase(done) in (Phase.COMPLETED, Phase.FAULTED)
    await _healthy(bench)


@pytest.mark.parametrize("expression", ["[range(1e9)]", ENDLESS, "def f: [f]; f", "1 +"])
async def test_a_hostile_assignment_key_falls_back_to_the_run(
    bench: Bench, expression: str
) -> None:
    program = await bench.program(setting("1"))
    done = await bench.pool.accept(bench.offer(program, key=expression))
    assert done.assignment.key_source is KeySource.RUN_ID
    assert _phase(done.advance) is Phase.COMPLETED


async def test_an_overrun_is_a_fault_that_replays(bench: Bench) -> None:
    program = await bench.program(setting(ENDLESS))
    done = (await bench.pool.accept(bench.offer(program))).advance
    assert done is not None
    kinds = [entry.kind for entry in done.entries]
    assert kinds == [EntryKind.ACCEPTED, EntryKind.OVERRUN, EntryKind.ENDED]
    assert orjson.loads(done.entries[1].body)["limit"] in ("cpu", "wall")
    assert done.end is not None
    assert done.end.error is not None
    assert "processor time" in orjson.loads(done.end.error)["detail"]
    await bench.pool.trace(program, done.entries)


async def test_an_overrun_later_in_a_run_keeps_what_came_before(bench: Bench) -> None:
    text = f"{HEAD}- pause: {{wait: {{seconds: 1}}}}\n- spin: {{set: {{x: '${{ {ENDLESS} }}'}}}}\n"
    program = await bench.program(text)
    begun = (await bench.pool.accept(bench.offer(program))).advance
    assert begun is not None
    wanted = begun.entries[-1]
    body = orjson.dumps({"digest": orjson.loads(wanted.body)["digest"], "value": {}})
    entry = type(wanted)(2, EntryKind.ANSWERED, 3_000_000, body, wanted.effect_key, 1)
    done = await bench.pool.advance(program, state=begun.state, journal=(), entry=entry)
    kinds = [entry.kind for entry in done.entries]
    assert kinds == [EntryKind.ANSWERED, EntryKind.OVERRUN, EntryKind.ENDED]
    assert _phase(done) is Phase.FAULTED
    again = await bench.pool.advance(
        program, state=None, journal=[*begun.entries, *done.entries], entry=entry
    )
    assert again.entries == ()


async def test_text_whose_check_overruns_has_a_problem_at_the_expression(
    start_bench: StartBench,
) -> None:
    bench = await start_bench(Limits(slow_cpu=0.4, slow_wall=2.0))
    text = setting('"x" * 1e8 + "y" * 1e8 + "z" * 1e8')
    checked = await bench.pool.check(text)
    assert checked.normalised is None
    problem = checked.problems[0]
    assert (problem.code, problem.line, problem.column) == ("limit_exceeded", 6, 12)


async def test_a_trace_that_overruns_is_refused(bench: Bench) -> None:
    program = await bench.program(setting(ENDLESS))
    done = (await bench.pool.accept(bench.offer(program))).advance
    assert done is not None
    with pytest.raises(Invalid, match=r"processor time|took longer"):
        await bench.pool.trace(program, done.entries[:1])


async def test_bystanders_finish_while_a_hostile_workflow_is_triggered(bench: Bench) -> None:
    hostile = await bench.program(setting(ENDLESS), "wflv_hostile")
    innocent = await bench.program(setting("1 + 1"), "wflv_innocent")
    ends: list[Phase | None] = []

    async def attack() -> None:
        while True:
            with contextlib.suppress(Busy):
                ends.append(_phase((await bench.pool.accept(bench.offer(hostile))).advance))
            await asyncio.sleep(0)

    attackers = [asyncio.ensure_future(attack()) for _ in range(3)]
    took = []
    while len(ends) < 3:
        begun = time.perf_counter()
        done = await bench.pool.accept(bench.offer(innocent))
        took.append(time.perf_counter() - begun)
        assert _phase(done.advance) is Phase.COMPLETED
    for attacker in attackers:
        attacker.cancel()
    await asyncio.wait(attackers)
    assert set(ends) == {Phase.FAULTED}
    p99 = sorted(took)[int(len(took) * 0.99)]
    print(f"{len(took)} bystanders beside {len(ends)} hostile runs: p99 {p99 * 1000:.1f} ms")


async def test_one_workflow_never_holds_all_slow_workers(start_bench: StartBench) -> None:
    limits = Limits(slow_cpu=1.0, slow_wall=10.0, assign_cpu=1.0)
    bench = await start_bench(limits, Sizes(slow=2, patience=60.0))
    versions = [
        await bench.program(setting(f"{ENDLESS}, {n}"), f"wflv_{n}", workflow_id="wfl_hostile")
        for n in range(2)
    ]
    offers = [bench.offer(version) for version in versions]
    keyed = await bench.program(setting("1"), "wflv_keyed", workflow_id="wfl_hostile")
    offers.append(bench.offer(keyed, key=ENDLESS))
    await asyncio.gather(*(bench.pool.accept(offer) for offer in offers))
    # Known to be slow by now, so they go where checks are done, at once and all together.
    hostile = [asyncio.ensure_future(bench.pool.accept(offer)) for offer in offers]
    await asyncio.sleep(0)
    assert (await bench.pool.check(setting("1 + 1"))).normalised is not None
    assert not any(each.done() for each in hostile)
    for each in hostile:
        each.cancel()
    await asyncio.wait(hostile)


async def test_a_worker_killed_from_outside_harms_no_job(bench: Bench) -> None:
    program = await bench.program(setting("1 + 1"))
    for pid in bench.pool.pids:
        os.kill(pid, signal.SIGKILL)
    runs = await asyncio.gather(*(bench.pool.accept(bench.offer(program)) for _ in range(20)))
    assert {_phase(run.advance) for run in runs} == {Phase.COMPLETED}
