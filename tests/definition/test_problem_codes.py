"""The table of codes is what is reported, and each code's example has it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docs.generate.problems import examples

import turnout.definition
from turnout.definition.check import Checked
from turnout.definition.problem_codes import PROBLEM_CODES
from turnout.domain.problem import Severity

EXAMPLES = examples()
SIZES = {
    "alias_bomb",
    "definition_too_large",
    "expression_too_long",
    "limit_exceeded",
    "names_too_long",
    "too_deep",
    "too_many_expressions",
    "too_many_values",
}
REPORTS = {
    "error": Severity.ERROR,
    "error_of_member": Severity.ERROR,
    "refusal": Severity.ERROR,
    "warning": Severity.WARNING,
    "warning_at_value": Severity.WARNING,
}
CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


def reported() -> Iterator[tuple[str, Severity]]:
    """Every code that the definition room's source reports, with its severity."""
    for file in Path(turnout.definition.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                for part in ast.walk(node.args[0]) if name in REPORTS else ():
                    if isinstance(part, ast.Constant) and CODE.fullmatch(str(part.value)):
                        yield str(part.value), REPORTS[name]


def test_the_table_has_exactly_the_codes_that_are_reported() -> None:
    told = dict(reported())
    by_others = {"limit_exceeded": Severity.ERROR}
    assert {**told, **by_others} == {code: each.severity for code, each in PROBLEM_CODES.items()}


def test_a_code_has_one_severity() -> None:
    assert len(set(reported())) == len(dict(reported()))


def test_every_code_has_an_example_unless_it_is_about_sizes() -> None:
    assert EXAMPLES.keys() == PROBLEM_CODES.keys() - SIZES


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_wrong_example_has_the_code_and_the_right_one_has_not(
    check_text: Callable[[str], Checked], code: str
) -> None:
    wrong, right = ([each.code for each in check_text(t).problems] for t in EXAMPLES[code])
    assert code in wrong
    assert code not in right


@pytest.mark.parametrize(
    "code", [code for code, each in EXAMPLES.items() if "document:" in each[1]]
)
def test_the_right_example_of_a_whole_definition_has_no_problem_at_all(
    check_text: Callable[[str], Checked], code: str
) -> None:
    assert check_text(EXAMPLES[code][1]).problems == ()


def test_every_meaning_and_remedy_is_a_sentence() -> None:
    said = [text for each in PROBLEM_CODES.values() for text in (each.meaning, each.remedy)]
    assert [text for text in said if not re.fullmatch(r"[A-Z`].+[.…`]", text)] == []
