"""The pool as the use cases see it, with the real interpreter in real processes."""

import asyncio
from importlib import resources

import orjson
import pytest

from tests.engine.conftest import ENDLESS, HEAD, Bench, StartBench, setting
from turnout.domain.assignment import ArmLabel, KeySource
from turnout.domain.errors import Busy
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase
from turnout.engine.limits import Sizes
from turnout.interpreter.fold import Divergence
from turnout.use_cases.workers import NewEntry

WAITING = f"{HEAD}- pause: {{wait: {{seconds: 1}}}}\n- after: {{set: {{done: true}}}}\n"


def _answered(advance_entries: tuple[NewEntry, ...]) -> NewEntry:
    wanted = advance_entries[-1]
    digest = orjson.loads(wanted.body)["digest"]
    return NewEntry(
        wanted.sequence + 1,
        EntryKind.ANSWERED,
        wanted.at + 1_000_000,
        orjson.dumps({"digest": digest, "value": {}}),
        wanted.effect_key,
        wanted.attempt,
    )


async def test_the_sample_decides_in_a_worker(bench: Bench) -> None:
    sample = resources.files("turnout.sample")
    text = (sample / "identity-verification.v1.yaml").read_text()
    applicants = (sample / "applicants.jsonl").read_text().splitlines()
    program = await bench.program(text, outcome=".decision")
    accepted = await asyncio.gather(
        *(bench.pool.accept(bench.offer(program, input=a.encode())) for a in applicants)
    )
    ends = [one.advance.end for one in accepted if one.advance]
    assert {end.phase for end in ends if end} == {Phase.COMPLETED}
    assert {end.outcome for end in ends if end} == {"approve", "review", "decline"}


async def test_the_assignment_key_decides_the_arm(bench: Bench) -> None:
    treatment = await bench.program(setting("1"), "wflv_t")
    control = await bench.program(setting("2"), "wflv_c")
    arms = {}
    for key in ("a", "b", "c", "d", "e", "f"):
        offer = bench.offer(
            treatment, control, input=orjson.dumps({"id": key}), key=".id", basis_points=5000
        )
        done = await bench.pool.accept(offer)
        assert done.assignment.key == key
        assert done.assignment.key_source is KeySource.EXPRESSION
        arms[done.assignment.arm] = done.version_id
    assert arms == {ArmLabel.TREATMENT: "wflv_t", ArmLabel.CONTROL: "wflv_c"}


async def test_input_that_does_not_fit_is_told_not_run(bench: Bench) -> None:
    schema = "input: {schema: {document: {type: object, required: [age]}}}\n"
    program = await bench.program(schema + HEAD + "- one: {set: {x: 1}}\n")
    done = await bench.pool.accept(bench.offer(program))
    assert done.advance is None
    assert "age" in done.problems[0][1]


async def test_input_nested_too_deeply_is_told_not_run(bench: Bench) -> None:
    program = await bench.program(setting("1"))
    done = await bench.pool.accept(bench.offer(program, input=b"[" * 300 + b"]" * 300))
    assert done.advance is None
    assert "nested" in done.problems[0][1]


@pytest.mark.parametrize("number", [b"9" * 19, b"9" * 30, b"-" + b"9" * 300])
async def test_integers_beyond_64_bit_are_taken_as_floats(bench: Bench, number: bytes) -> None:
    program = await bench.program(setting(".n | type"))
    done = await bench.pool.accept(bench.offer(program, input=b'{"n":' + number + b"}", key=".n"))
    assert done.advance is not None
    assert done.advance.end is not None
    assert done.advance.end.output == b'{"x":"number"}'


async def test_a_number_beyond_all_floats_is_told_not_run(bench: Bench) -> None:
    program = await bench.program(setting("1"))
    done = await bench.pool.accept(bench.offer(program, input=b"9" * 400, key=".n"))
    assert done.advance is None
    assert done.problems


async def test_a_snapshot_and_the_journal_lead_to_the_same(bench: Bench) -> None:
    program = await bench.program(WAITING)
    begun = (await bench.pool.accept(bench.offer(program))).advance
    assert begun is not None
    assert [effect.kind for effect in begun.wanted] == ["timer"]
    entry = _answered(begun.entries)
    by_state = await bench.pool.advance(program, state=begun.state, journal=(), entry=entry)
    by_journal = await bench.pool.advance(program, state=None, journal=begun.entries, entry=entry)
    assert by_state == by_journal
    assert by_state.end is not None
    assert by_state.end.output == b'{"done":true}'
    trace = orjson.loads(await bench.pool.trace(program, [*begun.entries, *by_state.entries]))
    assert [task["path"] for task in trace] == ["pause", "after"]


async def test_cancelling_withdraws_what_is_open(bench: Bench) -> None:
    program = await bench.program(WAITING)
    begun = (await bench.pool.accept(bench.offer(program))).advance
    assert begun is not None
    entry = NewEntry(2, EntryKind.CANCELLED, 2_000_000, b'{"reason":"no"}')
    done = await bench.pool.advance(program, state=begun.state, journal=(), entry=entry)
    assert done.withdrawn == ((begun.wanted[0].key, 1),)
    assert done.end is not None
    assert done.end.phase is Phase.CANCELLED


async def test_a_journal_of_another_definition_diverges(bench: Bench) -> None:
    program = await bench.program(WAITING)
    begun = (await bench.pool.accept(bench.offer(program))).advance
    assert begun is not None
    other = await bench.program(setting("1"), "wflv_b")
    with pytest.raises(Divergence):
        await bench.pool.trace(other, begun.entries)


async def test_a_worker_asks_again_for_a_program_that_it_dropped(bench: Bench) -> None:
    programs = [await bench.program(setting(str(n)), f"wflv_{n}") for n in range(300)]
    for program in (*programs, *programs[:3]):
        done = await bench.pool.accept(bench.offer(program))
        assert done.advance is not None
        assert done.advance.end is not None
        assert done.advance.end.phase is Phase.COMPLETED


async def test_a_full_queue_is_busy_and_a_cancelled_job_leaves_it(
    start_bench: StartBench,
) -> None:
    bench = await start_bench(sizes=Sizes(fast=1, slow=1, pipeline=1, fast_queue=1))
    endless = await bench.program(setting(ENDLESS))
    program = await bench.program(setting("1"), "wflv_b")
    running = asyncio.ensure_future(bench.pool.accept(bench.offer(endless)))
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(bench.pool.accept(bench.offer(program)))
    await asyncio.sleep(0)
    with pytest.raises(Busy):
        await bench.pool.accept(bench.offer(program))
    waiting.cancel()
    await asyncio.wait([waiting])
    done = await bench.pool.accept(bench.offer(program))
    assert done.advance is not None
    await running
