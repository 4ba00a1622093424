"""The canonical form and its hash depend on what is said, not on how it is laid out."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.definition.load import load
from turnout.definition.normalise import content_hash, normalise
from turnout.domain.json import Json

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
NUMBERS = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def shuffled(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: shuffled(value[name]) for name in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
@settings(deadline=None)
def test_normalising_twice_changes_nothing(value: Json) -> None:
    once = normalise(value)
    assert normalise(json.loads(once)) == once
    assert json.loads(once) == value


@given(VALUES)
@settings(deadline=None)
def test_layout_and_order_of_members_do_not_change_the_hash(value: Json) -> None:
    reformatted = load(json.dumps([shuffled(value)], indent=3) + "\n# a comment")
    assert content_hash(normalise(reformatted.value)) == content_hash(normalise([value]))


def test_yaml_and_json_of_the_same_definition_have_one_hash() -> None:
    as_yaml = load("b: 1.0 # one\na: &a\n  - 'x'\n  - \"é\"\n").value
    as_json = load('{"a":["x","\\u00e9"],"b":1}').value
    assert normalise(as_yaml) == normalise(as_json) == '{"a":["x","é"],"b":1}'.encode()


def test_the_hash_is_pinned() -> None:
    assert content_hash(normalise({"a": [1, 2.5, None, "x"]})) == (
        "sha256:629bba16e68e57c01e0ddbacda12d8b4c2e7b949f3cabd70b58acd3b42e8b15c"
    )


def test_another_value_has_another_hash() -> None:
    assert content_hash(normalise({"a": 1})) != content_hash(normalise({"a": "1"}))
