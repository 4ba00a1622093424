"""Drives the tasks of one run from one entry until it ends or waits: one loop, no recursion."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

from turnout.domain.instant import SECOND, Instant, iso
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter import dataflow, effects
from turnout.interpreter.errors import Fault, fault
from turnout.interpreter.json_text import text
from turnout.interpreter.plain import truth
from turnout.interpreter.state import End, FaultPlace, Frame, State

if TYPE_CHECKING:
    from turnout.interpreter.compiled import CompiledTask, Program
    from turnout.interpreter.expressions import Evaluable
    from turnout.interpreter.trace import Recorder
    from turnout.interpreter.values import Template


class Pending(Enum):
    """Stands for an output that is not there yet."""

    PENDING = "pending"


PENDING: Final = Pending.PENDING

Result = Json | Pending
"""What a task's handler returns: its raw output, or PENDING when it entered a child or waits."""

RUNTIME: JsonObject = {"name": "turnout", "version": "1", "metadata": {}}
"""``$runtime``; its version is the interpreter's revision, since replay must not differ."""


class Machine:
    """One step of a run.

    Attributes:
        program: what runs.
        state: a copy of its own, to be changed.
        wanted: effects that this step opened.
        withdrawn: keys of effects that this step closed without an answer.
        entering: the child to enter next and its raw input.
        directive: where the flow goes after the task that just ended, if not by its ``then``.
        raw_output: ``$task.output``, while it exists. (``$output`` is ``.`` wherever it exists.)
    """

    __slots__ = (
        "_completing",
        "_recorder",
        "directive",
        "entering",
        "program",
        "raw_output",
        "state",
        "wanted",
        "withdrawn",
    )

    def __init__(self, program: Program, state: State, recorder: Recorder | None = None) -> None:
        """Take over a state; ``recorder`` hears of every task, for the trace."""
        self.program = program
        self.state = state
        self.wanted: list[Effect] = []
        self.withdrawn: tuple[str, ...] = ()
        self.entering: tuple[CompiledTask, Json] | None = None
        self.directive: str | None = None
        self.raw_output: Json = None
        self._completing = False
        self._recorder = recorder

    # what moves a run

    def start(self) -> None:
        """Begin the workflow on the state's input."""
        state = self.state
        frame = Frame("", 1, state.now, state.input, state.input)
        state.stack.append(frame)
        root = self.program.root
        try:
            dataflow.take_in(self, root, frame)
            result = root.handler.begin(self, root, frame)
        except Fault as failure:
            self.fail(failure.error)
            return
        self._drive(result)

    def answer(self, key: str, body: JsonObject) -> None:
        """Go on with the result of an open effect."""
        state = self.state
        effect = state.effects.pop(key)
        frame = state.stack[-1]
        task = self.program.tasks[frame.path]
        if self._recorder is not None:
            self._recorder.answered()
        try:
            error = body.get("error")
            if error is not None:
                raise _answered_fault(error)
            result = task.handler.answered(self, task, frame, effect, body.get("value"))
        except Fault as failure:
            self.fail(failure.error)
            return
        self._drive(result)

    def again(self) -> None:
        """Enter the task that failed once more, on the same raw input."""
        state = self.state
        frame = state.stack.pop()
        if self._recorder is not None:
            self._recorder.again()
        try:
            result = self._enter(self.program.tasks[frame.path], frame.raw, frame)
        except Fault as failure:
            self.fail(failure.error)
            return
        self._drive(result)

    def cancel(self) -> None:
        """End the run now."""
        self._end(End("cancelled"))
        self.state.stack.clear()

    def fail(self, error: JsonObject, cause_is_outside: bool = False) -> None:
        """End the run as faulted; the stack stays as it is, for an operator's retry.

        Args:
            error: its ``instance`` is set here.
            cause_is_outside: the failing task did nothing wrong itself (a limit was broken).
        """
        state = self.state
        frame = state.stack[-1] if state.stack else None
        path = frame.path if frame is not None else ""
        task = self.program.tasks[path]
        mine = frame is not None and frame.effect is not None and not cause_is_outside
        state.fault = FaultPlace(
            task=path,
            effect=frame.effect if frame is not None and mine else None,
            attempt=frame.attempt if frame is not None and mine else 0,
            retryable=mine and task.handler.answer_may_differ,
        )
        instance = task.reference if path else ("/output" if self._completing else "/input")
        self._end(End("faulted", error={**error, "instance": instance}))

    # what handlers call

    def compute(self, template: Template, value: Json) -> Json:
        """The template's value with ``.`` = ``value``, for the innermost task."""
        state = self.state
        return template.compute(value, self._variable, state.now / SECOND, state.limits["output"])

    def evaluate(self, expression: Evaluable, value: Json) -> Json:
        """The expression's first output with ``.`` = ``value``, for the innermost task."""
        state = self.state
        result: Json = expression.evaluate(
            value, self._variable, state.now / SECOND, state.limits["output"]
        )
        return result

    def want(self, kind: str, request: JsonObject, due: Instant | None = None) -> Pending:
        """Open an effect of the innermost task."""
        size = len(text(request))
        if size > self.state.limits["output"]:
            raise fault("runtime", f"The request is too large: {size} bytes of JSON.")
        self.wanted.append(effects.want(self.state, kind, request, due))
        if self._recorder is not None:
            self._recorder.waiting(self.state.stack[-1])
        return PENDING

    # the loop

    def _drive(self, result: Result) -> None:
        state = self.state
        try:
            while state.end is None:
                if result is not PENDING:
                    result = self._finish(result)
                elif self.entering is not None:
                    task, raw = self.entering
                    self.entering = None
                    result = self._enter(task, raw)
                else:
                    return
        except Fault as failure:
            self.fail(failure.error)

    def _enter(self, task: CompiledTask, raw: Json, before: Frame | None = None) -> Result:
        """Begin a task; ``before`` is its frame of the visit that is to be repeated."""
        state = self.state
        if before is None:
            visit = state.visits.get(task.path, 0) + 1
            state.visits[task.path] = visit
            frame = Frame(task.path, visit, state.now, raw, raw)
        else:
            frame = Frame(task.path, before.visit, state.now, raw, raw, attempt=before.attempt)
        state.stack.append(frame)
        state.steps += 1
        if self._recorder is not None:
            self._recorder.began(task, state)
        if state.steps > state.limits["steps"]:
            raise fault("runtime", f"The run executed {state.limits['steps']} tasks, its limit.")
        if task.condition is not None and not truth(self.evaluate(task.condition, raw)):
            if self._recorder is not None:
                self._recorder.skipped()
            return self._leave(raw, "continue")
        dataflow.take_in(self, task, frame)
        return task.handler.begin(self, task, frame)

    def _finish(self, raw: Json) -> Result:
        """End the innermost task with this raw output."""
        stack = self.state.stack
        if len(stack) == 1:
            return self._complete(raw)
        task = self.program.tasks[stack[-1].path]
        output = dataflow.give_out(self, task, raw)
        directive = self.directive or task.then
        self.directive = None
        return self._leave(output, directive)

    def _leave(self, output: Json, directive: str) -> Result:
        state = self.state
        frame = state.stack.pop()
        if self._recorder is not None:
            self._recorder.ended(frame, output, state.now)
        if directive == "end":
            return self._complete(output)
        parent = state.stack[-1]
        task = self.program.tasks[parent.path]
        return task.handler.child_ended(self, task, parent, output, directive)

    def _complete(self, raw: Json) -> Pending:
        """End the workflow with this raw output, from whatever depth."""
        stack = self.state.stack
        if self._recorder is not None and len(stack) > 1:
            self._recorder.left(stack[1:], raw, self.state.now)
        del stack[1:]
        self._completing = True
        output = dataflow.give_out(self, self.program.root, raw)
        size = len(text(output))
        if size > self.state.limits["output"]:
            raise fault("runtime", f"The output is too large: {size} bytes of JSON.")
        stack.clear()
        self._end(End("completed", output))
        return PENDING

    def _end(self, end: End) -> None:
        state = self.state
        state.end = end
        self.withdrawn = tuple(state.effects)
        # An effect that nobody heard of yet needs no withdrawing, nor a `wanted` entry.
        self.withdrawn = tuple(key for key in self.withdrawn if key not in state.unrecorded)
        state.effects.clear()
        state.unrecorded.clear()
        self.wanted.clear()
        if self._recorder is not None:
            self._recorder.stopped(end, state)

    # variables

    def _variable(self, name: str, members: frozenset[str] | None) -> Json:
        state = self.state
        if name == "context":
            return state.context
        if name == "input":
            return state.stack[-1].input
        if name == "workflow":
            return _selected(self._workflow(), members)
        if name == "task":
            return _selected(self._task(), members)
        if name == "runtime":
            return RUNTIME
        return self._loop_variable(name)

    def _loop_variable(self, name: str) -> Json:
        for frame in reversed(self.state.stack):
            loop = frame.loop
            if loop is not None:
                if name == loop.each:
                    return loop.items[loop.index]
                if name == loop.at:
                    return loop.index
        return None

    def _workflow(self) -> JsonObject:
        state = self.state
        return {
            "id": state.run["id"],
            "definition": self.program.definition.source,
            "input": state.input,
            "startedAt": _moment(state.started_at),
        }

    def _task(self) -> JsonObject:
        frame = self.state.stack[-1]
        task = self.program.tasks[frame.path]
        return {
            "name": task.name,
            "reference": task.reference,
            "definition": task.definition,
            "input": frame.raw,
            "output": self.raw_output,
            "startedAt": _moment(frame.started_at),
        }


def _selected(whole: JsonObject, members: frozenset[str] | None) -> JsonObject:
    if members is None:
        return whole
    return {name: value for name, value in whole.items() if name in members}


def _moment(instant: Instant) -> JsonObject:
    return {
        "iso8601": iso(instant),
        "epoch": {"seconds": instant // SECOND, "milliseconds": instant // (SECOND // 1000)},
    }


def _answered_fault(error: Json) -> Fault:
    """The fault of an effect that failed; members that its error lacks are a runtime error's."""
    known = error if isinstance(error, dict) else {"detail": str(error)}
    default = fault("runtime", "The effect failed.").error
    return Fault({**default, **known})
