"""Two people, or two workers, do what excludes each other at the same moment: one wins, whole."""

from collections.abc import Iterator
from functools import partial
from itertools import count, pairwise
from typing import Any

import orjson
import pytest

from tests.races.meeting import ROUNDS, race, split
from tests.use_cases.machine import Machine, workflow
from turnout.domain.assignment import ArmLabel
from turnout.domain.errors import Conflict, NotFound, Stale
from turnout.domain.journal import EntryKind
from turnout.domain.rollout import RolloutState
from turnout.domain.run import Phase
from turnout.use_cases.advance_run import Outside, advance_run
from turnout.use_cases.cancel_run import cancel_run
from turnout.use_cases.create_workflow import NewWorkflow, create_workflow
from turnout.use_cases.end_rollout import stop_rollout
from turnout.use_cases.ports import Ports, Transaction
from turnout.use_cases.publish import Publication, Published, publish
from turnout.use_cases.save_draft import save_draft
from turnout.use_cases.set_rollout_share import set_rollout_share

LONG = """\
document: {dsl: '1.0.3', namespace: races, name: long, version: '1.0.0'}
do:
  - pause:
      wait: {hours: 1}
  - done:
      set: {slept: true}
"""

_numbers = count(1)

each_round = pytest.mark.parametrize("round_", range(ROUNDS))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("races"))
    yield made
    made.close()


def drafted(machine: Machine, text: str) -> str:
    """A new workflow with a draft at revision 1; its handle."""
    handle = f"race-{next(_numbers)}"
    machine.call(create_workflow, NewWorkflow(handle, handle=handle, definition=text))
    return handle


def live(machine: Machine, text: str) -> str:
    handle = drafted(machine, text)
    machine.call(publish, handle, Publication(1, 10_000))
    return handle


def read(machine: Machine, work: Any) -> Any:
    return machine.do(machine.turnout.ports.store.read(work))


def versions(machine: Machine, handle: str) -> list[Any]:
    def load(tx: Transaction) -> list[Any]:
        found = tx.workflows.find(handle)
        assert found is not None
        return [tx.versions.get(each.id) for each in tx.versions.list(found.id)]

    listed: list[Any] = read(machine, load)
    return listed


def gate(machine: Machine, handle: str) -> Any:
    environment = machine.callers["production"].environment.id

    def load(tx: Transaction) -> Any:
        found = tx.workflows.find(handle)
        return found and tx.gates.get(environment, found.id)

    return read(machine, load)


@each_round
def test_of_two_publishers_one_publishes(machine: Machine, round_: int) -> None:
    handle, caller = drafted(machine, workflow("a")), machine.callers["production"]

    def publisher(name: str) -> Any:
        wanted = Publication(1, 10_000, name)
        return lambda ports: publish(ports, caller, handle, wanted)

    results = machine.do(race(machine.turnout.ports, round_, publisher("x"), publisher("y")))
    won, lost = split(results)
    assert len(won) == 1, results
    # Who begins when the other is through finds no draft any more; who had looked is told so.
    refusals = Conflict | Stale | NotFound if round_ % 2 else Conflict | Stale
    assert isinstance(lost[0], refusals), lost
    (version,) = versions(machine, handle)
    assert version == won[0].version
    deployment = gate(machine, handle).deployment
    assert [(share.version_id, share.basis_points) for share in deployment.shares] == [
        (version.id, 10_000)
    ]


@each_round
def test_publishing_and_saving_at_once_never_mix_two_revisions(
    machine: Machine, round_: int
) -> None:
    reviewed, later = workflow("reviewed"), workflow("later")
    handle, caller = drafted(machine, reviewed), machine.callers["production"]
    published, saved = machine.do(
        race(
            machine.turnout.ports,
            round_,
            lambda ports: publish(ports, caller, handle, Publication(1, 10_000)),
            lambda ports: save_draft(ports, caller, handle, later, revision=1),
        )
    )
    won, lost = split([published, saved])
    assert (len(won), len(lost)) == (1, 1), (published, saved)
    assert isinstance(lost[0], Stale)
    if isinstance(published, Published):
        (version,) = versions(machine, handle)
        assert version.definition == reviewed
        assert b"reviewed" in version.normalised
        assert b"later" not in version.normalised
        assert machine.trigger(handle, {}).version_id == version.id
    else:
        assert versions(machine, handle) == []
        assert (saved.revision, saved.definition) == (2, later)


