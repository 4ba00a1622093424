"""Version history: what happened to the versions of a workflow in one environment."""

from dataclasses import dataclass
from enum import StrEnum

from turnout.domain.by import By
from turnout.domain.deployment import Deployment


class HistoryKind(StrEnum):
    """The events of the version history."""

    PUBLISHED = "published"
    PROMOTED = "promoted"
    REVERTED_TO = "reverted-to"
    SHARE_CHANGED = "share-changed"
    COMPLETED = "completed"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One event.

    Attributes:
        rollout_id, version_id: the rollout it is about, and that rollout's treatment.
        before: the deployment that was in force, or None on the first deploy.
        after: the one in force since.
        by: who, when, why.
    """

    kind: HistoryKind
    rollout_id: str
    version_id: str
    before: Deployment | None
    after: Deployment
    by: By
