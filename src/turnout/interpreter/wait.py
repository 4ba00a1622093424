"""``wait``: a timer; the input passes through."""

from __future__ import annotations

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.durations import Length, microseconds
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame


def prepare(task: model.WaitTask, compiler: Compiler) -> Length:
    """Compile the duration."""
    return compiler.length(task.duration, same="input")


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Want the timer; due at an absolute time, whatever happens to the process until then."""
    length = microseconds(machine, task.body, frame.input, "wait")
    return machine.want("timer", {}, due=machine.state.now + length)


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """Go on."""
    return frame.input
