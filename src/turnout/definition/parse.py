"""Canonical form → typed model."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypedDict

from turnout.definition.duration import parse_duration, sum_duration
from turnout.definition.events import STRATEGIES
from turnout.definition.expressions import source_of, strip
from turnout.definition.jq_literal import jq_literal
from turnout.definition.model import (
    CallHttpTask,
    Case,
    Consumption,
    Correlation,
    Definition,
    DoTask,
    EmitTask,
    EventFilter,
    Expression,
    ForEach,
    ForkTask,
    ForTask,
    HumanReviewTask,
    ListenTask,
    RaiseTask,
    Retry,
    SetTask,
    SwitchTask,
    Task,
    Transform,
    TryTask,
    Value,
    WaitTask,
)
from turnout.definition.places import pointer_to
from turnout.definition.reuse import resolved
from turnout.definition.task_types import DEFAULT_AT, DEFAULT_EACH
from turnout.definition.try_task import CATCH, DEFAULT_ERROR
from turnout.domain.json import Json, JsonObject
from turnout.domain.review import DEFAULT_QUEUE

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
    timeout: int | Expression | None


def parse(normalised: bytes) -> Definition:
    """Build the model of a definition.

    Args:
        normalised: the canonical form of a definition without problems.
    """
    written: Source = json.loads(normalised)
    source = resolved(written)
    return Definition(
        document=source["document"],
        input=_transform(source.get("input"), "from"),
        output=_transform(source.get("output"), "as"),
        timeout=_timeout(source.get("timeout")),
        tasks=_tasks(source["do"], "", "/do"),
        source=written,
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
        timeout=_timeout(source.get("timeout")),
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


def _fork(source: Source, common: _Common) -> Task:
    fork = source["fork"]
    branches = _tasks(fork["branches"], common["path"], f"{common['reference']}/fork/branches")
    return ForkTask(**common, tasks=branches, compete=fork.get("compete", False))


def _try(source: Source, common: _Common) -> Task:
    catch, path, reference = source["catch"], common["path"], common["reference"]
    handling = catch.get("do")
    return TryTask(
        **common,
        tasks=_tasks(source["try"], path, f"{reference}/try"),
        error=catch.get("errors", {}).get("with", {}),
        variable=catch.get("as", DEFAULT_ERROR),
        when=_expression(catch.get("when")),
        except_when=_expression(catch.get("exceptWhen")),
        retry=None if catch.get("retry") is None else _retry(catch["retry"]),
        handling=handling and _tasks(handling, f"{path}/{CATCH}", f"{reference}/catch/do"),
        handled_then=catch.get("then"),
    )


def _retry(source: Source) -> Retry:
    limit, jitter = source.get("limit", {}), source.get("jitter")
    attempt = limit.get("attempt", {})
    return Retry(
        when=_expression(source.get("when")),
        except_when=_expression(source.get("exceptWhen")),
        delay=_duration(source.get("delay")),
        backoff=next(iter(source.get("backoff", ())), "constant"),
        jitter=jitter and (_length(jitter["from"]), _length(jitter["to"])),
        count=attempt.get("count"),
        attempt=_duration(attempt.get("duration")),
        duration=_duration(limit.get("duration")),
    )


def _emit(source: Source, common: _Common) -> Task:
    return EmitTask(**common, event=_members(source["emit"]["event"]["with"]))


def _listen(source: Source, common: _Common) -> Task:
    listen = source["listen"]
    to, until = listen["to"], listen["to"].get("until")
    each = source.get("foreach")
    return ListenTask(
        **common,
        to=_consumption(to),
        until=_consumption(until) if isinstance(until, dict) else _expression(until),
        read=listen.get("read", "data"),
        foreach=None if each is None else _foreach(each, common),
    )


def _consumption(source: Source) -> Consumption:
    strategy = next(name for name in STRATEGIES if name in source)
    found = source[strategy]
    return Consumption(strategy, tuple(map(_filter, found if isinstance(found, list) else [found])))


def _filter(source: Source) -> EventFilter:
    correlations = [
        Correlation(name, Expression(source_of(each["from"])), _value(each.get("expect")))
        for name, each in source.get("correlate", {}).items()
    ]
    return EventFilter(_members(source["with"]), tuple(correlations))


def _foreach(source: Source, common: _Common) -> ForEach:
    return ForEach(
        each=source.get("item", DEFAULT_EACH),
        at=source.get("at", DEFAULT_AT),
        tasks=_tasks(source.get("do", []), common["path"], f"{common['reference']}/foreach/do"),
        output=_transform(source.get("output"), "as"),
        export=_transform(source.get("export"), "as"),
    )


def _raise(source: Source, common: _Common) -> Task:
    return RaiseTask(**common, error=_members(source["raise"]["error"]))


def _wait(source: Source, common: _Common) -> Task:
    return WaitTask(**common, duration=_length(source["wait"]))


def _call(source: Source, common: _Common) -> Task:
    return _CALLS[source["call"]](source["with"], common)


def _human_review(arguments: Source, common: _Common) -> Task:
    due, when_due = arguments.get("due"), arguments.get("whenDue")
    return HumanReviewTask(
        **common,
        queue=_text(arguments.get("queue", DEFAULT_QUEUE)),
        question=_text(arguments["question"]),
        data=_value(arguments["data"]) if "data" in arguments else Expression("."),
        choices=_value(arguments["choices"]),
        due=_duration(due.get("after") if isinstance(due, dict) else due),
        when_due=None if when_due is None else _text(when_due),
    )


def _http(arguments: Source, common: _Common) -> Task:
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


_CALLS: dict[str, Callable[[Source, _Common], Task]] = {
    "http": _http,
    "human-review": _human_review,
}

_BUILDERS: dict[str, Callable[[Source, _Common], Task]] = {
    "for": _for,
    "set": _set,
    "switch": _switch,
    "do": _do,
    "fork": _fork,
    "try": _try,
    "raise": _raise,
    "wait": _wait,
    "emit": _emit,
    "listen": _listen,
    "call": _call,
}


def _timeout(block: Source | None) -> int | Expression | None:
    return None if block is None else _length(block["after"])


def _duration(written: Source | str | None) -> int | Expression | None:
    return None if written is None else _length(written)


def _length(written: Source | str) -> int | Expression:
    if isinstance(written, dict):
        return sum_duration(written)
    computed = strip(written)
    return parse_duration(written) if computed is None else Expression(computed)


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
