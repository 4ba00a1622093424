"""``try``: tasks whose faults may be caught, tried again and handled.

An error is caught when it has the members of ``errors.with`` and the conditions hold. Then, as
long as the retry policy allows, everything is tried again, after a while. After that ``catch.do``
runs on the task's input. An error that used up its retries, with no ``catch.do`` to handle it,
goes on outwards; without a policy it is dropped and the input passes through.
"""

from __future__ import annotations

from dataclasses import dataclass

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter import do
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.effects import ATTEMPT
from turnout.interpreter.errors import canonical_type
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.retry import Asking, Policy, asking, delay, gives_up, policy
from turnout.interpreter.state import Frame, Guard


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled ``try``.

    Attributes:
        error: members that a caught error has.
        name: of the error's variable.
        asking: the conditions under which it is caught.
        policy: for retries, or None.
        handles: whether there is a ``catch.do``.
        then: where the flow goes once an error was handled; None: as after the task.
    """

    error: JsonObject
    name: str
    asking: Asking
    policy: Policy | None
    handles: bool
    then: str | None


def prepare(task: model.TryTask, compiler: Compiler) -> Body:
    """Compile; all of ``catch`` knows the error's variable."""
    inner = compiler.within(task.variable)
    error = dict(task.error)
    if isinstance(error.get("type"), str):
        error["type"] = canonical_type(str(error["type"]))
    return Body(
        error=error,
        name=task.variable,
        asking=asking(task.when, task.except_when, inner),
        policy=None if task.retry is None else policy(task.retry, inner),
        handles=task.handling is not None,
        then=task.handled_then,
    )


def names(task: model.TryTask, block: int) -> tuple[str, ...]:
    """Only ``catch.do`` knows the error."""
    return (task.variable,) if block == 1 else ()


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Try for the first time."""
    body: Body = task.body
    prefix = f"{task.path}/"
    visits = {p: n for p, n in machine.state.visits.items() if p.startswith(prefix)}
    frame.guard = Guard(body.name, visits)
    return _attempt(machine, task, frame)


def child_ended(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    """Go on in the list of tasks; at its end, the error is handled or there was none."""
    body: Body = task.body
    guard = _guard(frame)
    result = do.child_ended(machine, task, frame, output, directive)
    if machine.entering is None and guard.handling and body.then is not None:
        machine.directive = body.then
    return result


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """The delay is over."""
    return _attempt(machine, task, frame)


def catches(machine: Machine, task: CompiledTask, frame: Frame, error: JsonObject) -> bool:
    """Whether this error is caught here, and then also handled or tried again."""
    body: Body = task.body
    guard = _guard(frame)
    if guard.handling or not _fits(error, body.error):
        return False
    failed_at = machine.state.now if guard.failed_at is None else guard.failed_at
    guard.error, guard.handling = error, True
    try:
        if not body.asking.holds(machine, frame.input):
            return False
        if body.policy is None or body.handles:
            return True
        return not gives_up(machine, body.policy, frame, guard.retries, failed_at)
    finally:
        guard.handling = False


def caught(machine: Machine, task: CompiledTask, frame: Frame, error: JsonObject) -> Result:
    """Try again, now or after a while, or handle it."""
    body: Body = task.body
    guard = _guard(frame)
    if guard.failed_at is None:
        guard.failed_at = machine.state.now
    guard.error = error
    machine.end_deadline(frame, ATTEMPT)
    guard.handling = True
    again = body.policy is not None and not gives_up(
        machine, body.policy, frame, guard.retries, guard.failed_at
    )
    if again and body.policy is not None:
        pause = delay(machine, body.policy, frame, guard.retries)
        guard.handling = False
        guard.retries += 1
        _enter_as_before(machine, task, guard)
        if pause == 0:
            return _attempt(machine, task, frame)
        return machine.want("timer", {}, due=machine.state.now + pause)
    if body.handles:
        frame.value = frame.input
        return do.go_to(machine, task, frame, 0)
    if body.then is not None:
        machine.directive = body.then
    return frame.input


def _attempt(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    body: Body = task.body
    frame.value = frame.input
    if body.policy is not None and body.policy.attempt is not None:
        machine.set_deadline(ATTEMPT, body.policy.length(machine, body.policy.attempt, frame))
    return do.go_to(machine, task, frame, 0)


def _enter_as_before(machine: Machine, task: CompiledTask, guard: Guard) -> None:
    """Count visits from where this ``try`` began, so that its effects keep their keys."""
    visits, prefix = machine.state.visits, f"{task.path}/"
    for path in [path for path in visits if path.startswith(prefix)]:
        del visits[path]
    visits.update(guard.visits)


def _fits(error: JsonObject, wanted: JsonObject) -> bool:
    return all(error.get(name) == value for name, value in wanted.items())


def _guard(frame: Frame) -> Guard:
    assert frame.guard is not None
    return frame.guard
