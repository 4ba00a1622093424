"""What may be decided, and until when."""

from dataclasses import replace

import pytest

from turnout.domain.assignment import assign
from turnout.domain.errors import Conflict, Invalid
from turnout.domain.instant import SECOND
from turnout.domain.review import (
    ANSWER,
    Review,
    ReviewState,
    answer,
    closed,
    is_word,
    require_choice,
    require_decidable,
)
from turnout.domain.run import Phase, Run

NOW = 1_800_000_000 * SECOND
REVIEW = Review(
    "rev_1", "env_1", "wfl_1", "wfr_1", "ask#1", 1, "default", NOW + SECOND, NOW - SECOND
)
WHY = assign(key=None, run_id="wfr_1", salt=None, basis_points=10_000, deployment_id="wfd_1")
RUN = Run(
    "wfr_1", "env_1", "wfl_1", "wflv_1", WHY, 1, Phase.WAITING, None, NOW, None, "key_1", None, 1
)


def test_what_waits_may_be_decided() -> None:
    require_decidable(REVIEW, RUN, NOW)
    require_decidable(replace(REVIEW, due=None), RUN, NOW * 2)


@pytest.mark.parametrize(
    ("phase", "now", "code"),
    [
        (Phase.CANCELLED, NOW, "review_closed"),
        (Phase.COMPLETED, NOW, "review_closed"),
        (Phase.SUSPENDED, NOW, "run_suspended"),
        (Phase.WAITING, NOW + SECOND, "review_closed"),
        (Phase.RUNNING, NOW + 2 * SECOND, "review_closed"),
    ],
)
def test_what_is_over_suspended_or_due_takes_no_decision(phase: Phase, now: int, code: str) -> None:
    with pytest.raises(Conflict) as refused:
        require_decidable(REVIEW, replace(RUN, phase=phase), now)
    assert refused.value.code == code


def test_a_refusal_says_how_a_review_came_to_be_over() -> None:
    ends = [state for state in ReviewState if state is not ReviewState.WAITING]
    assert len({closed(state).details for state in (*ends, None)}) == len(ends) + 1


def test_only_a_choice_is_a_decision() -> None:
    require_choice("approve", ["approve", "decline"])
    with pytest.raises(Invalid, match="approve, decline") as refused:
        require_choice("Approve", ["approve", "decline"])
    assert refused.value.pointer == "/data/attributes/decision"


def test_an_answer_says_who_decided_and_that_the_due_time_did() -> None:
    assert answer("approve", NOW, reason="fine", actor="key_1") == {
        "decision": "approve",
        "reason": "fine",
        "decidedBy": "key_1",
        "decidedAt": "2027-01-15T08:00:00.000000Z",
        "automatic": False,
    }
    told = answer("approve", NOW)
    assert tuple(told) == ANSWER
    assert (told["decidedBy"], told["automatic"], told["reason"]) == (None, True, "")


@pytest.mark.parametrize("value", ["a", "Überprüfen, bitte", "x" * 100])
def test_words_name_queues_and_choices(value: str) -> None:
    assert is_word(value)


@pytest.mark.parametrize("value", ["", " a", "a ", "a\nb", "x" * 101, 1, None, ["a"]])
def test_other_things_do_not(value: object) -> None:
    assert not is_word(value)
