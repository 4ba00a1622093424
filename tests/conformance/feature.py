"""Reads feature files in the dialect of the specification's conformance kit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_STEP = re.compile(r"\s*(?:(?:Given|When|Then|And|But)\s+)+(.*)")
_FENCE = re.compile(r'\s*"""')


@dataclass
class FeatureStep:
    """One step without its keywords, and its text block as data."""

    text: str
    block: Any = None


@dataclass
class Scenario:
    """A scenario's steps, in order."""

    feature: str
    name: str
    steps: list[FeatureStep] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.feature}: {self.name}"


def scenarios(path: Path) -> Iterator[Scenario]:
    """All scenarios of a file."""
    scenario: Scenario | None = None
    lines = iter(path.read_text().splitlines())
    for line in lines:
        if line.strip().startswith("Scenario:"):
            if scenario is not None:
                yield scenario
            scenario = Scenario(path.stem, line.split(":", 1)[1].strip())
        elif scenario is not None and _FENCE.match(line):
            scenario.steps[-1].block = _block(lines)
        elif scenario is not None and (found := _STEP.match(line)):
            scenario.steps.append(FeatureStep(found.group(1).strip()))
    if scenario is not None:
        yield scenario


def _block(lines: Iterator[str]) -> Any:
    text = []
    for line in lines:
        if _FENCE.match(line):
            break
        text.append(line)
    return YAML(typ="safe", pure=True).load("\n".join(text))
