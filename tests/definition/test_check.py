"""One call checks a draft, whatever its text."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnout.definition.check import Checked, check
from turnout.definition.normalise import content_hash
from turnout.definition.parse import parse
from turnout.domain.problem import Severity

GOOD = """
document: {dsl: '1.0.3', namespace: test, name: it, version: '1.0.0'}
do:
  - decide:
      set: {decision: '${ .a }'}
"""
WORDS = st.sampled_from(
    "document dsl namespace name version input output export schema from as do set switch if then"
    " for each in at while raise error type status wait seconds call with method endpoint uri"
    " headers body a b end exit $ref properties fork use".split()
)  # fmt: skip
LEAVES = st.sampled_from(
    [None, True, 0, 1, -1, 1.5, "", "a", ".a", "${ .a }", "x ${ .a }", "${ input }", "$x", "http",
     "get", "https://a.b/{c}", "PT1S", "end", "1.0.3", "${ $item }", "/", "(", "\0", "object"]
)  # fmt: skip
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=30,
)


def never_compiled(source: str, variables: frozenset[str]) -> str | None:
    raise AssertionError(source)


def accepted(source: str, variables: frozenset[str]) -> str | None:
    return None


def test_a_good_draft_comes_with_everything_that_publishing_needs(
    check_text: Callable[[str], Checked],
) -> None:
    checked = check_text(GOOD)
    assert checked.problems == ()
    assert checked.normalised is not None
    assert checked.content_hash == content_hash(checked.normalised)
    assert checked.summary is not None
    assert checked.summary.outputs == ("decision",)


def test_a_bad_one_comes_with_its_problems_alone(check_text: Callable[[str], Checked]) -> None:
    checked = check_text(GOOD.replace("set:", "st:"))
    assert [problem.code for problem in checked.problems] == ["unknown_task_type"]
    assert (checked.normalised, checked.content_hash, checked.summary) == (None, None, None)


def test_what_is_forbidden_is_never_compiled() -> None:
    problems = check(GOOD.replace(".a", "input"), never_compiled, {}).problems
    assert [problem.code for problem in problems] == ["forbidden_in_expression"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (".accountId", None),
        ("${ .accountId }", None),
        (None, None),
        ("", "invalid_expression"),
        (".a | (", "invalid_expression"),
        ("env.HOME", "forbidden_in_expression"),
        ("$workflow.id", "unknown_variable"),
    ],
)
@pytest.mark.parametrize("name", ["assignment-key", "outcome"])
def test_the_workflows_own_expressions_are_checked_with_it(
    name: str, source: str | None, code: str | None
) -> None:
    problems = check(GOOD, accepted, {name: source}).problems
    assert [(problem.code, problem.path, problem.line) for problem in problems] == (
        [(code, f"/{name}", None)] if code else []
    )


def test_they_are_checked_even_where_the_text_cannot_be_read() -> None:
    problems = check("a: [", accepted, {"outcome": "input"}).problems
    assert [problem.code for problem in problems] == ["invalid_yaml", "forbidden_in_expression"]


@given(st.text())
@settings(max_examples=150, deadline=None)
def test_it_never_raises_for_bad_text(text: str) -> None:
    assert check(text, accepted, {}).problems


@given(SHAPES, st.dictionaries(WORDS, SHAPES, max_size=5))
@settings(max_examples=120, deadline=None)
def test_it_never_raises_for_bad_shapes_and_what_passes_can_be_parsed(
    task: Any, workflow: dict[str, Any]
) -> None:
    good: dict[str, Any] = {
        "document": {"dsl": "1.0.3", "namespace": "a", "name": "b", "version": "1.0.0"},
        "do": [{"it": task}],
    }
    for value in (workflow, {**workflow, **good}):
        checked = check(json.dumps(value), accepted, {})
        errors = [p for p in checked.problems if p.severity is Severity.ERROR]
        assert (checked.normalised is None) == bool(errors)
        if checked.normalised is not None:
            parse(checked.normalised)
