"""The specification's own scenarios, as far as their task types are supported.

The kit is found through ``OPEN_WORKFLOW_DIR``; it is not part of this project.
"""

import os
from pathlib import Path
from typing import Any

import kit_host
import pytest
from feature import Scenario, scenarios

from turnout.definition.normalise import normalise
from turnout.definition.parse import parse
from turnout.domain.journal import Entry
from turnout.interpreter import entries, fold
from turnout.interpreter.program import compile
from turnout.interpreter.state import End
from turnout.interpreter.trace import TaskTrace, trace

KIT = os.environ.get("OPEN_WORKFLOW_DIR", "")
NOT_YET = {"openapi", "authentication"}
"""Words whose presence in a definition makes its scenario one of a later issue."""


def supported(scenario: Scenario) -> bool:
    words = set(_words(scenario.steps[0].block))
    return not words & NOT_YET


def _words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for key, member in value.items() for word in (key, *_words(member))]
    if isinstance(value, list):
        return [word for item in value for word in _words(item)]
    return [value] if isinstance(value, str) else []


def kit() -> list[Scenario]:
    files = sorted(Path(KIT, "ctk", "features").glob("*.feature")) if KIT else []
    return [scenario for path in files for scenario in scenarios(path) if supported(scenario)]


class Played:
    """A scenario's run."""

    def __init__(self, definition: Any, input: Any) -> None:
        program = compile(parse(normalise(definition)))
        done = fold.advance(program, None, entries.accepted({"id": "wfr_1"}, {}, input), 0)
        journal: list[Entry] = list(done.entries)
        while done.wanted:
            effect = done.wanted[0]
            value = None if effect.kind == "emit" else kit_host.answer(effect.request)
            done = fold.advance(program, done.state, entries.answered(effect, value), 0)
            journal += done.entries
        assert done.end is not None
        self.end: End = done.end
        self.trace: list[TaskTrace] = trace(program, journal)

    def order(self) -> list[str]:
        return [task.path for task in self.trace]


@pytest.mark.skipif(not KIT, reason="OPEN_WORKFLOW_DIR does not name the specification's kit")
def test_the_kit_is_there_with_the_scenarios_that_are_supported() -> None:
    assert len(kit()) == 18


@pytest.mark.parametrize("scenario", kit(), ids=str)
def test_scenario(scenario: Scenario) -> None:
    definition: Any = None
    input: Any = {}
    played: Played | None = None
    for step in scenario.steps:
        if step.text == "a workflow with definition:":
            definition = step.block
        elif step.text == "given the workflow input is:":
            input = step.block
        elif step.text == "the workflow is executed":
            played = Played(definition, input)
        else:
            assert played is not None
            check(played, step.text, step.block)


def check(played: Played, text: str, block: Any) -> None:
    """One ``Then`` of a scenario."""
    words = text.split()
    output = played.end.output
    if text.startswith("the workflow should complete"):
        assert played.end.phase == "completed", played.end.error
        assert block is None or output == block
    elif text.startswith("the workflow should fault"):
        assert played.end.phase == "faulted"
        assert block is None or played.end.error == block
    elif text.startswith("the workflow output should have properties"):
        for name in text.split("'")[1::2]:
            has(output, name)
    elif text.startswith("the workflow output should have a '") and text.endswith("with value:"):
        assert at(output, text.split("'")[1]) == block
    elif text.startswith("the workflow output should have a '") and text.endswith(" items"):
        assert len(at(output, text.split("'")[1])) == int(words[-2])
    elif text.endswith("should run first"):
        assert played.order()[0] == words[0]
    elif text.endswith("should run last"):
        assert played.order()[-1] == words[0]
    elif "should run after" in text:
        order = played.order()
        assert order.index(words[0]) > order.index(words[-1])
    else:
        pytest.fail(f"the kit says something new: {text}")


def has(value: Any, path: str) -> None:
    at(value, path)


def at(value: Any, path: str) -> Any:
    for name in path.split("."):
        assert name in value
        value = value[name]
    return value
