"""What the demo wrote down while it played: the runs as they were acknowledged, round by round."""

from dataclasses import dataclass, field
from typing import Any

from turnout.cli.resource import Resource


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A run as its trigger was answered.

    Attributes:
        applicant: id of the applicant in its input.
        version: id of its version.
    """

    id: str
    applicant: str
    version: str
    number: int
    status: str
    outcome: str | None
    output: Any
    assignment: dict[str, Any]

    @property
    def arm(self) -> str | None:
        """Its side of the rollout, or None."""
        arm: str | None = self.assignment["arm"]
        return arm


@dataclass(frozen=True, slots=True)
class Round:
    """All applicants, triggered once under one deployment.

    Attributes:
        name: for people.
        deployment: id of the one in force, as acknowledged before the first trigger.
        shares: version number → percent.
    """

    name: str
    deployment: str
    shares: dict[int, float]
    runs: tuple[Acknowledged, ...]

    def treatment(self) -> frozenset[str]:
        """The applicants that went to the treatment."""
        return frozenset(run.applicant for run in self.runs if run.arm == "treatment")


@dataclass(slots=True)
class Record:
    """The whole story.

    Attributes:
        texts: version id → the definition as it was published.
        changes: actions that the audit log must tell, in order.
        events: (event, version number) that the history must tell, in order.
        refused: (what was tried, exit code) of changes that had to be refused.
    """

    workflow: Resource
    texts: dict[str, str] = field(default_factory=dict)
    rounds: list[Round] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    events: list[tuple[str, int]] = field(default_factory=list)
    refused: list[tuple[str, int]] = field(default_factory=list)

    @property
    def runs(self) -> list[Acknowledged]:
        """Every acknowledged run."""
        return [run for each in self.rounds for run in each.runs]
