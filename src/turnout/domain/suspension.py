"""A suspension: a run is held where it is, and what comes for it meanwhile is kept."""

from dataclasses import dataclass

from turnout.domain.by import By
from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant
from turnout.domain.run import Phase, Run


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why a run is suspended; there is one for as long as it is.

    Attributes:
        phase: the one it goes back to.
        at, actor, reason: when, by whom and why; the actor is ``turnout`` where it suspended the
            run by itself.
        problem: why the run can never go on, or None.
    """

    run_id: str
    phase: Phase
    at: Instant
    actor: str
    reason: str
    problem: str | None = None


def suspend(run: Run, by: By) -> Suspension:
    """Suspend a run.

    Raises:
        Conflict: it is over, or suspended already.
    """
    if run.phase.ended:
        raise Conflict("run_ended", f"This run is {run.phase.value} already.")
    if run.phase is Phase.SUSPENDED:
        raise Conflict("run_suspended", "This run is suspended already.")
    return Suspension(run.id, run.phase, by.at, by.actor, by.reason)


def require_resumable(run: Run, suspension: Suspension | None) -> Suspension:
    """The suspension that is to be lifted.

    Raises:
        Conflict: the run is not suspended, or can never go on.
    """
    if suspension is None:
        raise Conflict(
            "run_not_suspended", f"Only a suspended run can be resumed; this one is {run.phase}."
        )
    if suspension.problem is not None:
        raise Conflict(
            "run_diverged",
            "The journal of this run does not fit its definition, so it cannot go on; run its "
            f"input again as a new run (rerun), and cancel this one. {suspension.problem}",
        )
    return suspension
