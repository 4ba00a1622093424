"""How data goes into and out of a task, in the DSL's order.

===================== =========== =========================================================
stage                 ``.``       variables
===================== =========== =========================================================
``if``                raw input   ``$context $task $workflow $runtime``, those of loops
``input.schema``      raw input
``input.from``        raw input   as ``if``
the task itself       input       also ``$input``
``output.as``         raw output  also ``$input``
``output.schema``     output
``export.as``         output      also ``$input $output``
``export.schema``     new context
===================== =========== =========================================================

The workflow itself has ``input`` and ``output`` alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnout.domain.json import Json
from turnout.interpreter.durations import Length, microseconds
from turnout.interpreter.effects import TIMEOUT
from turnout.interpreter.state import Frame

if TYPE_CHECKING:
    from turnout.interpreter.compiled import CompiledTask
    from turnout.interpreter.compiler import Flow
    from turnout.interpreter.machine import Machine


def take_in(machine: Machine, task: CompiledTask, frame: Frame) -> None:
    """Check the raw input and set the frame's transformed one."""
    flow = task.input
    if flow is None:
        return
    if flow.schema is not None:
        flow.schema.check(frame.raw, "input")
    if flow.template is not None:
        frame.input = machine.compute(flow.template, frame.raw)


def limit_time(machine: Machine, timeout: Length, frame: Frame) -> None:
    """Set the task's deadline."""
    machine.set_deadline(TIMEOUT, microseconds(machine, timeout, frame.input, "timeout.after"))


def give_out(machine: Machine, task: CompiledTask, raw: Json) -> Json:
    """Transform and check the raw output, export it to the context; return the output."""
    output = raw
    machine.raw_output = raw
    if task.output is not None:
        if task.output.template is not None:
            output = machine.compute(task.output.template, raw)
        if task.output.schema is not None:
            task.output.schema.check(output, "output")
    if task.export is not None:
        _export(machine, task.export, output)
    machine.raw_output = None
    return output


def _export(machine: Machine, flow: Flow, output: Json) -> None:
    context = machine.state.context
    if flow.template is not None:
        context = machine.compute(flow.template, output)
    if flow.schema is not None:
        flow.schema.check(context, "context")
    machine.state.context = context
