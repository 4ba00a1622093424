"""A suspension meets whatever else happens to a run at the same moment: one order, nothing lost."""

from collections.abc import Iterator
from functools import partial

import pytest

from tests.races.meeting import ROUNDS, race, split
from tests.races.test_two_at_once import LONG, answer, journal, live, read, stored
from tests.use_cases.machine import Machine
from turnout.domain.errors import Conflict
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.use_cases.advance_run import advance_run
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.ports import Ports
from turnout.use_cases.read_runs import read_run
from turnout.use_cases.resume_run import resume_run
from turnout.use_cases.suspend_run import suspend_run

each_round = pytest.mark.parametrize("round_", range(ROUNDS))

WAITS = [EntryKind.ACCEPTED, EntryKind.WANTED]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("races"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def flow(machine: Machine) -> str:
    return live(machine, LONG)


def ended(machine: Machine, run_id: str) -> Run:
    run: Run = machine.call(read_run, run_id, wait=30).run
    return run


@each_round
def test_suspend_against_the_delivery_of_an_answer(
    machine: Machine, flow: str, round_: int
) -> None:
    run = machine.trigger(flow, {})
    outside = answer(machine, run.id)
    caller = machine.callers["production"]

    async def suspend(ports: Ports) -> Run:
        return await suspend_run(ports, caller, run.id)

    async def deliver(ports: Ports) -> Run | None:
        return await advance_run(ports, run.id, outside)

    suspended, delivered = machine.do(race(machine.turnout.ports, round_, suspend, deliver))
    assert isinstance(delivered, Run), delivered
    if isinstance(suspended, Conflict):
        assert suspended.code == "run_ended"
        assert stored(machine, run.id).phase is Phase.COMPLETED
        return
    # It obeys: the answer is kept, and taken once it may go on.
    assert stored(machine, run.id).phase is delivered.phase is Phase.SUSPENDED
    assert journal(machine, run.id) == WAITS
    machine.call(resume_run, run.id)
    assert ended(machine, run.id).phase is Phase.COMPLETED
    assert journal(machine, run.id) == [*WAITS, EntryKind.ANSWERED, EntryKind.ENDED]


@each_round
def test_resume_against_the_delivery_of_an_answer(machine: Machine, flow: str, round_: int) -> None:
    run = machine.trigger(flow, {})
    machine.call(suspend_run, run.id)
    outside = answer(machine, run.id)
    caller = machine.callers["production"]

    async def resume(ports: Ports) -> Run:
        return await resume_run(ports, caller, run.id)

    async def deliver(ports: Ports) -> Run | None:
        return await advance_run(ports, run.id, outside)

    for result in machine.do(race(machine.turnout.ports, round_, resume, deliver)):
        assert isinstance(result, Run), result
    assert ended(machine, run.id).phase is Phase.COMPLETED
    assert journal(machine, run.id) == [*WAITS, EntryKind.ANSWERED, EntryKind.ENDED]


@each_round
def test_suspend_against_cancel(machine: Machine, flow: str, round_: int) -> None:
    run = machine.trigger(flow, {})
    caller = machine.callers["production"]

    async def act(verb: object, ports: Ports) -> Run:
        made: Run = await verb(ports, caller, run.id)  # type: ignore[operator]
        return made

    suspended, cancelled = machine.do(
        race(machine.turnout.ports, round_, partial(act, suspend_run), partial(act, cancel_run))
    )
    assert isinstance(cancelled, Run), cancelled
    if isinstance(suspended, Conflict):
        assert suspended.code == "run_ended"
    assert stored(machine, run.id).phase is Phase.CANCELLED
    assert read(machine, lambda tx: tx.suspensions.of([run.id])) == {}
    assert read(machine, lambda tx: tx.effects.of_run(run.id)) == []


@each_round
@pytest.mark.parametrize("verb", [suspend_run, resume_run])
def test_of_two_who_do_the_same_one_is_refused(
    machine: Machine, flow: str, round_: int, verb: object
) -> None:
    run = machine.trigger(flow, {})
    if verb is resume_run:
        machine.call(suspend_run, run.id)
    caller = machine.callers["production"]

    async def act(ports: Ports) -> Run:
        made: Run = await verb(ports, caller, run.id)  # type: ignore[operator]
        return made

    won, refused = split(machine.do(race(machine.turnout.ports, round_, act, act)))
    assert len(won) == 1
    assert [type(each) for each in refused] == [Conflict]
    machine.call(cancel_run, run.id)
