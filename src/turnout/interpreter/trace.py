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
from turnout.interpreter.tree import inside

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
        error: of the task that failed; those around it that the run faulted in are ``faulted``
            without.
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
        # A path is in progress once at most.
        self._open: dict[str, int] = {}
        self._repeated: dict[str, int] = {}

    def began(self, task: CompiledTask, frames: Sequence[Frame]) -> None:
        """The innermost of these frames is new."""
        frame = frames[-1]
        at = self._repeated.pop(frame.path, None)
        if at is not None:
            self._open[frame.path] = at
            self._change(at, phase="running")
            return
        self._open[frame.path] = len(self.tasks)
        self.tasks.append(
            TaskTrace(
                path=frame.path,
                reference=task.reference,
                visit=frame.visit,
                iteration=iteration(frames),
                phase="running",
                input=frame.raw,
                output=None,
                error=None,
                started_at=frame.started_at,
                ended_at=None,
                attempts=frame.attempt,
            )
        )

    def skipped(self, frame: Frame) -> None:
        """The task's ``if`` was false; it ends next."""
        self._change(self._open[frame.path], phase="skipped")

    def waiting(self, frame: Frame) -> None:
        """The task wants its effect."""
        at = self._open[frame.path]
        self._change(at, phase="waiting", attempts=frame.attempt, input=frame.input)

    def answered(self, frame: Frame) -> None:
        """The task goes on."""
        self._change(self._open[frame.path], phase="running")

    def ended(self, frame: Frame, output: Json, now: Instant) -> None:
        """The task gave its output."""
        at = self._open.pop(frame.path)
        phase: TaskPhase = "skipped" if self.tasks[at].phase == "skipped" else "completed"
        self._change(at, phase=phase, input=frame.input, output=output, ended_at=now)

    def left(self, frames: Sequence[Frame], output: Json, now: Instant) -> None:
        """The workflow ends from inside these tasks."""
        for frame in reversed(frames):
            self.ended(frame, output, now)

    def given_up(self, frames: Sequence[Frame], error: JsonObject | None, now: Instant) -> None:
        """These tasks, the outer ones first, end without an output; ``error`` was one's of them."""
        for frame in frames:
            at = self._open.pop(frame.path, None)
            if at is None:
                continue
            failed = error is not None and error.get("instance") == self.tasks[at].reference
            phase: TaskPhase = "faulted" if failed else "cancelled"
            told = error if failed else None
            self._change(at, phase=phase, input=frame.input, error=told, ended_at=now)

    def again(self, frame: Frame, around: Sequence[Frame]) -> None:
        """A task is to be repeated; those around it go on."""
        at = self._repeated[frame.path] = self._open.pop(frame.path)
        self._change(at, error=None, ended_at=None, output=None)
        for each in around[1:]:
            self._change(self._open[each.path], phase="running", ended_at=None)

    def stopped(self, end: End, failed: Sequence[Frame], state: State) -> None:
        """The run is over; tasks that are still open end with it.

        Args:
            failed: the frames around what failed, and that one.
        """
        self.take_inputs(state)
        faulted = {frame.path for frame in failed} if end.phase == "faulted" else set()
        for path, at in self._open.items():
            phase: TaskPhase = "faulted" if path in faulted else "cancelled"
            self._change(at, phase=phase, ended_at=state.now)
        if failed and failed[-1].path in self._open:
            self._change(self._open[failed[-1].path], error=end.error)
        if end.phase != "faulted":
            self._open.clear()

    def take_inputs(self, state: State) -> None:
        """Note the inputs of tasks that are still open."""
        for frame in inside(state.stack[1:]):
            if frame.path in self._open:
                self._change(self._open[frame.path], input=frame.input)

    def _change(self, at: int, **changes: object) -> None:
        self.tasks[at] = replace(self.tasks[at], **changes)  # type: ignore[arg-type]
