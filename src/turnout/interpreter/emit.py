"""``emit``: sends an event; its output is that event.

The effect ``emit`` asks for ``{"event": {…}}``, a whole CloudEvent, to be sent once.
"""

from __future__ import annotations

import hashlib

from turnout.definition import model
from turnout.domain.cloud_event import checked
from turnout.domain.errors import Invalid
from turnout.domain.instant import iso
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.errors import fault
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame
from turnout.interpreter.values import Template


def prepare(task: model.EmitTask, compiler: Compiler) -> Template:
    """Compile the event."""
    return compiler.template(task.event, same="input")


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Want the event sent."""
    template: Template = task.body
    given = machine.compute(template, frame.input)
    assert isinstance(given, dict)
    state = machine.state
    event: JsonObject = {
        "specversion": "1.0",
        "id": _event_id(str(state.run["id"]), frame),
        "source": _source(machine),
        "time": iso(state.now),
        **{name: part for name, part in given.items() if part is not None},
    }
    try:
        return machine.want("emit", {"event": checked(event)}, due=state.now)
    except Invalid as error:
        raise fault("expression", f"This is no event: {error.details}") from error


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """It is sent."""
    return effect.request["event"]


def _event_id(run_id: str, frame: Frame) -> str:
    """The same for every execution of this visit, and no other."""
    return hashlib.sha256(f"{run_id}\x1f{frame.path}#{frame.visit}".encode()).hexdigest()[:32]


def _source(machine: Machine) -> str:
    document = machine.program.definition.document
    return "/" + "/".join(str(document[name]) for name in ("namespace", "name", "version"))
