"""What a definition says, as labelled facts: the words in which two of them are compared."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from turnout.definition.duration import UNITS
from turnout.definition.model import (
    CallHttpTask,
    Definition,
    DoTask,
    Expression,
    ForTask,
    RaiseTask,
    SetTask,
    SwitchTask,
    Task,
    Transform,
    Value,
    WaitTask,
)
from turnout.domain.json import Json

Facts = dict[str, str]
"""What is said (``condition of case approve``) → how it is written (``.score < 20``)."""

TYPE_NAMES: dict[type[Task], str] = {
    SetTask: "set",
    DoTask: "do",
    SwitchTask: "switch",
    ForTask: "for",
    RaiseTask: "raise",
    CallHttpTask: "call: http",
    WaitTask: "wait",
}


def written(value: Value | Json) -> str:
    """Render a value: an expression bare, all else as JSON, so that no two look the same."""
    if isinstance(value, Expression):
        return value.source
    return json.dumps(_plain(value), ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Json:
    if isinstance(value, Expression):
        return f"${{ {value.source} }}"
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    plain: Json = value
    return plain


def workflow_facts(definition: Definition) -> Facts:
    """Return what is said of the workflow as a whole."""
    return {
        **dict(_leaves("document", definition.document)),
        **dict(_transform("input", definition.input)),
        **dict(_transform("output", definition.output)),
    }


def task_facts(task: Task) -> Facts:
    """Return what a task says, but for the tasks in it."""
    facts: Facts = {"type": TYPE_NAMES[type(task)]}
    if task.condition is not None:
        facts["condition"] = task.condition.source
    for name, block in (("input", task.input), ("output", task.output), ("export", task.export)):
        facts.update(_transform(name, block))
    facts["next step"] = task.then
    if "metadata" in task.definition:
        facts.update(_leaves("metadata", task.definition["metadata"]))
    facts.update(_FACTS[type(task)](task))
    return facts


def _set(task: Any) -> Iterator[tuple[str, str]]:
    return _leaves("value", task.value)


def _switch(task: Any) -> Iterator[tuple[str, str]]:
    yield "order of the cases", ", ".join(case.name for case in task.cases)
    for case in task.cases:
        yield f"condition of case {case.name}", case.when.source if case.when else "otherwise"
        yield f"target of case {case.name}", case.then


def _for(task: Any) -> Iterator[tuple[str, str]]:
    yield "collection", task.items.source
    yield "name of the item", task.each
    yield "name of the index", task.at
    if task.condition_to_go_on is not None:
        yield "condition to go on", task.condition_to_go_on.source


def _raise(task: Any) -> Iterator[tuple[str, str]]:
    return _leaves("error", task.error)


def _call(task: Any) -> Iterator[tuple[str, str]]:
    yield "method", task.method
    yield "endpoint", written(task.uri)
    yield from _leaves("header", task.headers)
    yield from _leaves("query parameter", task.query)
    if task.body is not None:
        yield from _leaves("body", task.body)
    yield "kind of result", task.returns
    yield "following of redirects", "on" if task.redirect else "off"


def _wait(task: Any) -> Iterator[tuple[str, str]]:
    duration = task.duration
    yield "duration", duration_text(duration) if isinstance(duration, int) else duration.source


def _nothing(task: Any) -> Iterator[tuple[str, str]]:
    return iter(())


_FACTS: Mapping[type[Task], Callable[[Any], Iterator[tuple[str, str]]]] = {
    SetTask: _set,
    DoTask: _nothing,
    SwitchTask: _switch,
    ForTask: _for,
    RaiseTask: _raise,
    CallHttpTask: _call,
    WaitTask: _wait,
}


def _transform(name: str, block: Transform) -> Iterator[tuple[str, str]]:
    if block.schema is not None:
        yield from _leaves(f"{name} schema", block.schema)
    if block.value is not None:
        yield from _leaves(name, block.value)


def _leaves(label: str, value: Any) -> Iterator[tuple[str, str]]:
    """Yield a fact for each leaf, so that a change in one of many members says which."""
    if not isinstance(value, dict) or not value:
        yield label, written(value)
        return
    pending: list[tuple[Sequence[str], Any]] = [((name,), value[name]) for name in reversed(value)]
    while pending:
        names, member = pending.pop()
        if isinstance(member, dict) and member:
            pending += [((*names, name), member[name]) for name in reversed(member)]
        else:
            yield f"{label} {'.'.join(map(_label, names))}", written(member)


def _label(name: str) -> str:
    return json.dumps(name, ensure_ascii=False) if "." in name or not name else name


def duration_text(microseconds: int) -> str:
    """Render a duration: ``1 day 2 hours``."""
    parts = []
    for unit, size in UNITS.items():
        count, microseconds = divmod(microseconds, size)
        if count:
            parts.append(f"{count} {unit if count != 1 else unit[:-1]}")
    return " ".join(parts) or "0 seconds"
