"""Which expressions are known to have exactly one output."""

import jq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.definition.jq_tokens import JqSyntaxError
from turnout.interpreter.single_output import has_single_output

DOCUMENTS = [None, 3, "a", [1, 2], [], {"a": 1, "b": [1, 2], "c": {"a": None}}, {"a": []}]

WORDS = st.sampled_from(
    ". .a .b .c $x 1 2 length not add any all keys type map IN select empty range ( ) [ ] { } , "
    '| ; == < + - * / .[] .. .[0] "t" and or if then else end // ? true null first error'.split()
)


@pytest.mark.parametrize(
    "source",
    [
        ".age < 18",
        "any(.documents[]; .status == 1) | not",
        ".country | IN(1, 2) | not",
        ".decline + .review | length",
        "(.a.b * 2) >= $x and true",
        ".",
    ],
)
def test_what_decisions_are_made_of_is_known_to_have_one(source: str) -> None:
    assert has_single_output(source)


@pytest.mark.parametrize(
    "source",
    [".[]", "1, 2", "empty", "select(.a)", "range(3)", ".a // 1", ".a?", "[.a]", "{a}", "..",
     "if . then 1 else 2 end", "any | empty", "map(.a) | .[]", "IN", "first(.[])"],
)  # fmt: skip
def test_in_doubt_it_is_not_known(source: str) -> None:
    assert not has_single_output(source)


@given(st.lists(WORDS, min_size=1, max_size=8).map(" ".join))
def test_what_is_known_to_have_one_output_never_has_another_number(source: str) -> None:
    try:
        if not has_single_output(source):
            return
        program = jq.compile(source, args={"x": 5})
    except (JqSyntaxError, ValueError):
        return
    for document in DOCUMENTS:
        try:
            outputs = program.input_value(document).all()
        except ValueError:
            continue
        assert len(outputs) == 1, (source, document, outputs)
