"""``set``: what it computes replaces its input."""

from __future__ import annotations

from turnout.definition import model
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame
from turnout.interpreter.values import Template


def prepare(task: model.SetTask, compiler: Compiler) -> Template:
    """Compile the value."""
    return compiler.template(task.value, same="input")


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Compute the value."""
    template: Template = task.body
    return machine.compute(template, frame.input)
