"""``listen``: takes events one at a time until it has what it waits for.

The effect ``event`` says which filters are open, as data: ``{"listen": path, "taken": count,
"filters": [{JSON pointer: value}, …]}``. Its answer is ``{"event": {…}}``. An event that does not
fit leaves everything as it was, and the very same is wanted again.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from typing import Any

from turnout.definition import model
from turnout.domain.journal import Effect
from turnout.domain.json import Json, JsonObject
from turnout.interpreter import dataflow, do
from turnout.interpreter.compiled import CompiledTask
from turnout.interpreter.compiler import Compiler, Flow
from turnout.interpreter.errors import fault
from turnout.interpreter.event_filter import Facts, Filter, compiled, extracted, facts, with_ties
from turnout.interpreter.expressions import Evaluable
from turnout.interpreter.json_text import text
from turnout.interpreter.machine import PENDING, Machine, Result
from turnout.interpreter.plain import truth
from turnout.interpreter.state import Frame, Loop


@dataclass(frozen=True, slots=True)
class Each:
    """A compiled ``foreach``: names of its variables, and its data flow."""

    each: str
    at: str
    output: Flow | None
    export: Flow | None


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled ``listen``.

    Attributes:
        filters: of ``to``, then those of ``until``.
        ending: how many of them are of ``to``: the others end it.
        all, all_ending: whether each filter takes an event of its own, here and there.
        repeats: whether there is an ``until``.
        stop: the condition to stop, or None.
    """

    filters: tuple[Filter, ...]
    ending: int
    all: bool
    all_ending: bool
    repeats: bool
    stop: Evaluable | None
    read: str
    foreach: Each | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a ``listen`` is; kept in its frame as JSON.

    Attributes:
        output: what came of the events so far. size: bytes of that as JSON.
        taken: events so far, those that end it included.
        open: indexes of the filters that take events.
        known: per filter, its facts. expected: per filter, expectations that it has itself.
        shared: expectations that the first events set, by tie.
    """

    output: list[Json]
    size: int
    taken: int
    open: list[int]
    known: list[Facts]
    expected: list[Facts]
    shared: Facts

    def to_json(self) -> JsonObject:
        """As ``Progress(**…)`` takes it."""
        return {name: getattr(self, name) for name in self.__slots__}


def prepare(task: model.ListenTask, compiler: Compiler) -> Body:
    """Compile."""
    until, each = task.until, task.foreach
    ending = until.filters if isinstance(until, model.Consumption) else ()
    inner = compiler if each is None else compiler.within(each.each, each.at)
    everything = (model.EventFilter({}, ()),)
    wanted = task.to.filters or everything
    if isinstance(until, model.Consumption):
        ending = ending or everything
    return Body(
        filters=tuple(compiled(filter_, compiler) for filter_ in (*wanted, *ending)),
        ending=len(wanted),
        all=task.to.strategy == "all",
        all_ending=isinstance(until, model.Consumption) and until.strategy == "all",
        repeats=until is not None,
        stop=compiler.expression(until) if isinstance(until, model.Expression) else None,
        read=task.read,
        foreach=None
        if each is None
        else Each(each.each, each.at, inner.flow(each.output), inner.flow(each.export, "output")),
    )


def names(task: model.ListenTask, block: int) -> tuple[str, ...]:
    """What is done for each event knows it and its index."""
    return () if task.foreach is None else (task.foreach.each, task.foreach.at)


def begin(machine: Machine, task: CompiledTask, frame: Frame) -> Result:
    """Want the first event."""
    body: Body = task.body
    known = [facts(machine, filter_, frame.input) for filter_ in body.filters]
    start = Progress(
        output=[],
        size=0,
        taken=0,
        open=list(range(len(body.filters))),
        known=[of for of, _ in known],
        expected=[of for _, of in known],
        shared={},
    )
    return _want(machine, task, frame, start)


def answered(
    machine: Machine, task: CompiledTask, frame: Frame, effect: Effect, value: Json
) -> Result:
    """Take the event, or want the same again."""
    body: Body = task.body
    progress = _progress(frame)
    event = value.get("event") if isinstance(value, dict) else None
    if not isinstance(event, dict):
        raise fault("runtime", "What came to `listen` is no event.")
    # What ends it goes first: such an event is no part of the output.
    for index in sorted(progress.open, key=lambda index: index < body.ending):
        found = _extracted(machine, body, progress, index, event)
        if found is not None:
            return _take(machine, task, frame, _taken(progress, body, index, found), index, event)
    return _want(machine, task, frame, progress)


def child_ended(
    machine: Machine, task: CompiledTask, frame: Frame, output: Json, directive: str
) -> Result:
    """Go on with what is done for an event, or end that."""
    if directive != "exit":
        position = do.position_after(task, frame, directive)
        if position < len(task.blocks[0].tasks):
            return _enter(machine, task, frame, position, output)
    return _iterated(machine, task, frame, output)


def _take(
    machine: Machine,
    task: CompiledTask,
    frame: Frame,
    progress: Progress,
    index: int,
    event: JsonObject,
) -> Result:
    body: Body = task.body
    frame.value = progress.to_json()
    if index >= body.ending:
        is_over = not (body.all_ending and any(each >= body.ending for each in progress.open))
        return progress.output if is_over else _want(machine, task, frame, progress)
    item = read(event, body.read)
    if body.foreach is None:
        return _add(machine, task, frame, item)
    # The index is the number of outputs; items before it are over and kept nowhere.
    at = len(progress.output)
    frame.loop = Loop(body.foreach.each, body.foreach.at, [*[None] * at, item], at)
    if not task.blocks:
        return _iterated(machine, task, frame, item)
    return _enter(machine, task, frame, 0, item)


def _enter(machine: Machine, task: CompiledTask, frame: Frame, position: int, raw: Json) -> Result:
    frame.position = position
    machine.entering = (task.blocks[0].tasks[position], raw)
    return PENDING


def _iterated(machine: Machine, task: CompiledTask, frame: Frame, raw: Json) -> Result:
    body: Body = task.body
    assert body.foreach is not None
    iteration = replace(task, output=body.foreach.output, export=body.foreach.export)
    output = dataflow.give_out(machine, iteration, raw)
    frame.loop = None
    return _add(machine, task, frame, output)


def _add(machine: Machine, task: CompiledTask, frame: Frame, item: Json) -> Result:
    """Add to the output; then it is over, or the next event is wanted."""
    body: Body = task.body
    before = _progress(frame)
    size = before.size + len(text(item))
    limit = machine.state.limits["output"]
    if size > limit:
        raise fault("runtime", f"The events of `listen` are too large: over {limit} bytes of JSON.")
    progress = replace(before, output=[*before.output, item], size=size)
    if _is_over(machine, body, progress):
        return progress.output
    return _want(machine, task, frame, progress)


def _is_over(machine: Machine, body: Body, progress: Progress) -> bool:
    if body.all:
        return not any(index < body.ending for index in progress.open)
    if body.stop is not None:
        return truth(machine.evaluate(body.stop, progress.output))
    return not body.repeats


def _want(machine: Machine, task: CompiledTask, frame: Frame, progress: Progress) -> Result:
    body: Body = task.body
    frame.value = progress.to_json()
    filters: list[Json] = [
        with_ties(body.filters[index], progress.known[index], _expected(progress, index))
        for index in progress.open
    ]
    request: JsonObject = {"listen": task.path, "taken": progress.taken, "filters": filters}
    return machine.want("event", request)


def _extracted(
    machine: Machine, body: Body, progress: Progress, index: int, event: JsonObject
) -> Facts | None:
    known, expected = progress.known[index], _expected(progress, index)
    return extracted(machine, body.filters[index], known, expected, event)


def _taken(progress: Progress, body: Body, index: int, found: Facts) -> Progress:
    once = body.all if index < body.ending else body.all_ending
    return replace(
        progress,
        taken=progress.taken + 1,
        open=[each for each in progress.open if not (once and each == index)],
        shared={**found, **progress.shared},
    )


def _expected(progress: Progress, index: int) -> Facts:
    return {**progress.shared, **progress.expected[index]}


def _progress(frame: Frame) -> Progress:
    kept: Any = frame.value
    return Progress(**kept)


def read(event: JsonObject, as_: str) -> Json:
    """What a ``listen`` reads of an event.

    ``data``: its data, Base64 text where they are binary. ``envelope``: all of it. ``raw``: the
    bytes of its data in Base64.
    """
    if as_ == "envelope":
        return event
    binary = event.get("data_base64")
    data = event.get("data") if binary is None else binary
    if as_ == "data" or binary is not None:
        return data
    return b64encode(data.encode() if isinstance(data, str) else text(data)).decode()
