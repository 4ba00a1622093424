"""Expressions: what compiles, what they yield, what they are not told, how they fail."""

from typing import Any

import pytest
from runs import Run, program

from turnout.interpreter.errors import Fault
from turnout.interpreter.expressions import Evaluable, Expression, compile_expression, compiled
from turnout.interpreter.program import Limits

SCOPE = ("context", "input", "item")


class Variables:
    """Gives variables and notes which were asked for."""

    def __init__(self, **values: Any) -> None:
        self.values = values
        self.asked: list[tuple[str, frozenset[str] | None]] = []

    def __call__(self, name: str, members: frozenset[str] | None) -> Any:
        self.asked.append((name, members))
        return self.values[name]


def value_of(
    expression: str | Evaluable, value: Any = None, limit: int = 10_000, **variables: Any
) -> Any:
    if isinstance(expression, str):
        expression = compiled(expression, SCOPE)
    return expression.evaluate(value, Variables(**variables), 1.5, limit)


@pytest.mark.parametrize(
    "source",
    [
        "1) | (2",
        "env",
        "$ENV.PATH",
        "input",
        "[inputs]",
        "halt",
        '"a" | halt_error',
        'import "a" as a; .',
        "debug",
        "$unknown",
        ".a |",
        "nothing_of_this_name",
        "1 as $x | 2) as $x | (.",
        "",
    ],
)
def test_hostile_or_wrong_expressions_do_not_compile(source: str) -> None:
    problem = compile_expression(source, SCOPE)
    assert problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    "source",
    [".input", "$input.env", ". # a comment", "{input: 1, env: 2}", "def f: 1; f", "$item + now"],
)
def test_words_that_only_look_like_it_compile(source: str) -> None:
    assert compile_expression(source, SCOPE) is None


@pytest.mark.parametrize(
    ("source", "first"),
    [("1, 2", 1), ("empty", None), ("1, error", 1), ("nan", None), ("[nan]", [None]), (".", 7)],
)
def test_an_expression_yields_its_first_output_or_null(source: str, first: object) -> None:
    assert value_of(source, 7) == first
    assert value_of(Expression((source, "3"), SCOPE), 7) == [first, 3]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (".", {"a": 1}),
        (".a", 1),
        ("$item.a.b", 2),
        ("$item", {"a": {"b": 2}}),
        (".x.y", None),
        (" .a ", 1),
    ],
)
def test_a_path_gives_what_jq_gives(source: str, value: object) -> None:
    given = {"value": {"a": 1}, "item": {"a": {"b": 2}}}
    assert value_of(source, **given) == value
    assert value_of(Expression((source,), SCOPE), **given) == value


def test_a_path_into_what_is_no_object_faults_as_in_jq() -> None:
    for expression in (compiled(".a.b", ()), Expression((".a.b",), ())):
        with pytest.raises(Fault, match="Cannot index number"):
            value_of(expression, {"a": 1})


def test_only_variables_and_members_that_it_names_are_passed() -> None:
    variables = Variables(item={"a": 1}, context={})
    compiled("$item.a + ($item | .a) + .n", SCOPE).evaluate({"n": 1}, variables, 0, 1000)
    compiled("$item.a + $item.b", SCOPE).evaluate({"n": 1}, variables, 0, 1000)
    compiled(".n + 1", SCOPE).evaluate({"n": 1}, variables, 0, 1000)
    assert variables.asked == [("item", None), ("item", frozenset(("a", "b")))]


def test_a_variable_that_equals_the_value_is_not_passed() -> None:
    variables = Variables()
    expression = Expression(("$input.n + .n",), SCOPE, same="input")
    assert expression.evaluate({"n": 2}, variables, 0, 1000) == 4


def test_now_is_the_runs_time_and_a_name_that_contains_it_is_not() -> None:
    assert value_of("now") == 1.5
    assert value_of(".now", {"now": 3}) == 3
    assert value_of("[now, $item]", item=2) == [1.5, 2]


def test_a_fault_names_the_one_of_several_expressions_that_failed() -> None:
    run = Run("do: [{a: {set: {fine: '${ .n + 1 }', bad: '${ .n | keys }'}}}]", {"n": 1})
    assert run.error["detail"].startswith(".n | keys: ")
    assert run.error["type"].endswith("/errors/expression")
    assert (run.error["status"], run.error["instance"]) == (400, "/do/0/a")


def test_a_fault_cuts_what_the_expression_says() -> None:
    with pytest.raises(Fault) as failure:
        value_of('"x" * 100000 | error')
    assert len(str(failure.value)) <= 500


@pytest.mark.parametrize("source", ['"x" * 20000', "[range(9999)]", '[range(9)] | map("x" * 2000)'])
def test_a_result_over_the_limit_faults(source: str) -> None:
    with pytest.raises(Fault, match="10000 are allowed"):
        value_of(source)


def test_a_value_that_only_grows_by_paths_faults_at_the_end() -> None:
    ready = program("do: [{a: {set: {x: '${ . }', y: '${ . }'}}}]", limits=Limits(output=1000))
    assert "too large" in Run(ready, "x" * 600).error["detail"]


def test_integers_beyond_64_bits_come_back_as_floats() -> None:
    assert value_of("[1e30, 5]") == [1e30, 5]
    assert isinstance(value_of("[1e30, 5]")[0], float)
    assert isinstance(value_of("1e30"), float)
    assert value_of("[.]", 10**30) == [1e30]


def test_a_value_nested_too_deeply_faults() -> None:
    with pytest.raises(Fault, match="nested"):
        value_of("reduce range(400) as $i (1; [.])")


def test_a_comment_cannot_swallow_the_end_of_its_wrapping() -> None:
    assert value_of("$item + 1 # and more", item=1) == 2
    assert value_of(Expression((". # one", "1 # two"), SCOPE), 5) == [5, 1]
