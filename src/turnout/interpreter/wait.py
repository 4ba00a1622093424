"""``wait``: a timer; the input passes through."""

from __future__ import annotations

from turnout.definition import model
from turnout.definition.duration import InvalidDuration, parse_duration
from turnout.domain.journal import Effect
from turnout.domain.json import Json
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import fault, kind_of
from turnout.interpreter.expressions import Evaluable
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame


def prepare(task: model.WaitTask, compiler: Compiler) -> int | Evaluable:
    """Microseconds, or what computes an ISO 8601 duration."""
    if isinstance(task.duration, model.Expression):
        return compiler.expression(task.duration, same="input")
    return task.duration


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Want the timer; due at an absolute time, whatever happens to the process until then."""
    length = _microseconds(machine, task.body, frame)
    return machine.want("timer", {}, due=machine.state.now + length)


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """Go on."""
    return frame.input


def _microseconds(machine: Machine, body: int | Evaluable, frame: Frame) -> int:
    if isinstance(body, int):
        return body
    computed = machine.evaluate(body, frame.input)
    if not isinstance(computed, str):
        got = kind_of(computed)
        raise fault("expression", f"wait must give an ISO 8601 duration as text; it gave {got}.")
    try:
        return parse_duration(computed)
    except InvalidDuration as error:
        raise fault("expression", f"wait: {computed[:40]!r} {error}.") from error
