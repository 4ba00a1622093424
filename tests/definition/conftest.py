"""What the tests of definitions share."""

from collections.abc import Callable

import jq
import pytest

from turnout.definition.check import Checked, check
from turnout.definition.model import Definition
from turnout.definition.parse import parse
from turnout.domain.problem import Problem, Severity


def compile_with_jq(source: str, variables: frozenset[str]) -> str | None:
    try:
        jq.compile(source, args=dict.fromkeys(variables))
    except ValueError as error:
        return str(error)
    return None


@pytest.fixture
def check_text() -> Callable[[str], Checked]:
    return lambda text: check(text, compile_with_jq, {})


@pytest.fixture
def errors_in(check_text: Callable[[str], Checked]) -> Callable[[str], list[Problem]]:
    return lambda text: [
        problem for problem in check_text(text).problems if problem.severity is Severity.ERROR
    ]


@pytest.fixture
def definition_of(check_text: Callable[[str], Checked]) -> Callable[[str], Definition]:
    """Parse a text that must have no errors."""

    def definition(text: str) -> Definition:
        checked = check_text(text)
        assert checked.normalised is not None, checked.problems
        return parse(checked.normalised)

    return definition
