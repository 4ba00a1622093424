"""What a definition says, as labelled facts: the words in which two of them are compared."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from turnout.definition.duration import UNITS
from turnout.definition.model import (
    CallHttpTask,
    Consumption,
    Definition,
    DoTask,
    EmitTask,
    Expression,
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
from turnout.domain.json import Json

Facts = dict[str, str]
"""What is said (``condition of case approve``) → how it is written (``.score < 20``)."""

TYPE_NAMES: dict[type[Task], str] = {
    SetTask: "set",
    DoTask: "do",
    SwitchTask: "switch",
    ForTask: "for",
    ForkTask: "fork",
    TryTask: "try",
    RaiseTask: "raise",
    CallHttpTask: "call: http",
    HumanReviewTask: "call: human-review",
    WaitTask: "wait",
    EmitTask: "emit",
    ListenTask: "listen",
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
        **({} if definition.timeout is None else {"timeout": _length(definition.timeout)}),
    }


def task_facts(task: Task) -> Facts:
    """Return what a task says, but for the tasks in it."""
    facts: Facts = {"type": TYPE_NAMES[type(task)]}
    if task.condition is not None:
        facts["condition"] = task.condition.source
    for name, block in (("input", task.input), ("output", task.output), ("export", task.export)):
        facts.update(_transform(name, block))
    facts["next step"] = task.then
    if task.timeout is not None:
        facts["timeout"] = _length(task.timeout)
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


def _human_review(task: Any) -> Iterator[tuple[str, str]]:
    yield "queue", written(task.queue)
    yield "question", written(task.question)
    yield from _leaves("data", task.data)
    yield "choices", written(task.choices)
    due = task.due
    if due is not None:
        yield "due after", duration_text(due) if isinstance(due, int) else due.source
        yield "choice when due", written(task.when_due)


def _wait(task: Any) -> Iterator[tuple[str, str]]:
    yield "duration", _length(task.duration)


def _emit(task: Any) -> Iterator[tuple[str, str]]:
    return _leaves("event", task.event)


def _listen(task: Any) -> Iterator[tuple[str, str]]:
    yield from _consumption("event", task.to)
    until = task.until
    if isinstance(until, Consumption):
        yield from _consumption("last event", until)
    elif until is not None:
        yield "condition to stop", until.source
    yield "what is read of an event", task.read
    if task.foreach is not None:
        yield "name of the event", task.foreach.each
        yield "name of its index", task.foreach.at
        yield from _transform("output for each event", task.foreach.output)
        yield from _transform("export for each event", task.foreach.export)


def _consumption(label: str, consumption: Consumption) -> Iterator[tuple[str, str]]:
    yield f"choice of the {label}", f"{consumption.strategy} of {len(consumption.filters)}"
    for number, each in enumerate(consumption.filters, 1):
        yield from _leaves(f"{label} {number}", each.attributes)
        for tie in each.correlations:
            yield f"{label} {number} correlation {tie.name}", tie.extract.source
            if tie.expect is not None:
                yield f"{label} {number} expectation {tie.name}", written(tie.expect)


def _fork(task: Any) -> Iterator[tuple[str, str]]:
    yield "order of the branches", ", ".join(branch.name for branch in task.tasks)
    yield "competition of the branches", "on" if task.compete else "off"


def _try(task: Any) -> Iterator[tuple[str, str]]:
    yield from _leaves("caught error", task.error)
    yield "name of the error", task.variable
    yield from _conditions("catching", task)
    yield "handling", "drops the error" if task.handling is None else "runs catch.do"
    if task.handled_then is not None:
        yield "next step after handling", task.handled_then
    if task.retry is not None:
        yield from _retry(task.retry)


def _retry(retry: Retry) -> Iterator[tuple[str, str]]:
    yield "retries", "without end" if retry.count is None else f"at most {retry.count}"
    yield "backoff of retries", retry.backoff
    yield from _conditions("trying again", retry)
    lengths = {
        "delay before a retry": retry.delay,
        "time for an attempt": retry.attempt,
        "time for all retries": retry.duration,
    }
    for label, length in lengths.items():
        if length is not None:
            yield label, _length(length)
    if retry.jitter is not None:
        yield "jitter of retries", " to ".join(map(_length, retry.jitter))


def _conditions(label: str, of: TryTask | Retry) -> Iterator[tuple[str, str]]:
    if of.when is not None:
        yield f"condition for {label}", of.when.source
    if of.except_when is not None:
        yield f"exception from {label}", of.except_when.source


def _length(duration: int | Expression) -> str:
    return duration_text(duration) if isinstance(duration, int) else duration.source


def _nothing(task: Any) -> Iterator[tuple[str, str]]:
    return iter(())


_FACTS: Mapping[type[Task], Callable[[Any], Iterator[tuple[str, str]]]] = {
    SetTask: _set,
    DoTask: _nothing,
    SwitchTask: _switch,
    ForTask: _for,
    ForkTask: _fork,
    TryTask: _try,
    RaiseTask: _raise,
    CallHttpTask: _call,
    HumanReviewTask: _human_review,
    WaitTask: _wait,
    EmitTask: _emit,
    ListenTask: _listen,
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
