"""``fork``: tasks side by side, each on the fork's input; all of them, or the first that ends."""

from __future__ import annotations

from turnout.definition import model
from turnout.domain.json import Json
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.machine import PENDING, Machine, Result
from turnout.interpreter.state import Branch, Frame


def prepare(task: model.ForkTask, compiler: Compiler) -> bool:
    """Whether its branches compete."""
    return task.compete


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Begin every branch; they go on in their order until each of them waits."""
    tasks = task.blocks[0].tasks
    frame.branches = [Branch() for _ in tasks]
    return machine.enter_branches(frame, tasks, frame.input)


def child_ended(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    """The first output of branches that compete, or those of all in their order."""
    competes: bool = task.body
    if competes:
        machine.give_up_inside(frame)
        return output
    branches = frame.branches or []
    if all(branch.ended for branch in branches):
        frame.branches = None
        return [branch.output for branch in branches]
    return PENDING
