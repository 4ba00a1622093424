"""Counts of runs, kept by the hour in the transaction that accepts or ends a run."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import func, select

from turnout.domain.assignment import KeySource
from turnout.domain.instant import SECOND, Instant
from turnout.domain.journal import EntryKind
from turnout.domain.run import Phase, Run
from turnout.storage.session import CountKey, Session
from turnout.storage.tables import run_counts
from turnout.use_cases.ports import Counts
from turnout.use_cases.workers import NewEntry

HOUR = 3_600 * SECOND

ACCEPTED = "accepted"
KEY_FALLBACK = "key-fallback"
RETRIED = "retried"

_C = run_counts.c


@dataclass(frozen=True, slots=True)
class Counted:
    """The key of a run's counts but for hour, kind and outcome, as the database has them."""

    environment_id: bytes
    workflow_id: bytes
    rollout_id: bytes
    version_id: bytes
    arm: str


def accepted(run: Run, of: Counted) -> Iterator[CountKey]:
    """What a new run counts for."""
    yield _key(of, run.created_at, ACCEPTED)
    if run.assignment.key_source is KeySource.RUN_ID:
        yield _key(of, run.created_at, KEY_FALLBACK)


def moved(run: Run, entries: tuple[NewEntry, ...], of: Counted) -> Iterator[CountKey]:
    """What these entries count for: an end, or a retry, which takes a fault back."""
    for entry in entries:
        if entry.kind is EntryKind.RETRIED:
            yield _key(of, entry.at, RETRIED)
        elif entry.kind is EntryKind.ENDED:
            yield _key(of, entry.at, run.phase.value, run.outcome or "")


def load(
    session: Session, environment_id: str, workflow_id: str
) -> dict[tuple[str, str, str], Counts]:
    """By (rollout id, version id, arm; ``""`` where a version was alone)."""
    rows = session.rows(
        select(_C.rollout_id, _C.version_id, _C.arm, _C.kind, _C.outcome, func.sum(_C.count))
        .where(_C.environment_id == environment_id, _C.workflow_id == workflow_id)
        .group_by(_C.rollout_id, _C.version_id, _C.arm, _C.kind, _C.outcome)
    )
    found: dict[tuple[str, str, str], _Sums] = {}
    for rollout_id, version_id, arm, kind, outcome, count in rows:
        sums = found.setdefault((rollout_id, version_id, arm), _Sums())
        sums.kinds[kind] = sums.kinds.get(kind, 0) + int(count)
        if outcome:
            sums.outcomes[outcome] = sums.outcomes.get(outcome, 0) + int(count)
    return {key: sums.counts() for key, sums in found.items()}


@dataclass(slots=True)
class _Sums:
    kinds: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, int] = field(default_factory=dict)

    def counts(self) -> Counts:
        of = self.kinds.get
        return Counts(
            runs=of(ACCEPTED, 0),
            completed=of(Phase.COMPLETED.value, 0),
            faulted=of(Phase.FAULTED.value, 0) - of(RETRIED, 0),
            cancelled=of(Phase.CANCELLED.value, 0),
            key_fallbacks=of(KEY_FALLBACK, 0),
            outcomes=self.outcomes,
        )


def _key(of: Counted, at: Instant, kind: str, outcome: str = "") -> CountKey:
    return (
        of.environment_id,
        of.workflow_id,
        of.rollout_id,
        of.version_id,
        of.arm,
        at // HOUR,
        kind,
        outcome,
    )
