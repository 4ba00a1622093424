"""Which file runs which task type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter import (
    call_http,
    do,
    emit,
    for_,
    fork,
    human_review,
    listen,
    raise_,
    set,
    switch,
    try_,
    wait,
)
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler
from turnout.interpreter.machine import Machine, Result
from turnout.interpreter.state import Frame


def _nothing_to_prepare(task: model.Task, compiler: Compiler) -> None:
    return None


def _has_no_child(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    raise AssertionError(f"{task.path} has no child that could end")


def _has_no_effect(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    raise AssertionError(f"{task.path} has no effect that could be answered")


def _catches_nothing(machine: Machine, task: CompiledTask, frame: Frame, error: JsonObject) -> bool:
    return False


def _has_caught_nothing(
    machine: Machine, task: CompiledTask, frame: Frame, error: JsonObject
) -> Result:
    raise AssertionError(f"{task.path} catches nothing")


def _no_names(task: model.Task, block: int) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """How tasks of one type are compiled and run.

    Attributes:
        prepare: (model task, compiler) → what the others find in ``task.body``.
        begin: enter the task; the frame has its input.
        child_ended: a child gave its output and a flow directive.
        answered: its effect gave this value.
        catches: whether it takes this error of a task inside it; the frame need not be innermost.
        caught: deal with that error; all inside is over.
        names: of variables that the tasks of its block with this index know.
        answer_may_differ: executing its effect anew could give another answer.
    """

    begin: Callable[[Machine, CompiledTask, Frame], Result]
    prepare: Callable[[Any, Compiler], Any] = _nothing_to_prepare
    child_ended: Callable[[Machine, CompiledTask, Frame, Json, str], Result] = _has_no_child
    answered: Callable[[Machine, CompiledTask, Frame, Effect, Json], Result] = _has_no_effect
    catches: Callable[[Machine, CompiledTask, Frame, JsonObject], bool] = _catches_nothing
    caught: Callable[[Machine, CompiledTask, Frame, JsonObject], Result] = _has_caught_nothing
    names: Callable[[Any, int], tuple[str, ...]] = _no_names
    answer_may_differ: bool = False


HANDLERS: dict[type[model.Task], Handler] = {
    model.DoTask: Handler(begin=do.begin, child_ended=do.child_ended),
    model.SetTask: Handler(prepare=set.prepare, begin=set.begin),
    model.SwitchTask: Handler(prepare=switch.prepare, begin=switch.begin),
    model.ForTask: Handler(
        prepare=for_.prepare, begin=for_.begin, child_ended=for_.child_ended, names=for_.names
    ),
    model.ForkTask: Handler(prepare=fork.prepare, begin=fork.begin, child_ended=fork.child_ended),
    model.TryTask: Handler(
        prepare=try_.prepare,
        begin=try_.begin,
        child_ended=try_.child_ended,
        answered=try_.answered,
        catches=try_.catches,
        caught=try_.caught,
        names=try_.names,
    ),
    model.RaiseTask: Handler(prepare=raise_.prepare, begin=raise_.begin),
    model.CallHttpTask: Handler(
        prepare=call_http.prepare,
        begin=call_http.begin,
        answered=call_http.answered,
        answer_may_differ=True,
    ),
    model.HumanReviewTask: Handler(
        prepare=human_review.prepare,
        begin=human_review.begin,
        answered=human_review.answered,
        answer_may_differ=True,
    ),
    model.WaitTask: Handler(prepare=wait.prepare, begin=wait.begin, answered=wait.answered),
    model.EmitTask: Handler(prepare=emit.prepare, begin=emit.begin, answered=emit.answered),
    model.ListenTask: Handler(
        prepare=listen.prepare,
        begin=listen.begin,
        child_ended=listen.child_ended,
        answered=listen.answered,
        names=listen.names,
        answer_may_differ=True,
    ),
}
"""Class of a model's task → its handler."""
