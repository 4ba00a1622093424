"""The trace: every task of a run with what went in and out, recomputed from its journal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from turnout.domain.instant import Instant
from turnout.domain.journal import Entry
from turnout.domain.json import Json, JsonObject
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.effects import iteration
from turnout.interpreter.fold import replay
from turnout.interpreter.program import Program
from turnout.interpreter.state import End, Frame, State

TaskPhase = Literal["running", "waiting", "completed", "skipped", "faulted", "cancelled"]


@dataclass(frozen=True, slots=True)
class TaskTrace:
    """One execution of a task.

    Attributes:
        path, reference: which task; see ``model.Task``.
        visit: how often it was entered in this run, this time included.
        iteration: indexes of the loops around it, outermost first.
        phase: ``skipped`` if its ``if`` was false.
        input: transformed; the raw one until then.
        output: transformed; None until it ended.
        error: of the task at which the run faulted; those around it are ``faulted`` without.
        started_at, ended_at: entry times; an operator's retry keeps the start.
        attempts: how often its effect was wanted.
    """

    path: str
    reference: str
    visit: int
    iteration: tuple[int, ...]
    phase: TaskPhase
    input: Json
    output: Json
    error: JsonObject | None
    started_at: Instant
    ended_at: Instant | None
    attempts: int


def trace(program: Program, entries: Sequence[Entry]) -> list[TaskTrace]:
    """Every task execution of a run, in the order in which they began.

    Raises:
        Divergence: the journal does not fit the program.
    """
    recorder = Recorder()
    state = replay(program, entries, recorder).state
    recorder.take_inputs(state)
    return recorder.tasks


class Recorder:
    """Hears of every task while a journal is replayed.

    Attributes:
        tasks: what it heard.
    """

    def __init__(self) -> None:
        """Begin before the first entry."""
        self.tasks: list[TaskTrace] = []
        self._open: list[int] = []
        self._repeated: int | None = None

    def began(self, task: CompiledTask, state: State) -> None:
        """The innermost frame of the state is new."""
        frame = state.stack[-1]
        if self._repeated is not None:
            at, self._repeated = self._repeated, None
            self._open.append(at)
            self._change(at, phase="running")
            return
        self._open.append(len(self.tasks))
        self.tasks.append(
            TaskTrace(
                path=frame.path,
                reference=task.reference,
                visit=frame.visit,
                iteration=iteration(state.stack),
                phase="running",
                input=frame.raw,
                output=None,
                error=None,
                started_at=frame.started_at,
                ended_at=None,
                attempts=frame.attempt,
            )
        )

    def skipped(self) -> None:
        """The innermost task's ``if`` was false; it ends next."""
        self._change(self._open[-1], phase="skipped")

    def waiting(self, frame: Frame) -> None:
        """The innermost task wants its effect."""
        self._change(self._open[-1], phase="waiting", attempts=frame.attempt, input=frame.input)

    def answered(self) -> None:
        """The innermost task goes on."""
        self._change(self._open[-1], phase="running")

    def ended(self, frame: Frame, output: Json, now: Instant) -> None:
        """The innermost task gave its output."""
        at = self._open.pop()
        phase: TaskPhase = "skipped" if self.tasks[at].phase == "skipped" else "completed"
        self._change(at, phase=phase, input=frame.input, output=output, ended_at=now)

    def left(self, frames: Sequence[Frame], output: Json, now: Instant) -> None:
        """The workflow ends from inside these tasks."""
        for frame in reversed(frames):
            self.ended(frame, output, now)

    def again(self) -> None:
        """The task that failed is to be repeated; those around it go on."""
        self._repeated = self._open.pop()
        self._change(self._repeated, error=None, ended_at=None, output=None)
        for at in self._open:
            self._change(at, phase="running", ended_at=None)

    def stopped(self, end: End, state: State) -> None:
        """The run is over; tasks that are still open end with it."""
        self.take_inputs(state)
        for at in self._open:
            phase: TaskPhase = "faulted" if end.phase == "faulted" else "cancelled"
            self._change(at, phase=phase, ended_at=state.now)
        if self._open:
            self._change(self._open[-1], error=end.error)
        if end.phase != "faulted":
            self._open.clear()

    def take_inputs(self, state: State) -> None:
        """Note the inputs of tasks that are still open."""
        for at, frame in zip(self._open, state.stack[1:], strict=False):
            self._change(at, input=frame.input)

    def _change(self, at: int, **changes: object) -> None:
        self.tasks[at] = replace(self.tasks[at], **changes)  # type: ignore[arg-type]
