"""Our own scenarios of what the specification's kit leaves out, in its dialect.

Effects are answered by the scenario, by key: ``{effect: pay/charge#1, status: 503}`` a call, with a
``body`` where one is needed; ``{effect: pause#1}`` a timer.
"""

from pathlib import Path
from typing import Any

import pytest
from feature import Scenario, scenarios

from turnout.definition.check import check
from turnout.definition.normalise import normalise
from turnout.definition.parse import parse
from turnout.domain.journal import Entry
from turnout.interpreter import entries, fold
from turnout.interpreter.expressions import compile_expression
from turnout.interpreter.program import compile
from turnout.interpreter.state import State, from_json
from turnout.interpreter.trace import trace

FEATURES = Path(__file__).parent / "features"
NAMES = ("cancel", "export", "flow", "for", "fork", "raise", "retry", "timeout", "try", "wait")
OWN = [each for name in NAMES for each in scenarios(FEATURES / f"{name}.feature")]


class Played:
    """A scenario's run."""

    def __init__(self, definition: Any, input: Any) -> None:
        found = check(normalise(definition).decode(), compile_expression, {})
        assert found.normalised is not None, found.problems
        self.program = compile(parse(found.normalised))
        self.journal: list[Entry] = []
        self.state: State | None = None
        self.take(entries.accepted({"id": "wfr_1"}, {}, input))

    def take(self, entry: Entry) -> None:
        done = fold.advance(self.program, self.state, entry, 0)
        assert done.entries, f"{entry} came too late"
        self.state = done.state
        self.journal += done.entries

    def answer(self, effect: str, status: int | None = None, body: Any = None) -> None:
        assert self.state is not None
        open_ = self.state.effects[effect]
        value = None
        if status is not None:
            told = {name: open_.request[name] for name in ("uri", "method")}
            value = {"status": status, "headers": {}, "body": body, **told}
        self.take(entries.answered(open_, value))

    def check(self, text: str, block: Any) -> None:
        """One ``Then``."""
        assert self.state is not None
        if text == "the workflow should wait for:":
            assert (self.state.end, list(self.state.effects)) == (None, block)
            return
        end = self.state.end
        assert end is not None, f"waits for {list(self.state.effects)}"
        if text == "the workflow should complete with output:":
            assert (end.phase, end.output, end.error) == ("completed", block, None)
        elif text == "the workflow should fault with:":
            assert end.error is not None
            assert {name: end.error.get(name) for name in block} == block
        else:
            assert (text, end.phase) == ("the workflow should be cancelled", "cancelled")


def play(scenario: Scenario) -> Played:
    blocks = {step.text: step.block for step in scenario.steps}
    input = blocks.get("given the workflow input is:", {})
    played = Played(blocks["a workflow with definition:"], input)
    begun = False
    for step in scenario.steps:
        if not begun:
            begun = step.text == "the workflow is executed"
        elif step.text == "the answers come:":
            for each in step.block:
                played.answer(**each)
        elif step.text == "the workflow is cancelled":
            played.take(entries.cancelled(None))
        else:
            played.check(step.text, step.block)
    return played


@pytest.mark.parametrize("scenario", OWN, ids=str)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)


@pytest.mark.parametrize("scenario", OWN, ids=str)
def test_a_journal_cut_anywhere_replays_to_the_same(scenario: Scenario) -> None:
    played = play(scenario)
    state: State | None = None
    for cut, entry in enumerate(played.journal, start=1):
        before = None if state is None else from_json(state.to_json())
        state = fold.step(played.program, before, entry).state
        folded = fold.fold(played.program, played.journal[:cut])
        assert folded.state == state
        assert folded.wanted == tuple(state.effects.values())
    assert state == played.state
    assert trace(played.program, played.journal)
