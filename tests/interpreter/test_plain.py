"""Paths and conditions without jq: whatever is read here, jq reads alike."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.domain.json import Json
from turnout.interpreter.errors import Fault
from turnout.interpreter.expressions import Expression
from turnout.interpreter.plain import FirstThatHolds, Plain, order, plain

SCOPE = ("item", "context")
FAULT = object()

numbers = st.one_of(
    st.integers(-3, 3), st.integers(-(2**53), 2**53), st.floats(-2, 2), st.sampled_from([0.5, -0.0])
)
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(["", "a", "b", "ä", "10"]))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
    ),
    max_leaves=8,
)

paths = st.sampled_from([".", ".a", ".a.b", ".b", " .c ", "$item", "$item.a", "$context.b.a"])
constants = st.sampled_from(
    ["0", "1", "-1", "10", "true", "false", "null", '""', '"a"', '"b b"', "[]", "{}", '"ä"']
)
operands = paths | constants
comparisons = st.tuples(operands, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), operands)


def _joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join),
        inner.map("({})".format),
        inner.map("({} | not)".format),
    )


conditions = st.recursive(operands | comparisons.map(" ".join), _joined, max_leaves=5).flatmap(
    lambda text: st.sampled_from([text, f"{text} | not", f"{text}|not | not"])
)


def outcome(expression: Any, value: Json, item: Json) -> Any:
    def lookup(name: str, members: frozenset[str] | None) -> Json:
        if members is None or not isinstance(item, dict):
            return item
        return {name: item[name] for name in members if name in item}

    try:
        return expression.evaluate(value, lookup, 0.0, 100_000)
    except Fault:
        return FAULT


@settings(max_examples=600)
@given(source=conditions, value=values, item=values)
def test_a_condition_gives_what_jq_gives(source: str, value: Json, item: Json) -> None:
    try:
        jq = Expression((source,), SCOPE)
    except ValueError:  # two comparisons in a row: no jq
        assert plain(source, SCOPE, None) is None
        return
    read = plain(source, SCOPE, None)
    assert read is not None
    found, expected = outcome(read, value, item), outcome(jq, value, item)
    assert found == expected
    assert type(found) is type(expected) or {type(found), type(expected)} == {int, float}


@settings(max_examples=400)
@given(left=values, right=values)
def test_values_are_ordered_as_jq_orders_them(left: Json, right: Json) -> None:
    jq = Expression(("[(.[0] < .[1]), (.[0] == .[1]), (.[0] > .[1])]",), ())
    found = order(left, right)
    assert [found < 0, found == 0, found > 0] == outcome(jq, [left, right], None)


PIECES = [
    ".a",
    ".b",
    "$item",
    "1",
    "-1",
    '"a"',
    "[]",
    "{}",
    "(",
    ")",
    "|",
    "and",
    "or",
    "not",
    "==",
]
MORE = [
    "<",
    ">=",
    " ",
    ".",
    "..",
    "[0]",
    "?",
    "//",
    ",",
    "+",
    "-",
    "!",
    "true",
    "\v",
    "#",
    '"',
    "e",
]


@settings(max_examples=1500)
@given(
    pieces=st.lists(st.sampled_from(PIECES + MORE), min_size=1, max_size=7),
    gap=st.sampled_from(["", " "]),
    value=values,
)
def test_whatever_is_read_is_jq_and_means_the_same(
    pieces: list[str], gap: str, value: Json
) -> None:
    source = gap.join(pieces)
    read = plain(source, SCOPE, None)
    if read is not None:
        jq = Expression((source,), SCOPE)
        assert outcome(read, value, {"a": 1}) == outcome(jq, value, {"a": 1})


@pytest.mark.parametrize(
    "source",
    [
        ".a + 1 == 2",
        ".a // false",
        '.a | test("x")',
        ".a == 1, .b == 2",
        ".a == 0.1",
        ".a == 12345678901234567890",
        '.a == "\\n"',
        '.a == "\\(.b)"',
        ".a == $unknown",
        ".a[0] == 1",
        ".a? == 1",
        "(.a == 1",
        ".a < 1 < 2",
        "(" * 60 + ".a" + ")" * 60,
        ".a == 1 or " * 200 + ".b",
        "not",
        "",
        " ",
    ],
)
def test_what_is_not_certainly_understood_is_left_to_jq(source: str) -> None:
    assert plain(source, SCOPE, None) is None


def test_numbers_that_json_cannot_say_are_null() -> None:
    read = plain(". < 0", (), None)
    assert read is not None
    assert outcome(read, float("nan"), None) is True
    assert outcome(read, float("inf"), None) is True


def test_the_first_condition_that_holds_is_told_and_later_ones_are_not_asked() -> None:
    read = [plain(source, (), None) for source in (".a > 3", ".a > 1", ".a.b")]
    choice = FirstThatHolds([one for one in read if isinstance(one, Plain)])
    assert outcome(choice, {"a": 2}, None) == 1
    assert outcome(choice, {"a": 4}, None) == 0
    assert outcome(choice, {"a": 0}, None) is FAULT
    assert outcome(choice, {}, None) is None
