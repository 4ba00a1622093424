"""A run played by a test: definitions as YAML or data, effects answered by the test."""

from collections.abc import Callable
from typing import Any

from ruamel.yaml import YAML

from turnout.definition.normalise import normalise
from turnout.definition.parse import parse
from turnout.domain.instant import SECOND
from turnout.domain.journal import Effect, Entry
from turnout.interpreter import entries, fold
from turnout.interpreter.program import Limits, Program, compile
from turnout.interpreter.state import End, State
from turnout.interpreter.trace import TaskTrace, trace

START = 1_800_000_000 * SECOND
RUN = {"id": "wfr_01k0000000e0000000000000r1"}
WORKFLOW = {"id": "wfl_01k0000000e0000000000000w1", "handle": "onboarding"}


def data(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def program(
    source: str | dict[str, Any], outcome: str | None = None, limits: Limits | None = None
) -> Program:
    """Compile a definition; its ``document`` may be left out."""
    value = data(source) if isinstance(source, str) else source
    document = {"dsl": "1.0.3", "namespace": "test", "name": "test", "version": "1.0.0"}
    return compile(parse(normalise({"document": document, **value})), outcome, limits)


class Run:
    """One run and its journal; every advance takes a second."""

    def __init__(self, program: Program | str, input: Any = None) -> None:
        self.program = compiled(program)
        self.journal: list[Entry] = []
        self.state: State | None = None
        self.now = START
        self.input = {} if input is None else input
        self.take(entries.accepted(RUN, WORKFLOW, self.input))

    def take(self, entry: Entry, overrun: Entry | None = None) -> fold.Advance:
        done = fold.advance(self.program, self.state, entry, self.now, overrun)
        self.now += SECOND
        self.journal += done.entries
        self.state = done.state
        return done

    @property
    def open(self) -> Effect:
        """The one effect that is open."""
        assert self.state is not None
        (effect,) = self.state.effects.values()
        return effect

    def effect(self, key: str) -> Effect:
        """The open effect with this key."""
        assert self.state is not None
        return self.state.effects[key]

    @property
    def waits_for(self) -> list[str]:
        """Keys of all open effects, in the order in which they were wanted."""
        assert self.state is not None
        return list(self.state.effects)

    def answer(self, value: Any = None, key: str | None = None) -> fold.Advance:
        effect = self.open if key is None else self.effect(key)
        return self.take(entries.answered(effect, value))

    def answer_error(self, key: str | None = None, **error: Any) -> fold.Advance:
        effect = self.open if key is None else self.effect(key)
        return self.take(entries.answered_error(effect, error))

    def http(
        self, status: int, body: Any = None, key: str | None = None, **headers: str
    ) -> fold.Advance:
        request = (self.open if key is None else self.effect(key)).request
        value = {"status": status, "headers": headers, "body": body}
        return self.answer({**value, "uri": request["uri"], "method": request["method"]}, key)

    def play(self, answer: Callable[[Effect], Any]) -> "Run":
        """Answer every effect with what the function gives until the run ends."""
        while self.state is not None and self.state.end is None:
            self.answer(answer(self.open))
        return self

    @property
    def end(self) -> End:
        assert self.state is not None
        assert self.state.end is not None, f"waits for {list(self.state.effects)}"
        return self.state.end

    @property
    def output(self) -> Any:
        assert self.end.phase == "completed", self.end.error
        return self.end.output

    @property
    def error(self) -> dict[str, Any]:
        assert self.end.error is not None, self.end
        return self.end.error

    def trace(self) -> list[TaskTrace]:
        return trace(self.program, self.journal)

    def order(self) -> list[str]:
        """Paths of the executed tasks, in order."""
        return [task.path for task in self.trace() if task.phase != "skipped"]


def compiled(source: Program | str) -> Program:
    return source if isinstance(source, Program) else program(source)
