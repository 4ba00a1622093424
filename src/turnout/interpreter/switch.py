"""``switch``: the first case whose ``when`` holds directs the flow; the input passes through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.definition import model
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.expressions import Evaluable, first_of
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled ``switch``.

    Attributes:
        choice: gives the index of the first case that holds, or null; None without conditions.
        directives: where each of those cases leads.
        default: where the case without ``when`` leads; None without one: the task's ``then``.
    """

    choice: Evaluable | None
    directives: tuple[str, ...]
    default: str | None


def prepare(task: model.SwitchTask, compiler: Compiler) -> Body:
    """Compile all conditions into one; a later one is asked only if none held before."""
    asked = [(case.when, case.then) for case in task.cases if case.when is not None]
    defaults = [case.then for case in task.cases if case.when is None]
    conditions = [when for when, _ in asked]
    return Body(
        choice=compiler.choice(conditions, _choice, same="input") if asked else None,
        directives=tuple(then for _, then in asked),
        default=defaults[0] if defaults else None,
    )


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Direct the flow."""
    body: Body = task.body
    chosen = None if body.choice is None else machine.evaluate(body.choice, frame.input)
    machine.directive = body.directives[chosen] if isinstance(chosen, int) else body.default
    return frame.input


def _choice(sources: Sequence[str]) -> str:
    arms = (f"if {first_of(source)} then {index}" for index, source in enumerate(sources))
    return " el".join(arms) + " else null end"
