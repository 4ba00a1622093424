"""A constant as jq source evaluates to itself, whatever its texts look like."""

import jq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from turnout.definition.jq_literal import jq_literal
from turnout.domain.json import Json

# jq stores no NUL-free guarantee for program text: a NUL ends it, and tokens refuse it.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12).filter(
    lambda text: "${" not in text
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
@example(["\\(input)", '"\\"', "\\\\(1)", "#", "$x", "'"])
@settings(max_examples=150, deadline=None)
def test_a_constant_evaluates_to_itself(value: Json) -> None:
    assert jq.compile(jq_literal(value)).input_value(None).first() == value


def test_expressions_in_it_are_computed() -> None:
    source = jq_literal([{"a": "${ .x # a comment }"}, "${ .y }"])
    assert jq.compile(source).input_value({"x": 1, "y": 2}).first() == [{"a": 1}, 2]
