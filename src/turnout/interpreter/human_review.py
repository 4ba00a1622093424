"""``call: human-review``: waits for a person's decision, or for the time when it is due.

The answer's value is the task's output: ``{"decision", "reason", "decidedBy", "decidedAt",
"automatic"}``; see ``turnout.domain.review.answer``.
"""

from __future__ import annotations

from dataclasses import dataclass

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.domain.review import (
    FAULT,
    MAX_CHOICES,
    MAX_LABEL,
    MAX_QUESTION,
    MAX_WORD,
    is_word,
)
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.durations import Length, microseconds
from turnout.interpreter.errors import Fault, fault, kind_of
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame
from turnout.interpreter.values import Template


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled review.

    Attributes:
        asked: gives an object of ``queue``, ``question``, ``data``, ``choices`` and ``whenDue``.
        due: how long a person has, or None for ever.
    """

    asked: Template
    due: Length | None


def prepare(task: model.HumanReviewTask, compiler: Compiler) -> Body:
    """Compile all that is computed into one program."""
    asked: dict[str, model.Value] = {
        "queue": task.queue,
        "question": task.question,
        "data": task.data,
        "choices": task.choices,
        "whenDue": task.when_due,
    }
    due = None if task.due is None else compiler.length(task.due, same="input")
    return Body(compiler.template(asked, same="input"), due)


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Ask; due at an absolute time, whatever happens to the process until then."""
    body: Body = task.body
    asked = machine.compute(body.asked, frame.input)
    assert isinstance(asked, dict)
    choices = _choices(asked["choices"])
    request: JsonObject = {
        "queue": _word(asked["queue"], "queue"),
        "question": _text(asked["question"], "question", MAX_QUESTION),
        "data": asked["data"],
        "choices": choices,
    }
    if body.due is None:
        return machine.want("review", request)
    request["whenDue"] = _when_due(asked["whenDue"], choices)
    length = microseconds(machine, body.due, frame.input, "due")
    return machine.want("review", request, due=machine.state.now + length)


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """Go on with the decision."""
    return value


def _choices(computed: Json) -> list[Json]:
    if not isinstance(computed, list) or not 0 < len(computed) <= MAX_CHOICES:
        got = f"an array of {len(computed)}" if isinstance(computed, list) else kind_of(computed)
        raise _fault(f"choices must be an array of 1 to {MAX_CHOICES}; it is {got}.")
    choices = [_choice(item) for item in computed]
    values = [str(choice["value"]) for choice in choices]
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        raise _fault(f"choices has {twice!r} twice.")
    return [*choices]


def _choice(item: Json) -> JsonObject:
    members = item if isinstance(item, dict) else {"value": item}
    value = _word(members.get("value"), "A choice's value")
    if value == FAULT:
        raise _fault(f"A choice cannot be {FAULT!r}: in whenDue it means that the task fails.")
    label = members.get("label")
    return {
        "value": value,
        "label": value if label is None else _text(label, "A choice's label", MAX_LABEL),
    }


def _when_due(computed: Json, choices: list[Json]) -> Json:
    values = [choice["value"] for choice in choices if isinstance(choice, dict)]
    if computed not in (FAULT, *values):
        got = repr(computed[:MAX_WORD]) if isinstance(computed, str) else kind_of(computed)
        raise _fault(f"whenDue must be one of the choices, or {FAULT!r}; it is {got}.")
    return computed


def _word(value: Json, what: str) -> str:
    if not isinstance(value, str) or not is_word(value):
        got = repr(value[:MAX_WORD]) if isinstance(value, str) else kind_of(value)
        raise _fault(
            f"{what} must be text of 1 to {MAX_WORD} printable characters, with no space around "
            f"them; it is {got}."
        )
    return value


def _text(value: Json, what: str, most: int) -> str:
    if not isinstance(value, str):
        raise _fault(f"{what} must be text; it is {kind_of(value)}.")
    if not 0 < len(value) <= most:
        raise _fault(f"{what} must have 1 to {most} characters; it has {len(value)}.")
    return value


def _fault(detail: str) -> Fault:
    return fault("expression", f"human-review: {detail}")
