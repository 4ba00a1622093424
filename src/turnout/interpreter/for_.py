"""``for``: its tasks once per item, each iteration on the output of the one before."""

from __future__ import annotations

from dataclasses import dataclass

from turnout.definition import model
from turnout.domain.json import Json
from turnout.interpreter import do
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import fault, kind_of
from turnout.interpreter.expressions import Evaluable
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.plain import truth
from turnout.interpreter.state import Frame, Loop


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled ``for``; names as in ``model.ForTask``."""

    each: str
    at: str
    items: Evaluable
    condition_to_go_on: Evaluable | None


def prepare(task: model.ForTask, compiler: Compiler) -> Body:
    """Compile; ``in`` is outside the loop's variables, ``while`` inside."""
    inner = compiler.within(task.each, task.at)
    return Body(
        each=task.each,
        at=task.at,
        items=compiler.expression(task.items, same="input"),
        condition_to_go_on=inner.optional(task.condition_to_go_on),
    )


def names(task: model.ForTask, block: int) -> tuple[str, ...]:
    """Its body knows the item and its index."""
    return (task.each, task.at)


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Compute the items and enter the first iteration."""
    body: Body = task.body
    items = machine.evaluate(body.items, frame.input)
    if not isinstance(items, list):
        raise fault("expression", f"for.in must give an array; it gave {kind_of(items)}.")
    frame.value = frame.input
    return _iterate(machine, task, frame, Loop(body.each, body.at, items, 0))


def child_ended(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    """Go on in the iteration, or to the next one at its end or at ``exit``."""
    frame.value = output
    if directive != "exit":
        position = do.position_after(task, frame, directive)
        if position < len(task.blocks[0].tasks):
            return do.go_to(machine, task, frame, position)
    loop = frame.loop
    assert loop is not None
    loop.index += 1
    return _iterate(machine, task, frame, loop)


def _iterate(machine: Machine, task: CompiledTask, frame: Frame, loop: Loop) -> Result:
    """Begin the iteration at the loop's index; without one, the ``for`` is over."""
    frame.loop = loop if loop.index < len(loop.items) else None
    if frame.loop is None:
        return frame.value
    body: Body = task.body
    go_on = body.condition_to_go_on
    if go_on is not None and not truth(machine.evaluate(go_on, frame.value)):
        frame.loop = None
        return frame.value
    return do.go_to(machine, task, frame, 0)
