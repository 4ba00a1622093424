"""``do``: tasks one after the other, each on the output of the one before."""

from __future__ import annotations

from turnout.domain.json import Json
from turnout.interpreter.compiled import Block, CompiledTask
from turnout.interpreter.machine import PENDING, Machine, Result
from turnout.interpreter.state import Frame


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Enter the first task."""
    frame.value = frame.input
    return go_to(machine, task, frame, 0)


def child_ended(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    """Go where the directive says; ``exit`` and the last ``continue`` end the ``do``."""
    frame.value = output
    if directive == "exit":
        return output
    return go_to(machine, task, frame, position_after(task, frame, directive))


def position_after(task: CompiledTask, frame: Frame, directive: str) -> int:
    """Index of the task that ``continue`` or a task's name leads to; may be past the last."""
    if directive == "continue":
        return frame.position + 1
    return block_of(task, frame).positions[directive]


def go_to(machine: Machine, task: CompiledTask, frame: Frame, position: int) -> Result:
    """Enter the task at a position on the present value; past the last, that is the output."""
    tasks = block_of(task, frame).tasks
    if position == len(tasks):
        return frame.value
    frame.position = position
    machine.entering = (tasks[position], frame.value)
    return PENDING


def block_of(task: CompiledTask, frame: Frame) -> Block:
    """The list of tasks that the frame is in."""
    handling = frame.guard is not None and frame.guard.handling
    return task.blocks[1 if handling else 0]
