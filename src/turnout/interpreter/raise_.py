"""``raise``: faults with the error that it describes."""

from __future__ import annotations

from turnout.definition import model
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import Fault, canonical_type, fault, kind_of, shortened
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame
from turnout.interpreter.values import Template


def prepare(task: model.RaiseTask, compiler: Compiler) -> Template:
    """Compile the error's members."""
    return compiler.template(task.error, same="input")


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Fault."""
    template: Template = task.body
    error = machine.compute(template, frame.input)
    assert isinstance(error, dict)
    raised = {name: value for name, value in error.items() if value is not None}
    type_, status = raised.get("type"), raised.get("status")
    if not isinstance(type_, str) or not isinstance(status, int) or isinstance(status, bool):
        got = f"{kind_of(type_)} and {kind_of(status)}"
        raise fault("expression", f"An error needs a text type and a whole status; got {got}.")
    for name in ("title", "detail"):
        value = raised.get(name, "")
        if not isinstance(value, str):
            raise fault("expression", f"An error's {name} must be text; it is {kind_of(value)}.")
        if name in raised:
            raised[name] = shortened(value)
    raise Fault({**raised, "type": canonical_type(type_)})
