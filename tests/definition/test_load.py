"""Text is read by YAML 1.2's rules, with places, and within bounds."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.definition.compose import MAX_DEPTH, MAX_NODES
from turnout.definition.load import MAX_BYTES, LoadError, load
from turnout.domain.json import Json


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_only_the_types_of_json_come_out() -> None:
    text = "on: yes\nday: 2020-01-01\nn: ~\nt: true\ni: 010\no: 0o17\nh: 0x1F\nf: 1.5e3\nu: 1_000"
    assert load(text).value == {
        "on": "yes", "day": "2020-01-01", "n": None, "t": True,
        "i": 10, "o": 15, "h": 31, "f": 1500.0, "u": "1_000",
    }  # fmt: skip


def test_everything_has_a_place_from_one() -> None:
    document = load("a: 1\nb:\n  - x: 'q'\n  - y\n")
    assert document.places == {
        "": (1, 1), "/a": (1, 1), "/b": (2, 1), "/b/0": (3, 5), "/b/0/x": (3, 5), "/b/1": (4, 5)
    }  # fmt: skip
    assert document.value_places["/a"] == (1, 4)
    assert document.value_places["/b"] == (3, 3)
    assert document.value_places["/b/0/x"] == (3, 8)


def test_json_has_the_same_places_as_yaml() -> None:
    text = '{"a": [1, {"b/c": "x\\n"}],\n "d": {"~": 1e3}}'
    as_json, as_yaml = load(text), load(f"{text} # a comment makes it YAML")
    assert as_json == as_yaml
    assert as_json.places["/a/1/b~1c"] == (1, 12)
    assert as_json.places["/d/~0"] == (2, 8)


def test_an_alias_stands_for_a_copy_whose_places_are_where_it_is_written() -> None:
    document = load("a: &a [1, 2]\nb: *a")
    assert document.value == {"a": [1, 2], "b": [1, 2]}
    assert document.places["/b"] == (2, 1)
    assert document.places["/b/1"] == (1, 11)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "empty_document", 1, 1),
        ("# nothing\n", "empty_document", 1, 1),
        ("a: 1\na: 2", "duplicate_name", 2, 1),
        ('{"a": 1,\n "a": 2}', "duplicate_name", 2, 2),
        ("a: !!str 1", "tag_refused", 1, 4),
        ("a:\n  - !secret x", "tag_refused", 2, 5),
        ("a: .nan", "number_refused", 1, 4),
        ("a: -.inf", "number_refused", 1, 4),
        ("a: 1e999", "number_refused", 1, 4),
        ('{"a": NaN}', "number_refused", 1, 7),
        ("a: 9007199254740993", "number_refused", 1, 4),
        ("a: " + "9" * 5000, "number_refused", 1, 4),
        ("1: x", "name_not_text", 1, 1),
        ("a:\n  true: x", "name_not_text", 2, 3),
        ("? [a]\n: b", "name_not_text", 1, 3),
        ("a: &x [*x]", "recursive_alias", 1, 8),
        ("a: *y", "unknown_alias", 1, 4),
        ("a: &b {c: 1}\nd:\n  <<: *b", "merge_key", 3, 3),
        ("# c\n%YAML 1.1\n---\na: 1", "directive_refused", 2, 1),
        ("a: 1\n---\nb: 2", "several_documents", 2, 1),
        ("\ta: 1", "invalid_yaml", 1, 1),
        ("a: b: c", "invalid_yaml", 1, 5),
        ("a: [1, 2", "invalid_yaml", 1, 9),
        ('a: "\x01"', "invalid_text", 1, 5),
        ('{"a": "\\ud800"}', "invalid_text", 1, 7),
        ('{"\\ud800": 1}', "invalid_text", 1, 2),
        ("a: \ud800", "invalid_text", None, None),
        ("[" * 5_000, "too_deep", 1, MAX_DEPTH + 1),
        ('{"a":' * 200_000, "too_deep", 1, MAX_DEPTH * 5 + 1),
        ("- " * 300_000, "too_deep", 1, MAX_DEPTH * 2 + 1),
        ("x:\n" + "- 1\n" * MAX_NODES, "too_many_values", MAX_NODES, 3),
        (bomb(20), "alias_bomb", 5, 10),
        ("x" * 10_000_000, "definition_too_large", None, None),
        ("é" * (MAX_BYTES // 2 + 1), "definition_too_large", None, None),
    ],
)  # fmt: skip
def test_it_says_where_a_text_cannot_be_read(
    text: str, code: str, line: int | None, column: int | None
) -> None:
    with pytest.raises(LoadError) as caught:
        load(text)
    problem = caught.value.problem
    assert problem.code == code
    assert (problem.line, problem.column) == (line, column)
    assert len(problem.message) <= 300


def test_long_names_deep_down_do_not_take_memory_many_times_over() -> None:
    inside = f"[{'1,' * 2_500}1]"
    for _ in range(60):
        inside = f'{{"{"k" * 15_000}": {inside}}}'
    with pytest.raises(LoadError) as caught:
        load(inside)
    assert caught.value.problem.code == "names_too_long"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False)
    .filter(lambda number: abs(number) != float("inf")) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON, max_size=4))
@settings(deadline=None)
def test_json_comes_back_as_it_was(value: Json) -> None:
    assert load(json.dumps(value)).value == value


@given(st.text(st.sampled_from("ab:-[]{}&*!|>'\"%#,? \n\t\\.01<\r\x85") | st.characters()))
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        document = load(text)
    except LoadError:
        return
    assert document.places.keys() == document.value_places.keys()
    json.dumps(document.value, allow_nan=False).encode()
