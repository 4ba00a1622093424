"""Who changes something, when and why: goes with every change into history and audit."""

from dataclasses import dataclass

from turnout.domain.instant import Instant


@dataclass(frozen=True, slots=True)
class By:
    """The signature under a change.

    Attributes:
        actor: id of the API key.
        at: when.
        reason: description or reason in the actor's words; may be empty.
    """

    actor: str
    at: Instant
    reason: str = ""
