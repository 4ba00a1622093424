"""A definition tells its inputs and, as far as evident, its outputs."""

from collections.abc import Callable

import pytest

from turnout.definition.check import Checked
from turnout.definition.summary import Summary

HEAD = "document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}\n"


def summary(check_text: Callable[[str], Checked], text: str) -> Summary:
    found = check_text(HEAD + text).summary
    assert found is not None
    return found


def test_inputs_come_from_the_schema(check_text: Callable[[str], Checked]) -> None:
    schema = (
        "{required: [age], properties: {age: {type: integer}, names: {type: [string, 'null']},"
        " color: {enum: [red, green]}, free: {}, ref: true}}"
    )
    found = summary(
        check_text, f"input: {{schema: {{document: {schema}}}}}\ndo: [{{a: {{set: {{b: 1}}}}}}]"
    )
    assert found.trigger_type == "api"
    assert found.inputs == (
        ("age", "integer", True),
        ("color", "string", False),
        ("free", "any", False),
        ("names", "string|null", False),
        ("ref", "any", False),
    )


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        ("do: [{a: {set: {x: 1, y: 2}}}]", ("x", "y")),
        ("do: [{a: {set: {x: 1}}}, {b: {wait: PT1S}}]", ()),
        ("do: [{a: {set: {x: 1}, then: end}}, {b: {set: {y: 1}}}]", ("x", "y")),
        ("do: [{a: {set: {x: 1}, output: {as: {z: 1}}}}]", ("z",)),
        ("do: [{a: {set: {x: 1}, output: {as: .x}}}]", ()),
        ("do: [{a: {set: {x: 1}}}]\noutput: {as: {w: .x}}", ("w",)),
        ("do: [{a: {set: {x: 1}}}]\noutput: {as: .x}", ()),
        ("do: [{a: {set: '${ .x }'}}]", ()),
        ("do: [{a: {set: {x: 1}}}]\noutput: {schema: {document: {properties: {v: {}}}}}", ("v",)),
    ],
)
def test_outputs_come_from_what_is_evident(
    check_text: Callable[[str], Checked], text: str, outputs: tuple[str, ...]
) -> None:
    assert summary(check_text, text).outputs == outputs