@each_round
def test_of_two_workers_on_one_run_one_appends(machine: Machine, round_: int) -> None:
    run = machine.trigger(live(machine, LONG), {})
    outside = answer(machine, run.id)
    taken = partial(advance_run, run_id=run.id, outside=outside)
    results = machine.do(race(machine.turnout.ports, round_, taken, taken))
    assert sorted(each is None for each in results) == [False, True], results
    assert journal(machine, run.id) == ["accepted", "wanted", "answered", "ended"]
    assert stored(machine, run.id).phase is Phase.COMPLETED


@each_round
def test_a_run_that_is_cancelled_while_it_is_answered_ends_once(
    machine: Machine, round_: int
) -> None:
    run, caller = machine.trigger(live(machine, LONG), {}), machine.callers["production"]
    outside = answer(machine, run.id)
    answered, cancelled = machine.do(
        race(
            machine.turnout.ports,
            round_,
            lambda ports: advance_run(ports, run.id, outside),
            lambda ports: cancel_run(ports, caller, run.id),
        )
    )
    came = "cancelled" if answered is None else "answered"
    assert journal(machine, run.id) == ["accepted", "wanted", came, "ended"]
    assert isinstance(cancelled, Conflict) == (answered is not None), (answered, cancelled)
    phase = Phase.CANCELLED if answered is None else Phase.COMPLETED
    assert stored(machine, run.id).phase is phase


@each_round
def test_a_stop_holds_against_a_change_of_the_share(machine: Machine, round_: int) -> None:
    handle, caller = live(machine, workflow("control")), machine.callers["production"]
    machine.call(save_draft, handle, workflow("treatment"), revision=None)
    begun = machine.call(publish, handle, Publication(2, 5_000))
    rollout = begun.rollout

    def share(ports: Ports) -> Any:
        return set_rollout_share(ports, caller, rollout.id, 7_500, revision=rollout.revision)

    shared, stopped = machine.do(
        race(
            machine.turnout.ports,
            round_,
            share,
            lambda ports: stop_rollout(ports, caller, rollout.id),
        )
    )
    assert not isinstance(stopped, BaseException), stopped
    assert stopped.state is RolloutState.STOPPED
    assert not isinstance(shared, BaseException) or isinstance(shared, Conflict | Stale), shared
    after = gate(machine, handle)
    assert after.rollout is None
    (alone,) = after.deployment.shares
    assert (alone.version_id, alone.label) == (rollout.control, ArmLabel.TREATMENT)
    assert machine.trigger(handle, {}).version_id == rollout.control
    changes = 0 if isinstance(shared, BaseException) else 1
    told = history(machine, handle)
    assert len(told) == 3 + changes
    for earlier, later in pairwise(told):
        assert later.before == earlier.after


@each_round
def test_of_two_creates_with_one_handle_one_creates(machine: Machine, round_: int) -> None:
    handle, caller = f"taken-{round_}", machine.callers["production"]

    def creator(text: str) -> Any:
        new = NewWorkflow(text, handle=handle, definition=workflow(text))
        return lambda ports: create_workflow(ports, caller, new)

    results = machine.do(race(machine.turnout.ports, round_, creator("x"), creator("y")))
    won, lost = split(results)
    assert len(won) == 1, results
    assert isinstance(lost[0], Conflict)
    assert lost[0].code == "handle_taken"

    def load(tx: Transaction) -> tuple[Any, Any]:
        found = tx.workflows.find(handle)
        assert found is not None
        return found, tx.drafts.of(found.id)

    found, draft = read(machine, load)
    assert found == won[0]
    assert draft.definition == workflow(found.name)
    assert gate(machine, handle) is not None


def answer(machine: Machine, run_id: str) -> Outside:
    """The answer to the one open effect of a run."""
    (open_,) = read(machine, lambda tx: tx.effects.of_run(run_id))
    effect = open_.effect
    body = orjson.dumps({"digest": effect.digest, "value": None})
    return Outside(EntryKind.ANSWERED, body, effect.key, effect.attempt)


def journal(machine: Machine, run_id: str) -> list[str]:
    return [entry.kind for entry in read(machine, lambda tx: tx.runs.journal(run_id))]


def stored(machine: Machine, run_id: str) -> Any:
    return read(machine, lambda tx: tx.runs.get(run_id))


def history(machine: Machine, handle: str) -> list[Any]:
    environment = machine.callers["production"].environment.id

    def load(tx: Transaction) -> list[Any]:
        found = tx.workflows.find(handle)
        assert found is not None
        return list(tx.history.all(environment, found.id))

    events: list[Any] = read(machine, load)
    return events
