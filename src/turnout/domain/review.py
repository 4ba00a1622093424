"""A human review: a run waits until a person decides, or until it is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from turnout.domain.errors import Conflict, Invalid
from turnout.domain.instant import Instant, iso
from turnout.domain.json import JsonObject
from turnout.domain.run import Phase, Run

FAULT = "fault"
"""What a definition says when nobody decided in time and the task is to fail; never a choice."""

DEFAULT_QUEUE = "default"
MAX_CHOICES = 50
MAX_WORD = 100
"""Characters of a queue's name and of a choice."""

MAX_LABEL = 200
MAX_QUESTION = 5_000


ANSWER = ("decision", "reason", "decidedBy", "decidedAt", "automatic")
"""The members of what a run gets; see ``answer``."""


class ReviewState(StrEnum):
    """``waiting``, then one of the others for good.

    ``decided`` by a person; ``due`` passed first; ``withdrawn`` because its run ended or went on
    without it.
    """

    WAITING = "waiting"
    DECIDED = "decided"
    DUE = "due"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Review:
    """One review.

    Attributes:
        id: ``rev_…``.
        effect_key, attempt: the run's effect that it is; the journal knows what was asked under
            them, and what was answered.
        queue: who is to look, in the definition's words.
        due: when it is decided without a person, or None for never.
        asked_at: since when it waits.
    """

    id: str
    environment_id: str
    workflow_id: str
    run_id: str
    effect_key: str
    attempt: int
    queue: str
    due: Instant | None
    asked_at: Instant


def is_word(value: object) -> bool:
    """Whether it can name a queue or a choice."""
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_WORD
        and value.isprintable()
        and value == value.strip()
    )


def answer(decision: str, at: Instant, *, reason: str = "", actor: str | None = None) -> JsonObject:
    """What the run gets: the output of its task.

    Args:
        actor: id of the key that decided; None where the due time did.
    """
    return {
        "decision": decision,
        "reason": reason,
        "decidedBy": actor,
        "decidedAt": iso(at),
        "automatic": actor is None,
    }


def require_decidable(review: Review, run: Run, now: Instant) -> None:
    """Refuse a decision that comes too late, or that the run cannot take now.

    The due time is a promise: from then on no person decides, even where the machine was asleep
    and has not acted on it yet.

    Raises:
        Conflict: the run is over or suspended, or the review is due.
    """
    if run.phase.ended:
        raise closed()
    if run.phase is Phase.SUSPENDED:
        raise Conflict(
            "run_suspended", "The run of this review is suspended; resume the run first."
        )
    if review.due is not None and review.due <= now:
        raise closed(ReviewState.DUE)


def closed(state: ReviewState | None = None) -> Conflict:
    """The refusal for a review that is over; None where the caller does not know how."""
    return Conflict("review_closed", _CLOSED[state])


_CLOSED = {
    ReviewState.DECIDED: "This review was decided already.",
    ReviewState.DUE: "This review was due before it was decided, and takes no decision any more.",
    ReviewState.WITHDRAWN: "This review was withdrawn: its run ended, or went on without it.",
    None: "This review is over: it was decided, was due, or was withdrawn.",
}


def require_choice(decision: str, choices: Sequence[str]) -> None:
    """Refuse a decision that is none of the choices.

    Raises:
        Invalid: it is not; the details list them.
    """
    if decision not in choices:
        raise Invalid(
            "invalid_value",
            f"{decision[:MAX_WORD]!r} is no choice of this review; choose one of "
            f"{', '.join(choices)}.",
            "/data/attributes/decision",
        )
