"""A run: one execution of a workflow, pinned to one version for ever."""

from dataclasses import dataclass
from enum import StrEnum

from turnout.domain.assignment import Assignment
from turnout.domain.instant import Instant


class Phase(StrEnum):
    """Where a run is; the specification's words."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    FAULTED = "faulted"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether a run in this phase is over."""
        return self in ENDED


ENDED = frozenset({Phase.COMPLETED, Phase.FAULTED, Phase.CANCELLED})


@dataclass(frozen=True, slots=True)
class Run:
    """The narrow part of a run; input, output and journal are stored apart.

    Attributes:
        id: ``wfr_…``; its time part is when the run was accepted.
        version_id, assignment, interpreter: fixed when the run was accepted (I2, I6, I9).
        phase: where it is now.
        outcome: how it was decided, when its workflow says how to tell; None until it ended.
        created_at: accepted. ended_at: over, or None.
        creator: id of the API key that triggered it.
        rerun_of: the run that this one repeats, or None.
        sequence: number of the last journal entry; appending compares it first.
    """

    id: str
    environment_id: str
    workflow_id: str
    version_id: str
    assignment: Assignment
    interpreter: int
    phase: Phase
    outcome: str | None
    created_at: Instant
    ended_at: Instant | None
    creator: str
    rerun_of: str | None
    sequence: int
