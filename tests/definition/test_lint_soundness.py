"""What the lints take as certain is so in every run: they are compared with jq and with runs."""

import json
from dataclasses import replace
from typing import Any

import jq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.interpreter.runs import Run, program
from turnout.definition.data_kinds import DataKinds
from turnout.definition.expression_kinds import Evaluation
from turnout.definition.findings import Findings, Spot
from turnout.definition.flow import task_list_of
from turnout.definition.jq_syntax import Node, read
from turnout.definition.kinds import Kind, constant, either, merged, of_schema, type_of
from turnout.definition.places import Document
from turnout.domain.json import Json
from turnout.interpreter.program import Limits

NAMES = st.sampled_from(("a", "b", "c"))
SCALARS = st.sampled_from((None, True, False, 0, 1, 2.5, "", "a", "7"))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=2).map(lambda names: "." + ".".join(names))
WORDS = st.sampled_from(("length", "not", "tostring", "type", "keys", "map(.a)"))
SOURCES = st.recursive(
    PATHS | st.sampled_from((".", "1", '"t"', "null", "true", "[]", "{}", ".a[0]", ".b?")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/|"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, st.sampled_from(("==", "<", ">=", "and", "or", "//", "!=")), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(NAMES, inner, NAMES).map(lambda p: f"{{{p[0]}: ({p[1]}), {p[2]}}}"),
        st.tuples(inner, inner, inner).map(lambda p: f"if {p[0]} then {p[1]} else {p[2]} end"),
        inner.map(lambda one: f"[{one}]"),
        st.tuples(inner, WORDS).map(lambda p: f"({p[0]} | {p[1]})"),
    ),
    max_leaves=5,
)  # fmt: skip


def fits(kind: Kind, value: Json) -> bool:
    """Whether a value is one of those that a kind speaks of."""
    if type_of(value) not in kind.types:
        return False
    if not isinstance(value, dict):
        return True
    return (
        kind.certain <= value.keys()
        and not (kind.closed and value.keys() - kind.members.keys())
        and all(fits(kind.members[name], value[name]) for name in value if name in kind.members)
    )


class Heard:
    """Keeps what an evaluation tells."""

    def __init__(self) -> None:
        self.missing_paths: list[str] = []
        self.comparisons: list[str] = []

    def missing(self, path: str, name: str, of: Kind, variable: str | None) -> None:
        self.missing_paths.append(path)

    def never_alike(self, sign: str, sides: tuple[Node, Node], kinds: tuple[Kind, Kind]) -> None:
        self.comparisons.append(sign)


def outputs(source: str, value: Json) -> list[Json]:
    try:
        return list(jq.compile(source).input_value(value).all())
    except ValueError:
        return []


@given(SOURCES, VALUES)
@settings(max_examples=600, deadline=None)
def test_an_expression_gives_what_its_kind_says(source: str, value: Json) -> None:
    tree = read(source)
    assert tree is not None, source
    kind = Evaluation({}, None).kind(tree, constant(value))
    for output in outputs(source, value):
        assert fits(kind, output), (source, value, output, kind)


@given(SOURCES, VALUES, VALUES)
@settings(max_examples=600, deadline=None)
def test_where_paths_meet_it_gives_what_holds_on_both(source: str, one: Json, other: Json) -> None:
    tree = read(source)
    assert tree is not None, source
    kind = Evaluation({}, None).kind(tree, either(constant(one), constant(other)))
    for value in (one, other):
        for output in outputs(source, value):
            assert fits(kind, output), (source, value, output, kind)


@given(PATHS, OBJECTS)
@settings(max_examples=200, deadline=None)
def test_a_path_that_is_said_to_be_null_is_null(path: str, value: dict[str, Any]) -> None:
    heard, tree = Heard(), read(path)
    assert tree is not None
    Evaluation({}, heard).kind(tree, constant(value))
    if heard.missing_paths:
        assert outputs(path, value) in ([None], [])


def half_known(value: Json, names: set[str]) -> Kind:
    """The kind of a value of which only some members are known."""
    kind = constant(value)
    members = {name: member for name, member in kind.members.items() if name in names}
    return replace(kind, members=members, certain=frozenset(members), closed=False)


@given(OBJECTS, OBJECTS, OBJECTS, st.sets(NAMES), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_sum_of_objects_fits_the_sum_of_their_kinds(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any], names: set[str], open_left: bool
) -> None:
    one, other = either(constant(a), constant(b)), half_known(c, names)
    for value in (a, b):
        if open_left:
            assert fits(merged(other, one), {**c, **value})
        else:
            assert fits(merged(one, other), {**value, **c})
        assert fits(either(one, other), value)
        assert fits(either(other, one), c)


