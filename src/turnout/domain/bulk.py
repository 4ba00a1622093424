"""A bulk action: the same verb over every run that a filter found when it was confirmed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from turnout.domain.errors import Conflict
from turnout.domain.instant import Instant
from turnout.domain.run import ENDED, Phase

MAX_RUNS = 100_000
"""Runs of one bulk action."""


class BulkVerb(StrEnum):
    """What can be done to many runs at once."""

    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"


class BulkState(StrEnum):
    """Where a bulk action is."""

    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"


_OPEN = tuple(phase for phase in Phase if phase not in ENDED)
_APPLIES: dict[BulkVerb, tuple[Phase, ...]] = {
    BulkVerb.SUSPEND: tuple(phase for phase in _OPEN if phase is not Phase.SUSPENDED),
    BulkVerb.RESUME: (Phase.SUSPENDED,),
    BulkVerb.CANCEL: _OPEN,
    BulkVerb.RETRY: (Phase.FAULTED,),
}


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A bulk action and how far it is.

    Attributes:
        id: ``blk_…``.
        total: runs that it was confirmed for.
        done: runs changed so far. refusals: runs that could not be, by the refusal's code.
        actor, reason: as in the audit entry of every single change.
        ended_at: when it was over, or None.
    """

    id: str
    environment_id: str
    verb: BulkVerb
    state: BulkState
    total: int
    done: int
    created_at: Instant
    ended_at: Instant | None
    actor: str
    reason: str
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """Runs that could not be changed."""
        return sum(self.refusals.values())


class CountChanged(Conflict):
    """Another number of runs matches than was confirmed.

    Attributes:
        count: how many match now.
    """

    def __init__(self, expected: int, count: int) -> None:
        super().__init__(
            "count_changed",
            f"{count} runs match now, not {expected}; look again and confirm that number.",
            "/data/attributes/expected-count",
        )
        self.count = count


def applicable(verb: BulkVerb, phases: Iterable[Phase] | None) -> tuple[Phase, ...]:
    """The phases of runs that a verb can change, of those that a filter names (None: of all)."""
    able = _APPLIES[verb]
    return able if phases is None else tuple(phase for phase in phases if phase in able)


def told(action: BulkAction, outcomes: Iterable[str | None], now: Instant) -> BulkAction:
    """After some of its runs.

    Args:
        outcomes: one per run, None where it was changed or the code of the refusal.
    """
    done, refusals = action.done, dict(action.refusals)
    for code in outcomes:
        if code is None:
            done += 1
        else:
            refusals[code] = refusals.get(code, 0) + 1
    after = replace(action, done=done, refusals=refusals)
    return ended(after, BulkState.DONE, now) if after.done + after.refused >= after.total else after


def ended(action: BulkAction, state: BulkState, now: Instant) -> BulkAction:
    """After its end."""
    return replace(action, state=state, ended_at=now)
