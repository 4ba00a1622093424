"""Badges: what a version is to new runs, or was last, in one environment."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from turnout.domain.assignment import ArmLabel
from turnout.domain.gate import Gate
from turnout.domain.history import HistoryEvent, HistoryKind
from turnout.domain.rollout import RolloutKind


class BadgeKind(StrEnum):
    """Live, an arm of the active rollout, or how it went out of traffic."""

    LIVE = "live"
    TREATMENT = "treatment"
    CONTROL = "control"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Badge:
    """A version's badge.

    Attributes:
        basis_points: its share; 0 when it is not live.
        revert: whether a revert brought it (back) into traffic.
    """

    kind: BadgeKind
    basis_points: int = 0
    revert: bool = False

    @property
    def text(self) -> str:
        """As people read it: ``Treatment • 40 % · revert``."""
        word = self.kind.value.capitalize()
        if self.kind in (BadgeKind.TREATMENT, BadgeKind.CONTROL):
            word += f" • {self.basis_points / 100:g} %"
            return f"{word} · revert" if self.revert else word
        return word


def badges(
    gate: Gate, events: Iterable[HistoryEvent], kinds: dict[str, RolloutKind]
) -> dict[str, Badge]:
    """The badge of every version that has one, by version id.

    Args:
        events: the whole history of this gate, oldest first.
        kinds: rollout id → kind, for every rollout in ``events``.
    """
    grey: dict[str, Badge] = {}
    for event in events:
        grey.update(_grey(event, kinds[event.rollout_id]))
        for share in event.after.shares:
            grey.pop(share.version_id, None)
    return grey | _live(gate, kinds)


def _live(gate: Gate, kinds: dict[str, RolloutKind]) -> dict[str, Badge]:
    if gate.deployment is None:
        return {}
    reverting = kinds.get(gate.deployment.rollout_id) is RolloutKind.REVERT
    found = {}
    for share in gate.deployment.shares:
        kind = BadgeKind(share.label.value) if gate.rollout else BadgeKind.LIVE
        revert = reverting and share.label is ArmLabel.TREATMENT
        found[share.version_id] = Badge(kind, share.basis_points, revert)
    return found


def _grey(event: HistoryEvent, kind: RolloutKind) -> dict[str, Badge]:
    """Badges of versions that this event took out of traffic."""
    if event.kind is HistoryKind.STOPPED:
        return {event.version_id: Badge(BadgeKind.STOPPED)}
    if event.kind is HistoryKind.SUPERSEDED:
        return {event.version_id: Badge(BadgeKind.SUPERSEDED)}
    if kind is not RolloutKind.REVERT or event.before is None:
        return {}
    if event.kind not in (HistoryKind.REVERTED_TO, HistoryKind.COMPLETED):
        return {}
    # A revert put something else in the place of whatever was live; only the version that held
    # 100 % before is "reverted": a superseded treatment has its own badge already.
    gone = [
        share for share in event.before.shares if event.after.share_of(share.version_id) is None
    ]
    return {
        share.version_id: Badge(BadgeKind.REVERTED)
        for share in gone
        if len(event.before.shares) == 1 or share.label is ArmLabel.CONTROL
    }
