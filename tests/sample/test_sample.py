"""The sample: right by our own rules, made by its generator, and different in one rule."""

import json
from collections import Counter
from difflib import ndiff
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from turnout import sample
from turnout.definition.check import Checked, check
from turnout.definition.parse import parse
from turnout.domain.json import JsonObject
from turnout.domain.run import Phase
from turnout.interpreter.compiled import Program
from turnout.interpreter.entries import accepted
from turnout.interpreter.expressions import compile_expression
from turnout.interpreter.fold import advance
from turnout.interpreter.program import compile as compile_program
from turnout.interpreter.program import input_problems
from turnout.sample import generate

EXAMPLE = Path(__file__).parents[2] / "examples/applicant.json"
GOOD: JsonObject = {
    "applicantId": "applicant-good",
    "name": "Ada Alderwick",
    "country": "DE",
    "age": 40,
    "documents": [{"type": "passport", "status": "verified", "expiresInDays": 1}],
    "watchlistScore": 0,
}
"""An applicant against whom nothing speaks."""


@cache
def checked(version: int) -> Checked:
    extra = {"assignment-key": sample.ASSIGNMENT_KEY, "outcome": sample.OUTCOME}
    return check(sample.definition(version), compile_expression, extra)


@cache
def program(version: int) -> Program:
    normalised = checked(version).normalised
    assert normalised is not None
    return compile_program(parse(normalised), sample.OUTCOME)


def decide(version: int, applicant: JsonObject) -> tuple[Any, str | None]:
    """The output and the outcome of a run."""
    assert input_problems(program(version), applicant) == []
    end = advance(program(version), None, accepted({"id": "run"}, {}, applicant), 0).end
    assert end is not None
    assert (end.phase, end.error) == (Phase.COMPLETED, None)
    return end.output, end.outcome


@pytest.mark.parametrize("version", sample.VERSIONS)
def test_a_version_has_no_problem_and_not_even_a_warning(version: int) -> None:
    assert checked(version).problems == ()


def test_version_2_changes_its_label_and_one_rule() -> None:
    lines = ndiff(sample.definition(1).splitlines(), sample.definition(2).splitlines())
    removed = [line[2:].strip() for line in lines if line.startswith("- ")]
    assert removed == ["version: '1.0.0'", "watchlistSimilar: ${ .watchlistScore >= 40 }"]


def test_a_version_that_the_sample_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="not 3"):
        sample.definition(3)


@pytest.mark.parametrize(
    ("change", "decision", "reasons", "score"),
    [
        ({}, "approve", [], 0),
        ({"watchlistScore": 39}, "approve", [], 39),
        ({"watchlistScore": 40}, "review", ["watchlistSimilar"], 60),
        ({"watchlistScore": 85}, "decline", ["watchlistMatch"], 100),
        ({"age": 18}, "approve", [], 0),
        ({"age": 17}, "decline", ["underage"], 20),
        ({"country": "CH"}, "review", ["countryNotCovered"], 20),
        ({"documents": []}, "review", ["noValidDocument"], 20),
        (
            {"documents": [{"type": "passport", "status": "verified", "expiresInDays": 0}]},
            "review",
            ["noValidDocument"],
            20,
        ),
        (
            {"documents": [{"type": "passport", "status": "unreadable", "expiresInDays": 9}]},
            "review",
            ["noValidDocument"],
            20,
        ),
        (
            {"documents": [{"type": "passport", "status": "rejected", "expiresInDays": 9}]},
            "decline",
            ["documentRejected"],
            40,
        ),
        ({"age": 17, "country": "CH", "watchlistScore": 40}, "decline", ["underage"], 100),
    ],
)
def test_each_rule_of_version_1_decides_as_it_says(
    change: JsonObject, decision: str, reasons: list[str], score: int
) -> None:
    expected = {"decision": decision, "reasons": reasons, "score": score}
    assert decide(1, GOOD | change) == (expected, decision)


@pytest.mark.parametrize(("score", "decision"), [(54, "approve"), (55, "review")])
def test_version_2_lets_more_look_alikes_pass(score: int, decision: str) -> None:
    assert decide(2, GOOD | {"watchlistScore": score})[1] == decision


def test_the_example_is_decided_differently_by_the_two_versions() -> None:
    applicant = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert [decide(version, applicant)[1] for version in sample.VERSIONS] == ["review", "approve"]


def test_the_checked_in_applicants_are_what_the_generator_writes() -> None:
    assert generate.FILE.read_text(encoding="utf-8") == generate.text()


def test_there_are_200_applicants_with_an_id_each() -> None:
    ids = [applicant["applicantId"] for applicant in sample.applicants()]
    assert len(ids) == 200
    assert Counter(ids).most_common(1)[0][1] == 1


def test_version_2_approves_a_few_applicants_whom_version_1_sends_to_review() -> None:
    outcomes = [(decide(1, each)[1], decide(2, each)[1]) for each in sample.applicants()]
    assert Counter(outcomes) == {
        ("approve", "approve"): 131,
        ("review", "approve"): 13,
        ("review", "review"): 39,
        ("decline", "decline"): 17,
    }
