"""Our own scenarios of `listen` and `emit`, in the dialect of the specification's kit.

Events are kept and offered here as the engine does it, in memory: to every open listen that has
not taken them on an earlier visit, by the same facts. What a run leaves is not journaled.
"""

from pathlib import Path
from typing import Any

import pytest
from feature import Scenario, scenarios
from test_specification_kit import check

from turnout.definition.check import check as checked_text
from turnout.definition.normalise import normalise
from turnout.definition.parse import parse
from turnout.domain.cloud_event import checked
from turnout.domain.journal import Effect, Entry
from turnout.domain.subscription import holds
from turnout.interpreter import entries, fold
from turnout.interpreter.expressions import compile_expression
from turnout.interpreter.program import compile
from turnout.interpreter.state import End, State
from turnout.interpreter.trace import TaskTrace, trace

FEATURES = Path(__file__).parent / "features"


def own() -> list[Scenario]:
    files = [FEATURES / "emit.feature", FEATURES / "listen.feature"]
    return [scenario for path in files for scenario in scenarios(path)]


class Played:
    """A scenario's run, and the events that came."""

    def __init__(self, definition: Any, input: Any) -> None:
        self.program = compile(parse(normalise(definition)))
        self.events: list[dict[str, Any]] = []
        self.journal: list[Entry] = []
        self.state: State | None = None
        self._taken: set[tuple[str, str]] = set()
        self._left: set[tuple[str, str]] = set()
        self.take(entries.accepted({"id": "wfr_1"}, {}, input))

    def take(self, entry: Entry) -> fold.Advance:
        done = fold.advance(self.program, self.state, entry, 0)
        self.state = done.state
        self.journal += done.entries
        return done

    def receive(self, event: dict[str, Any]) -> None:
        number = str(len(self.events))
        known = {"specversion": "1.0", "id": number, "source": "/test"}
        self.events.append(checked({**known, **event}))
        self.settle()

    def settle(self) -> None:
        """Send what is emitted and offer what came, until every open effect has heard it all."""
        while self._sent() or self._offered():
            pass

    def _open(self, kind: str) -> list[Effect]:
        assert self.state is not None
        return [effect for effect in self.state.effects.values() if effect.kind == kind]

    def _sent(self) -> bool:
        for effect in self._open("emit"):
            self.events.append(effect.request["event"])  # type: ignore[arg-type]
            self.take(entries.answered(effect, None))
            return True
        return False

    def _offered(self) -> bool:
        for effect in self._open("event"):
            request: dict[str, Any] = effect.request
            for event in self.events:
                once = (request["listen"], event["id"])
                if once in self._taken or (effect.key, event["id"]) in self._left:
                    continue
                if any(holds(facts, event) for facts in request["filters"]):
                    self._offer(effect, event, once)
                    return True
        return False

    def _offer(self, effect: Effect, event: dict[str, Any], once: tuple[str, str]) -> None:
        before, length = self.state, len(self.journal)
        done = self.take(entries.answered(effect, {"event": event}))
        wanted = done.wanted[0] if len(done.entries) == 2 and done.wanted else None
        if wanted is not None and (wanted.key, wanted.digest) == (effect.key, effect.digest):
            self.state = before
            del self.journal[length:]
            self._left.add((effect.key, event["id"]))
        else:
            self._taken.add(once)

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


def test_there_are_scenarios() -> None:
    assert len(own()) >= 30


@pytest.mark.parametrize("scenario", own(), ids=str)
def test_scenario(scenario: Scenario) -> None:
    definition: Any = None
    input: Any = {}
    played: Played | None = None
    for step in scenario.steps:
        if step.text == "a workflow with definition:":
            definition = step.block
            found = checked_text(normalise(definition).decode(), compile_expression, {})
            assert found.normalised is not None, found.problems
        elif step.text == "given the workflow input is:":
            input = step.block
        elif step.text == "the workflow is executed":
            played = Played(definition, input)
            played.settle()
        elif step.text == "the events are received:":
            assert played is not None
            for event in step.block:
                played.receive(event)
        elif step.text == "the workflow should be waiting":
            assert played is not None
            assert played.state is not None
            assert played.state.end is None
        else:
            assert played is not None
            check(played, step.text, step.block)  # type: ignore[arg-type]


@pytest.mark.parametrize("scenario", own(), ids=str)
def test_a_journal_cut_anywhere_replays_to_the_same(scenario: Scenario) -> None:
    blocks = {step.text: step.block for step in scenario.steps}
    definition = blocks["a workflow with definition:"]
    played = Played(definition, blocks.get("given the workflow input is:", {}))
    played.settle()
    for event in blocks.get("the events are received:", ()):
        played.receive(event)
    assert played.state is not None
    assert fold.fold(played.program, played.journal).state.to_json() == played.state.to_json()
    for cut in range(1, len(played.journal)):
        state = fold.fold(played.program, played.journal[:cut]).state
        for entry in played.journal[cut:]:
            state = fold.step(played.program, state, entry).state
        assert state.to_json() == played.state.to_json()
