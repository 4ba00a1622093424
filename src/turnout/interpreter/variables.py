"""The variables that expressions see.

They are ``$context $input $workflow $task $runtime``, and those of loops and caught errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from turnout.domain.instant import SECOND, Instant, iso
from turnout.domain.json import Json, JsonObject
from turnout.interpreter.state import Frame, State

if TYPE_CHECKING:
    from turnout.interpreter.compiled import Program

RUNTIME: JsonObject = {"name": "turnout", "version": "1", "metadata": {}}
"""``$runtime``; its version is the interpreter's revision, since replay must not differ."""


def variable(
    program: Program,
    state: State,
    frames: Sequence[Frame],
    raw_output: Json,
    name: str,
    members: frozenset[str] | None,
) -> Json:
    """The value of a variable, or null where there is none.

    Args:
        frames: from the workflow to the task whose expression it is.
        raw_output: ``$task.output``, while it exists.
        members: those of ``$workflow`` and ``$task`` that are needed; None: all.
    """
    if name == "context":
        return state.context
    if name == "input":
        return frames[-1].input
    if name == "workflow":
        return _selected(_workflow(program, state), members)
    if name == "task":
        return _selected(_task(program, frames[-1], raw_output), members)
    if name == "runtime":
        return RUNTIME
    return _of_frames(frames, name)


def _of_frames(frames: Sequence[Frame], name: str) -> Json:
    for frame in reversed(frames):
        loop, guard = frame.loop, frame.guard
        if loop is not None:
            if name == loop.each:
                return loop.items[loop.index]
            if name == loop.at:
                return loop.index
        if guard is not None and guard.handling and name == guard.name:
            return guard.error
    return None


def _workflow(program: Program, state: State) -> JsonObject:
    return {
        "id": state.run["id"],
        "definition": program.definition.source,
        "input": state.input,
        "startedAt": _moment(state.started_at),
    }


def _task(program: Program, frame: Frame, raw_output: Json) -> JsonObject:
    task = program.tasks[frame.path]
    return {
        "name": task.name,
        "reference": task.reference,
        "definition": task.definition,
        "input": frame.raw,
        "output": raw_output,
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
