"""Drives the tasks of one run from one entry until it ends or waits: one loop, no recursion."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Final

from turnout.domain.instant import SECOND, Instant
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter import dataflow, tree
from turnout.interpreter.effects import TIMEOUT, Effects, deadline_key, place_of
from turnout.interpreter.errors import Fault, LimitFault, fault
from turnout.interpreter.json_text import text
from turnout.interpreter.plain import truth
from turnout.interpreter.state import End, FaultPlace, Frame, State
from turnout.interpreter.tree import Stacks
from turnout.interpreter.variables import variable

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


class Machine:
    """One step of a run.

    Attributes:
        program: what runs.
        state: a copy of its own, to be changed.
        effects: what this step opened and closed.
        entering: the child to enter next and its raw input.
        directive: where the flow goes after the task that just ended, if not by its ``then``.
        raw_output: ``$task.output``, while it exists. (``$output`` is ``.`` wherever it exists.)
    """

    __slots__ = (
        "_completing",
        "_ready",
        "_recorder",
        "_scope",
        "_stacks",
        "directive",
        "effects",
        "entering",
        "program",
        "raw_output",
        "state",
    )

    def __init__(self, program: Program, state: State, recorder: Recorder | None = None) -> None:
        """Take over a state; ``recorder`` hears of every task, for the trace."""
        self.program = program
        self.state = state
        self.effects = Effects(state)
        self.entering: tuple[CompiledTask, Json] | None = None
        self.directive: str | None = None
        self.raw_output: Json = None
        self._completing = False
        self._recorder = recorder
        self._stacks: Stacks = [state.stack]
        # Branches that have yet to begin, the next one last.
        self._ready: list[tuple[Stacks, CompiledTask, Json]] = []
        # The frames whose variables count, where those are not the innermost one's.
        self._scope: list[Frame] | None = None

    # what moves a run

    def start(self) -> None:
        """Begin the workflow on the state's input."""
        self._drive(self._begin_workflow)

    def answer(self, key: str, body: JsonObject) -> None:
        """Go on with the result of an open effect."""
        effect = self.state.effects.pop(key)
        path, deadline = place_of(key)
        stacks = tree.stacks_to(self.state.stack, path)
        assert stacks is not None, f"{key} is open, so its task is in progress"
        self._stacks = stacks
        frame = next(frame for frame in stacks[-1] if frame.path == path)
        if deadline is not None:
            self._drive(partial(self._time_is_up, frame, deadline))
        else:
            self._drive(partial(self._answered, frame, effect, body))

    def again(self) -> None:
        """Enter the task that failed once more, on the same raw input.

        The fault interrupted what went on beside it; that is entered again, too.
        """
        state = self.state
        for stacks in tree.tips(state.stack):
            if not tree.holds(state.stack, stacks[-1]):
                continue  # one of those before ended all others
            self._stacks = stacks
            frame = stacks[-1].pop()
            if self._recorder is not None:
                self._recorder.again(frame, tree.lineage(stacks))
            task = self.program.tasks[frame.path]
            self._drive(partial(self._enter, task, frame.raw, frame))
            if state.end is not None:
                return
        self.effects.set_deadlines_anew()

    def cancel(self) -> None:
        """End the run now."""
        self._end(End("cancelled"))
        self.state.stack.clear()

    def overran(self, error: JsonObject) -> None:
        """End the run for a limit that it broke: nothing in it may catch that."""
        self._fault(error, cause_is_outside=True)

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
        frames = tree.lineage(self._stacks)
        self.effects.want(frames, kind, request, due)
        if self._recorder is not None:
            self._recorder.waiting(frames[-1])
        return PENDING

    def set_deadline(self, name: str, length: int) -> None:
        """End the innermost task, or what ``name`` says of it, after so many microseconds."""
        self.effects.set_deadline(tree.lineage(self._stacks), name, length)

    def end_deadline(self, frame: Frame, name: str) -> None:
        """Do not wait for a deadline of the innermost task any more."""
        if frame.deadlines.pop(name, None) is not None:
            self.effects.close(deadline_key(tree.lineage(self._stacks), name))

    def enter_branches(self, frame: Frame, tasks: tuple[CompiledTask, ...], raw: Json) -> Pending:
        """Begin the branches of the innermost task, which has them already, in their order."""
        assert frame.branches is not None
        for branch, task in reversed(list(zip(frame.branches, tasks, strict=True))):
            self._ready.append(([*self._stacks, branch.stack], task, raw))
        return PENDING

    def give_up_inside(self, frame: Frame, error: JsonObject | None = None) -> None:
        """End everything in a frame of the present branches, and make it the innermost.

        Args:
            error: what it ends for, in the trace.
        """
        kept = tree.up_to(self._stacks, frame)
        depth, at = len(kept), len(kept[-1])
        gone = list(tree.inside(self._stacks[depth - 1][at - 1 :]))[1:]
        self._forget(gone, frame)
        if self._recorder is not None:
            self._recorder.given_up(gone, error, self.state.now)
        del self._stacks[depth:]
        del self._stacks[-1][at:]
        frame.branches = None

    # the loop

    def _drive(self, move: Callable[[], Result]) -> None:
        """Make a move, and all that follow from it until the run ends or every branch waits."""
        state = self.state
        while state.end is None:
            try:
                result = move()
            except LimitFault as failure:
                self._fault(failure.error)
                return
            except Fault as failure:
                move = partial(self._fail, failure.error)
                continue
            if result is not PENDING:
                move = partial(self._finish, result)
            elif self.entering is not None:
                move = partial(self._enter, *self.entering)
                self.entering = None
            elif self._ready:
                self._stacks, task, raw = self._ready.pop()
                move = partial(self._enter, task, raw)
            else:
                return

    def _begin_workflow(self) -> Result:
        state = self.state
        frame = Frame("", 1, state.now, state.input, state.input)
        state.stack.append(frame)
        root = self.program.root
        dataflow.take_in(self, root, frame)
        if root.timeout is not None:
            dataflow.limit_time(self, root.timeout, frame)
        return root.handler.begin(self, root, frame)

    def _answered(self, frame: Frame, effect: Effect, body: JsonObject) -> Result:
        if self._recorder is not None:
            self._recorder.answered(frame)
        error = body.get("error")
        if error is not None:
            raise _answered_fault(error)
        task = self.program.tasks[frame.path]
        return task.handler.answered(self, task, frame, effect, body.get("value"))

    def _time_is_up(self, frame: Frame, name: str) -> Result:
        del frame.deadlines[name]
        task = self.program.tasks[frame.path]
        what = f"`{task.name}`" if task.name else "The workflow"
        if name == TIMEOUT:
            error = fault("timeout", f"{what} took longer than its timeout.").error
            self.give_up_inside(frame, error)
            raise Fault(error)
        error = fault("timeout", f"An attempt of {what} took longer than it may.").error
        error["instance"] = task.reference
        if not self._catches(frame, error):
            self.give_up_inside(frame, error)
            raise Fault(error)
        return self._caught(frame, error)

    def _enter(self, task: CompiledTask, raw: Json, before: Frame | None = None) -> Result:
        """Begin a task; ``before`` is its frame of the visit that is to be repeated."""
        state = self.state
        if before is None:
            visit = state.visits.get(task.path, 0) + 1
            state.visits[task.path] = visit
            frame = Frame(task.path, visit, state.now, raw, raw)
        else:
            frame = Frame(task.path, before.visit, state.now, raw, raw, attempt=before.attempt)
        self._stacks[-1].append(frame)
        state.steps += 1
        if self._recorder is not None:
            self._recorder.began(task, tree.lineage(self._stacks))
        if state.steps > state.limits["steps"]:
            told = f"The run executed {state.limits['steps']} tasks, its limit."
            raise LimitFault(fault("runtime", told).error)
        if task.condition is not None and not truth(self.evaluate(task.condition, raw)):
            if self._recorder is not None:
                self._recorder.skipped(frame)
            return self._leave(raw, "continue")
        dataflow.take_in(self, task, frame)
        if task.timeout is not None:
            dataflow.limit_time(self, task.timeout, frame)
        return task.handler.begin(self, task, frame)

    def _finish(self, raw: Json) -> Result:
        """End the innermost task with this raw output."""
        frame = self._stacks[-1][-1]
        if not frame.path:
            return self._complete(raw)
        task = self.program.tasks[frame.path]
        output = dataflow.give_out(self, task, raw)
        directive = self.directive or task.then
        self.directive = None
        return self._leave(output, directive)

    def _leave(self, output: Json, directive: str) -> Result:
        state, stack = self.state, self._stacks[-1]
        frame = stack[-1]
        for name in tuple(frame.deadlines):
            self.end_deadline(frame, name)
        stack.pop()
        if self._recorder is not None:
            self._recorder.ended(frame, output, state.now)
        if state.attempts:
            self.effects.forget_attempts(tree.lineage(self._stacks), frame.path)
        if directive == "end":
            return self._complete(output)
        if not stack:
            self._end_branch(stack, output)
        parent = self._stacks[-1][-1]
        task = self.program.tasks[parent.path]
        return task.handler.child_ended(self, task, parent, output, directive)

    def _end_branch(self, stack: list[Frame], output: Json) -> None:
        self._stacks.pop()
        for branch in self._stacks[-1][-1].branches or ():
            if branch.stack is stack:
                branch.ended, branch.output = True, output

    def _complete(self, raw: Json) -> Pending:
        """End the workflow with this raw output, from whatever depth."""
        state = self.state
        root = state.stack[0]
        if self._recorder is not None:
            self._recorder.left(tree.lineage(self._stacks)[1:], raw, state.now)
        self.give_up_inside(root)
        self._completing = True
        output = dataflow.give_out(self, self.program.root, raw)
        size = len(text(output))
        if size > state.limits["output"]:
            raise fault("runtime", f"The output is too large: {size} bytes of JSON.")
        state.stack.clear()
        self._end(End("completed", output))
        return PENDING

    # faults

    def _fail(self, error: JsonObject) -> Result:
        """Hand a fault to the innermost ``try`` around it that catches it, or end the run."""
        # What the failing task had begun to say does not count.
        self.entering = self.directive = self.raw_output = None
        frames = tree.lineage(self._stacks)
        error = {**error, "instance": self._instance(frames[-1])}
        for frame in reversed(frames[:-1]):
            if frame.guard is not None and self._catches(frame, error):
                return self._caught(frame, error)
        self._fault(error)
        return PENDING

    def _catches(self, frame: Frame, error: JsonObject) -> bool:
        """Whether a ``try`` takes an error from inside it, by its own variables."""
        task = self.program.tasks[frame.path]
        self._scope = tree.lineage(tree.up_to(self._stacks, frame))
        try:
            return task.handler.catches(self, task, frame, error)
        except Fault as failure:
            # The question itself failed, so the task that asks it did.
            self.give_up_inside(frame, error)
            raise failure
        finally:
            self._scope = None

    def _caught(self, frame: Frame, error: JsonObject) -> Result:
        self.give_up_inside(frame, error)
        task = self.program.tasks[frame.path]
        return task.handler.caught(self, task, frame, error)

    def _instance(self, frame: Frame) -> str:
        if frame.path:
            return self.program.tasks[frame.path].reference
        return "/output" if self._completing else "/input"

    def _fault(self, error: JsonObject, cause_is_outside: bool = False) -> None:
        """End the run as faulted; the frames stay as they are, for an operator's retry.

        Args:
            cause_is_outside: the failing task did nothing wrong itself (a limit was broken).
        """
        state = self.state
        if cause_is_outside and state.stack:
            self._stacks = tree.tips(state.stack)[-1]
        frame = self._stacks[-1][-1] if state.stack else Frame("", 1, state.now, None, None)
        mine = frame.effect is not None and not cause_is_outside
        task = self.program.tasks[frame.path]
        state.fault = FaultPlace(
            task=frame.path,
            effect=frame.effect if mine else None,
            attempt=frame.attempt if mine else 0,
            retryable=mine and task.handler.answer_may_differ,
        )
        self._end(End("faulted", error={"instance": self._instance(frame), **error}))

    def _end(self, end: End) -> None:
        state = self.state
        self.effects.close_all()
        self._ready.clear()
        state.end = end
        if self._recorder is not None:
            self._recorder.stopped(end, tree.lineage(self._stacks), state)

    def _forget(self, gone: list[Frame], around: Frame) -> None:
        """Close the effects of frames that are given up, and begin none of their branches."""
        paths = {frame.path for frame in gone}
        self.effects.close_those_of(paths)
        paths.add(around.path)
        self._ready = [each for each in self._ready if each[0][-2][-1].path not in paths]

    def _variable(self, name: str, members: frozenset[str] | None) -> Json:
        frames = self._scope or tree.lineage(self._stacks)
        return variable(self.program, self.state, frames, self.raw_output, name, members)


def _answered_fault(error: Json) -> Fault:
    """The fault of an effect that failed; members that its error lacks are a runtime error's."""
    known = error if isinstance(error, dict) else {"detail": str(error)}
    default = fault("runtime", "The effect failed.").error
    return Fault({**default, **known})