@pytest.mark.parametrize(
    ("schema", "fitting"),
    [
        ({"type": "object", "properties": {"a": {"type": "integer"}}}, [{}, {"a": 1}, {"b": "x"}]),
        ({"properties": {"a": {"type": "string"}}, "required": ["a", "b"]}, [1, {"a": "", "b": 1}]),
        ({"type": ["object", "null"], "additionalProperties": False}, [None, {}]),
        ({"enum": [1, "a", None]}, [1, "a", None]),
        ({"const": {"a": 1}}, [{"a": 1}]),
        ({"patternProperties": {"a": {}}, "additionalProperties": False}, [{"a": 1}]),
        ({"$ref": "#/$defs/a", "type": "string", "$defs": {"a": {}}}, [1]),
        ({"anyOf": [{"type": "string"}]}, ["a"]),
        (True, [1, None]),
        ({"type": []}, [1]),
    ],
)
def test_what_fits_a_schema_fits_its_kind(schema: Json, fitting: list[Json]) -> None:
    assert [value for value in fitting if not fits(of_schema(schema), value)] == []


# whole runs

SAFE = st.recursive(
    NAMES.map(".{}".format) | st.sampled_from((".", "1", '"t"', "null", "$input.a", "$context.b")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("==", "<", "and", "//")), inner).map(
            lambda p: f"({p[0]} {p[1]} {p[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"if {p[0]} then {p[1]} else {p[2]} end"),
        st.tuples(NAMES, inner).map(lambda p: f"{{{p[0]}: {p[1]}}}"),
    ),
    max_leaves=3,
)
"""Faults on no object, so that runs go on."""

MADE = st.tuples(NAMES, SAFE, NAMES).map(lambda p: f"{{{p[0]}: ({p[1]}), {p[2]}}}")
SUMS = st.one_of(MADE, MADE.map(". + {}".format), MADE.map("{} + .".format))
TEMPLATES = st.one_of(
    st.dictionaries(NAMES, SCALARS | SAFE.map("${{ {} }}".format), min_size=1),
    SUMS.map("${{ {} }}".format),
)
TARGETS = st.sampled_from(("continue", "exit", "end", "t0", "t1", "t2"))
SWITCHES = st.builds(
    lambda when, then, other: {"switch": [{"c": {"when": when, "then": then}}], "then": other},
    SAFE, TARGETS, TARGETS,
)  # fmt: skip
SETS = st.builds(lambda value, then: {"set": value, "then": then}, TEMPLATES, TARGETS)
LEAVES = st.one_of(SETS, SETS.map(lambda task: {**task, "if": ".a"}), SWITCHES)
EXPORTS = st.sampled_from(({"as": "$context + {c: .}"}, {"as": "{b: .a}"}))
MORE: dict[str, st.SearchStrategy[Any]] = {
    "input": SUMS.map(lambda value: {"from": value}),
    "output": SUMS.map(lambda value: {"as": value}),
    "export": EXPORTS,
}
FLOWS = st.builds(
    lambda task, more: {**task, **more}, LEAVES, st.fixed_dictionaries({}, optional=MORE)
)


def lists(tasks: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(tasks, min_size=3, max_size=3).map(
        lambda found: [{f"t{at}": task} for at, task in enumerate(found)]
    )


NESTED = st.one_of(
    FLOWS,
    st.builds(lambda do, then: {"do": do, "then": then}, lists(FLOWS), TARGETS),
    st.builds(lambda do: {"for": {"in": "[1, 2]"}, "do": do}, lists(FLOWS)),
)


@given(lists(NESTED), OBJECTS)
@settings(max_examples=60, deadline=None)
def test_a_run_ends_with_what_was_known_before_it_began(
    do: list[dict[str, Any]], given_input: dict[str, Any]
) -> None:
    value: dict[str, Any] = json.loads(json.dumps({"do": do}))
    root = Spot(value, "", frozenset(), Findings(Document(value), lambda _source, _names: None))
    known = DataKinds(root, task_list_of(root.member("do"))).tell(root, lambda _spot: Heard())
    end = Run(program(value, limits=Limits(steps=12)), given_input).end
    if end.phase == "completed":
        assert known is not None
        assert fits(known, json.loads(json.dumps(end.output)))
