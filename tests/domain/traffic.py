"""A workflow's traffic, told as sentences: the domain driven without a store."""

from dataclasses import dataclass, field, replace

from turnout.domain import gate as gates
from turnout.domain.badge import badges
from turnout.domain.by import By
from turnout.domain.gate import Change, Gate, NewIds
from turnout.domain.history import HistoryEvent
from turnout.domain.rollout import Rollout, RolloutKind

EMPTY = Gate("env_1", "wfl_1", generation=0, paused=False, deployment=None, rollout=None)


@dataclass
class Traffic:
    """A gate with what was decided on it; versions are named v7, v8 …"""

    gate: Gate = EMPTY
    rollouts: dict[str, Rollout] = field(default_factory=dict)
    events: list[HistoryEvent] = field(default_factory=list)
    live_before: set[str] = field(default_factory=set)
    clock: int = 0

    def publish(self, version: str, percent: float, *, supersede: bool = False) -> Rollout:
        return self._deploy(RolloutKind.PUBLISH, version, percent, supersede=supersede)

    def promote(self, version: str, percent: float, *, supersede: bool = False) -> Rollout:
        return self._deploy(RolloutKind.PROMOTE, version, percent, supersede=supersede)

    def revert(self, version: str, percent: float = 100) -> Rollout:
        return self._deploy(RolloutKind.REVERT, version, percent)

    def share(self, percent: float) -> Rollout:
        active = self.active
        change = gates.set_share(
            self.gate,
            active,
            round(percent * 100),
            revision=active.revision,
            ids=self._ids(),
            by=self._by(),
        )
        return self._save(change) if change else active

    def stop(self) -> Rollout:
        return self._save(gates.stop(self.gate, self.active, ids=self._ids(), by=self._by()))

    def complete(self) -> Rollout:
        return self._save(gates.complete(self.gate, self.active, ids=self._ids(), by=self._by()))

    @property
    def active(self) -> Rollout:
        assert self.gate.rollout is not None
        return self.gate.rollout

    @property
    def shares(self) -> dict[str, float]:
        deployment = self.gate.deployment
        return {s.version_id: s.basis_points / 100 for s in deployment.shares} if deployment else {}

    @property
    def badges(self) -> dict[str, str]:
        kinds = {id_: rollout.kind for id_, rollout in self.rollouts.items()}
        found = badges(self.gate, self.events, kinds)
        return {version: badge.text for version, badge in found.items()}

    def _deploy(
        self, kind: RolloutKind, version: str, percent: float, *, supersede: bool = False
    ) -> Rollout:
        change = gates.deploy(
            self.gate,
            kind,
            version,
            round(percent * 100),
            was_live=version in self.live_before,
            supersede=supersede,
            assignment_key=".accountId",
            ids=self._ids(),
            by=self._by(),
        )
        return self._save(change)

    def _save(self, change: Change) -> Rollout:
        assert change.gate.generation == self.gate.generation + 1
        self.gate = replace(change.gate)
        self.rollouts |= {rollout.id: rollout for rollout in change.rollouts}
        self.events += change.events
        self.live_before |= set(self.shares)
        return change.rollout

    def _ids(self) -> NewIds:
        self.clock += 1
        return NewIds(f"rol_{self.clock}", f"wfd_{self.clock}")

    def _by(self) -> By:
        return By("key_1", self.clock, "because")
