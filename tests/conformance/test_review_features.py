"""Our own scenarios of `call: human-review`, in the dialect of the specification's kit."""

from pathlib import Path
from typing import Any

import pytest
from feature import Scenario, scenarios
from test_specification_kit import check

from turnout.definition.check import check as checked
from turnout.definition.normalise import normalise
from turnout.definition.parse import parse
from turnout.domain.journal import Effect, Entry
from turnout.domain.review import answer, require_choice
from turnout.engine.reviews import when_due
from turnout.interpreter import entries, fold
from turnout.interpreter.expressions import compile_expression
from turnout.interpreter.json_text import text
from turnout.interpreter.program import compile
from turnout.interpreter.state import End, State
from turnout.interpreter.trace import TaskTrace, trace
from turnout.use_cases.workers import WantedEffect

FEATURE = Path(__file__).parent / "features" / "human-review.feature"
SCENARIOS = list(scenarios(FEATURE))


class Played:
    """A scenario's run, and the people who decide its reviews."""

    def __init__(self, definition: Any, input: Any) -> None:
        self.program = compile(parse(normalise(definition)))
        self.journal: list[Entry] = []
        self.state: State | None = None
        self.take(entries.accepted({"id": "wfr_1"}, {}, input))

    def take(self, entry: Entry) -> None:
        done = fold.advance(self.program, self.state, entry, 0)
        self.state = done.state
        self.journal += done.entries

    @property
    def review(self) -> Effect:
        assert self.state is not None
        (effect,) = self.state.effects.values()
        assert effect.kind == "review"
        return effect

    def decide(self, decision: str, reason: str = "") -> None:
        choices: Any = self.review.request["choices"]
        require_choice(decision, [choice["value"] for choice in choices])
        told = answer(decision, 0, reason=reason, actor="key_1")
        self.take(entries.answered(self.review, told))

    def pass_due(self) -> None:
        effect = self.review
        wanted = WantedEffect(
            effect.key,
            effect.attempt,
            effect.kind,
            text(effect.request),
            effect.digest,
            effect.due,
            effect.idempotency_key,
        )
        told: Any = when_due(wanted)
        if "error" in told:
            self.take(entries.answered_error(effect, told["error"]))
        else:
            self.take(entries.answered(effect, told["value"]))

    @property
    def end(self) -> End:
        assert self.state is not None
        assert self.state.end is not None, f"waits for {list(self.state.effects)}"
        return self.state.end

    @property
    def trace(self) -> list[TaskTrace]:
        return trace(self.program, self.journal)

    def order(self) -> list[str]:
        return [task.path for task in self.trace]


def play(scenario: Scenario) -> Played:
    """Play all steps, and check what is to be checked."""
    definition: Any = None
    input: Any = {}
    played: Any = None
    for step in scenario.steps:
        if step.text == "a workflow with definition:":
            definition = step.block
            found = checked(normalise(definition).decode(), compile_expression, {})
            assert found.normalised is not None, found.problems
        elif step.text == "given the workflow input is:":
            input = step.block
        elif step.text == "the workflow is executed":
            played = Played(definition, input)
        elif step.text == "the review is decided:":
            played.decide(**step.block)
        elif step.text == "the review is due":
            played.pass_due()
        elif step.text == "the workflow should be waiting":
            assert played.state.end is None
        elif step.text == "the review should ask:":
            assert played.review.request == step.block
        else:
            check(played, step.text, step.block)
    assert isinstance(played, Played)
    return played


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) == 9


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_scenario(scenario: Scenario) -> None:
    play(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_a_journal_cut_anywhere_replays_to_the_same(scenario: Scenario) -> None:
    played = play(scenario)
    assert played.state is not None
    for cut in range(1, len(played.journal) + 1):
        state = fold.fold(played.program, played.journal[:cut]).state
        for entry in played.journal[cut:]:
            state = fold.step(played.program, state, entry).state
        assert state.to_json() == played.state.to_json()
