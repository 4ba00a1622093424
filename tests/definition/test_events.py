"""What is wrong in a `listen` or an `emit`, with its code, line and column."""

from collections.abc import Callable

import pytest

from turnout.definition.diff import diff
from turnout.definition.model import Consumption, Definition, Expression, ListenTask
from turnout.domain.problem import Problem

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\ndo:\n  - it:\n"


def listen(to: str, rest: str = "") -> str:
    """A `listen`; its strategy begins in line 4, column 21."""
    return f"{HEAD}      listen: {{to: {to}{rest}}}"


def emit(attributes: str) -> str:
    """An `emit`; the attributes begin in line 4, column 28."""
    return f"{HEAD}      emit: {{event: {{with: {attributes}}}}}"


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (f"{HEAD}      listen: {{read: data}}", "missing_member", 4, 7),
        (f"{HEAD}      listen: here", "wrong_type", 4, 15),
        (listen("{}"), "not_one_strategy", 4, 16),
        (
            listen("{one: {with: {type: a}}, all: [{with: {type: a}}]}"),
            "not_one_strategy",
            4,
            16,
        ),
        (listen("{first: {with: {type: a}}}"), "unknown_member", 4, 21),
        (listen("{one: {whith: {type: a}}}"), "unknown_member", 4, 27),
        (listen("{one: {with: {}}}"), "invalid_value", 4, 33),
        (listen("{one: {with: {Type: a}}}"), "invalid_name", 4, 34),
        (listen("{one: {with: {type: 7}}}"), "wrong_type", 4, 40),
        (listen("{one: {with: {channel: [a]}}}"), "wrong_type", 4, 43),
        (listen("{one: {with: {type: 'a ${ .b }'}}}"), "mixed_text", 4, 40),
        (listen("{one: {with: {type: '${ .a | }'}}}"), "invalid_expression", 4, 40),
        (listen("{one: {with: {type: '${ $nothing }'}}}"), "unknown_variable", 4, 40),
        (listen("{any: {with: {type: a}}}"), "wrong_type", 4, 26),
        (listen("{all: []}"), "invalid_value", 4, 26),
        (listen("{one: {with: {type: a}}, until: 'true'}"), "unknown_member", 4, 45),
        (listen("{any: [], until: 7}"), "wrong_type", 4, 37),
        (listen("{any: [], until: '. |'}"), "invalid_expression", 4, 37),
        (
            listen("{any: [], until: {any: [{with: {type: a}}], until: '.'}}"),
            "unknown_member",
            4,
            64,
        ),
        (listen("{one: {with: {type: a}, correlate: {o: {expect: 1}}}}"), "missing_member", 4, 56),
        (
            listen("{one: {with: {type: a}, correlate: {o: {from: .a, expect: [1]}}}}"),
            "wrong_type",
            4,
            78,
        ),
        (listen("{one: {with: {type: a}}}", ", read: body"), "invalid_value", 4, 52),
        (f"{HEAD}      foreach: {{}}\n      set: {{a: 1}}", "unknown_member", 4, 7),
        (f"{HEAD}      emit: {{events: {{with: {{type: a}}}}}}", "unknown_member", 4, 14),
        (emit("{source: /here}"), "missing_member", 4, 22),
        (emit("{type: a, Subject: b}"), "invalid_name", 4, 38),
        (emit("{type: a, data: {b: 'x ${ .c }'}}"), "mixed_text", 4, 48),
    ],
)
def test_each_mistake_is_reported_where_it_is(
    errors_in: Callable[[str], list[Problem]], text: str, code: str, line: int, column: int
) -> None:
    found = [(each.code, each.line, each.column) for each in errors_in(text)]
    assert found == [(code, line, column)]


@pytest.mark.parametrize(
    ("foreach", "code"),
    [
        ("{item: context}", "reserved_name"),
        ("{item: at, at: at}", "duplicate_name"),
        ("{each: event}", "unknown_member"),
        ("{do: []}", "no_tasks"),
        ("{do: [{a: {set: {b: '${ $other }'}}}]}", "unknown_variable"),
        ("{output: {as: '$output'}}", "unknown_variable"),
    ],
)
def test_what_is_wrong_in_a_foreach_is_reported(
    errors_in: Callable[[str], list[Problem]], foreach: str, code: str
) -> None:
    text = listen("{any: [], until: '.'}") + f"\n      foreach: {foreach}"
    assert code in [each.code for each in errors_in(text)]


def test_a_foreach_knows_its_event_in_its_tasks_output_and_export(
    errors_in: Callable[[str], list[Problem]],
) -> None:
    foreach = (
        "{item: vote, at: n, do: [{a: {set: {b: '${ [$vote, $n] }'}}}],"
        " output: {as: '$vote'}, export: {as: '[$output, $n]'}}"
    )
    text = listen("{any: [], until: '.'}") + f"\n      foreach: {foreach}"
    assert errors_in(text) == []


def test_the_model_of_a_listen(definition_of: Callable[[str], Definition]) -> None:
    to = "{any: [{with: {type: a, data: '${ .b }'}}], until: {all: [{with: {type: c}}]}}"
    (task,) = definition_of(listen(to)).tasks
    assert isinstance(task, ListenTask)
    assert task.to.strategy == "any"
    assert task.to.filters[0].attributes == {"type": "a", "data": Expression(".b")}
    assert isinstance(task.until, Consumption)
    assert (task.until.strategy, task.read, task.foreach) == ("all", "data", None)


def test_a_changed_filter_is_shown_by_name(definition_of: Callable[[str], Definition]) -> None:
    old = definition_of(listen("{one: {with: {type: a, subject: b}}}"))
    new = definition_of(listen("{one: {with: {type: a, subject: c}}}"))
    (change,) = diff(old, new)
    assert "subject" in str(change)
