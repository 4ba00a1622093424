"""Canonical form → typed model."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from turnout.definition.duration import parse_duration, sum_duration
from turnout.definition.expressions import source_of, strip
from turnout.definition.jq_literal import jq_literal
from turnout.definition.model import (
    CallHttpTask,
    Case,
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
from turnout.definition.places import pointer_to
from turnout.definition.task_types import DEFAULT_AT, DEFAULT_EACH
from turnout.domain.json import Json, JsonObject

# Validation said which member has which type; saying it again here, cast by cast, would hide
# what this module does. Hence ``Any`` for pieces of the source.
Source = dict[str, Any]


class _Common(TypedDict):
    name: str
    path: str
    reference: str
    definition: JsonObject
    condition: Expression | None
    input: Transform
    output: Transform
    export: Transform
    then: str


def parse(normalised: bytes) -> Definition:
    """Build the model of a definition.

    Args:
        normalised: the canonical form of a definition without problems.
    """
    source: Source = json.loads(normalised)
    return Definition(
        document=source["document"],
        input=_transform(source.get("input"), "from"),
        output=_transform(source.get("output"), "as"),
        tasks=_tasks(source["do"], "", "/do"),
        source=source,
    )


def _tasks(items: Sequence[Source], scope: str, reference: str) -> tuple[Task, ...]:
    tasks = []
    for index, item in enumerate(items):
        ((name, source),) = item.items()
        path = f"{scope}/{name}" if scope else name
        tasks.append(_task(name, source, path, pointer_to(pointer_to(reference, index), name)))
    return tuple(tasks)


def _task(name: str, source: Source, path: str, reference: str) -> Task:
    common = _Common(
        name=name,
        path=path,
        reference=reference,
        definition=source,
        condition=_expression(source.get("if")),
        input=_transform(source.get("input"), "from"),
        output=_transform(source.get("output"), "as"),
        export=_transform(source.get("export"), "as"),
        then=source.get("then", "continue"),
    )
    # `for` stands first: its tasks have a `do` too.
    keyword = next(keyword for keyword in _BUILDERS if keyword in source)
    return _BUILDERS[keyword](source, common)


def _set(source: Source, common: _Common) -> Task:
    return SetTask(**common, value=_value(source["set"]))


def _do(source: Source, common: _Common) -> Task:
    return DoTask(**common, tasks=_body(source, common))


def _body(source: Source, common: _Common) -> tuple[Task, ...]:
    return _tasks(source["do"], common["path"], f"{common['reference']}/do")


def _switch(source: Source, common: _Common) -> Task:
    cases = [
        Case(name, _expression(case.get("when")), case["then"])
        for item in source["switch"]
        for name, case in item.items()
    ]
    # The default applies when no other case does, wherever it is written: put it last.
    return SwitchTask(**common, cases=tuple(sorted(cases, key=lambda case: case.when is None)))


def _for(source: Source, common: _Common) -> Task:
    loop = source["for"]
    collection = loop["in"]
    return ForTask(
        **common,
        each=loop.get("each", DEFAULT_EACH),
        at=loop.get("at", DEFAULT_AT),
        items=Expression(
            source_of(collection) if isinstance(collection, str) else jq_literal(collection)
        ),
        condition_to_go_on=_expression(source.get("while")),
        tasks=_body(source, common),
    )


def _raise(source: Source, common: _Common) -> Task:
    return RaiseTask(**common, error=_members(source["raise"]["error"]))


def _wait(source: Source, common: _Common) -> Task:
    wait = source["wait"]
    if isinstance(wait, dict):
        return WaitTask(**common, duration=sum_duration(wait))
    computed = strip(wait)
    duration = parse_duration(wait) if computed is None else Expression(computed)
    return WaitTask(**common, duration=duration)


def _call(source: Source, common: _Common) -> Task:
    arguments = source["with"]
    endpoint = arguments["endpoint"]
    return CallHttpTask(
        **common,
        method=arguments["method"].upper(),
        uri=_text(endpoint["uri"] if isinstance(endpoint, dict) else endpoint),
        headers=_members_or_expression(arguments.get("headers", {})),
        query=_members_or_expression(arguments.get("query", {})),
        body=_value(arguments.get("body")),
        returns=arguments.get("output", "content"),
        redirect=arguments.get("redirect", False),
    )


_BUILDERS: dict[str, Callable[[Source, _Common], Task]] = {
    "for": _for,
    "set": _set,
    "switch": _switch,
    "do": _do,
    "raise": _raise,
    "wait": _wait,
    "call": _call,
}


def _transform(block: Source | None, member: str) -> Transform:
    if not block:
        return Transform()
    written = block.get(member)
    value = _expression(written) if isinstance(written, str) else _value(written)
    return Transform(block.get("schema", {}).get("document"), value)


def _expression(text: str | None) -> Expression | None:
    return None if text is None else Expression(source_of(text))


def _text(text: str) -> str | Expression:
    source = strip(text)
    return text if source is None else Expression(source)


def _value(value: Json) -> Value:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return tuple(_value(item) for item in value)
    if isinstance(value, dict):
        return _members(value)
    return value


def _members(value: JsonObject) -> dict[str, Value]:
    return {name: _value(member) for name, member in value.items()}


def _members_or_expression(value: JsonObject | str) -> dict[str, Value] | Expression:
    return Expression(source_of(value)) if isinstance(value, str) else _members(value)
