"""Rollouts: what is decided, and what is refused with which advice."""

from collections.abc import Callable

import pytest

from tests.domain.traffic import Traffic
from turnout.domain import gate as gates
from turnout.domain.by import By
from turnout.domain.errors import Conflict, Invalid, PreconditionRequired, Stale, TurnoutError
from turnout.domain.gate import NewIds
from turnout.domain.history import HistoryKind
from turnout.domain.rollout import RolloutKind, RolloutState

IDS, BY = NewIds("rol_x", "wfd_x"), By("key_1", 99)


@pytest.fixture
def traffic() -> Traffic:
    """v7 is live alone."""
    made = Traffic()
    made.publish("v7", 100)
    return made


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(TurnoutError) as error:
        act()
    return error.value.code


def test_the_first_deploy_must_be_full() -> None:
    with pytest.raises(Invalid) as error:
        Traffic().publish("v1", 50)
    assert error.value.code == "first_deploy_not_full"


def test_a_full_deploy_is_a_rollout_born_completed(traffic: Traffic) -> None:
    rollout = traffic.publish("v8", 100)
    assert rollout.state is RolloutState.COMPLETED
    assert rollout.ended_at == rollout.started_at
    assert rollout.control == "v7"
    assert traffic.shares == {"v8": 100}
    assert traffic.gate.rollout is None


def test_the_control_is_the_version_that_was_last_alone(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    traffic.publish("v9", 10, supersede=True)
    assert traffic.active.control == "v7"
    traffic.complete()
    assert traffic.publish("v10", 5).control == "v9"


@pytest.mark.parametrize("kind", [RolloutKind.PUBLISH, RolloutKind.PROMOTE])
def test_a_running_rollout_is_in_the_way_of_publish_and_promote(
    traffic: Traffic, kind: RolloutKind
) -> None:
    traffic.publish("v8", 25)
    act = traffic.publish if kind is RolloutKind.PUBLISH else traffic.promote
    assert refused(lambda: act("v9", 10)) == "rollout_active"


def test_superseding_ends_the_running_rollout_and_keeps_its_control(traffic: Traffic) -> None:
    first = traffic.publish("v8", 25)
    second = traffic.publish("v9", 10, supersede=True)
    assert traffic.rollouts[first.id].state is RolloutState.SUPERSEDED
    assert traffic.rollouts[first.id].basis_points == 2500
    assert second.control == "v7"
    assert traffic.shares == {"v9": 10, "v7": 90}
    assert [event.kind for event in traffic.events[-2:]] == [
        HistoryKind.SUPERSEDED,
        HistoryKind.PUBLISHED,
    ]


def test_a_revert_supersedes_without_being_asked(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    running = traffic.publish("v9", 25)
    traffic.revert("v7", 40)
    assert traffic.rollouts[running.id].state is RolloutState.SUPERSEDED
    assert traffic.shares == {"v7": 40, "v8": 60}


def test_reverting_to_the_control_is_to_stop(traffic: Traffic) -> None:
    running = traffic.publish("v8", 25)
    ended = traffic.revert("v7")
    assert (ended.id, ended.state) == (running.id, RolloutState.STOPPED)
    assert traffic.shares == {"v7": 100}
    assert traffic.events[-1].kind is HistoryKind.STOPPED


def test_reverting_to_the_treatment_is_to_complete(traffic: Traffic) -> None:
    running = traffic.publish("v8", 25)
    ended = traffic.revert("v8")
    assert (ended.id, ended.state) == (running.id, RolloutState.COMPLETED)
    assert traffic.shares == {"v8": 100}


def test_what_cannot_be_reverted_to(traffic: Traffic) -> None:
    assert refused(lambda: traffic.revert("v7")) == "already_live"
    assert refused(lambda: traffic.revert("v7", 40)) == "already_live"
    assert refused(lambda: traffic.revert("v6")) == "never_live"
    traffic.publish("v8", 25)
    assert refused(lambda: traffic.revert("v7", 40)) == "is_control"


def test_promoting_is_for_versions_that_were_never_live_here(traffic: Traffic) -> None:
    traffic.promote("v6", 100)
    assert refused(lambda: traffic.promote("v7", 100)) == "was_live"
    assert refused(lambda: traffic.promote("v6", 100)) == "already_live"


def test_the_ends_of_a_share_end_the_rollout(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    assert traffic.share(100).state is RolloutState.COMPLETED
    traffic.publish("v9", 25)
    assert traffic.share(0).state is RolloutState.STOPPED
    assert traffic.shares == {"v8": 100}


def test_ends_are_final(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    ended = traffic.stop()
    for act in (gates.stop, gates.complete):
        with pytest.raises(Conflict) as error:
            act(traffic.gate, ended, ids=IDS, by=BY)
        assert error.value.code == "rollout_ended"
    with pytest.raises(Conflict):
        gates.set_share(traffic.gate, ended, 100, revision=ended.revision, ids=IDS, by=BY)


def test_changing_a_share_needs_the_state_that_was_seen(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    seen = traffic.active
    traffic.share(50)
    with pytest.raises(Stale) as error:
        gates.set_share(traffic.gate, traffic.active, 10, revision=seen.revision, ids=IDS, by=BY)
    assert error.value.current == traffic.active.revision
    with pytest.raises(PreconditionRequired):
        gates.set_share(traffic.gate, traffic.active, 10, revision=None, ids=IDS, by=BY)


def test_the_same_share_again_changes_nothing(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    before = (traffic.gate, list(traffic.events))
    traffic.share(25)
    assert (traffic.gate, traffic.events) == before


def test_a_rollout_keeps_salt_and_assignment_key_to_its_end(traffic: Traffic) -> None:
    begun = traffic.publish("v8", 25)
    traffic.share(50)
    ended = traffic.stop()
    assert (ended.salt, ended.assignment_key) == (begun.salt, begun.assignment_key)
