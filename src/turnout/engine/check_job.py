"""Checks a draft's text, inside a worker."""

from collections.abc import Callable
from typing import Any

from turnout.definition import check as definition
from turnout.domain.problem import Problem
from turnout.interpreter.expressions import compile_expression

_SHOWN = 200


def check(
    text: str, assignment_key: str | None, outcome: str | None, note: Callable[[str], None]
) -> list[Any]:
    """Problems, canonical JSON, its hash, and the summary.

    Args:
        text: as its author wrote it.
        assignment_key, outcome: the workflow's own expressions.
        note: is told each expression before jq compiles it.
    """

    def compile_(source: str, variables: frozenset[str]) -> str | None:
        note(source.strip()[:_SHOWN])
        return compile_expression(source, variables)

    extra = {"assignment-key": assignment_key, "outcome": outcome}
    checked = definition.check(text, compile_, extra)
    summary = checked.summary
    return [
        [_problem(problem) for problem in checked.problems],
        checked.normalised,
        checked.content_hash,
        None if summary is None else [summary.trigger_type, summary.inputs, summary.outputs],
    ]


def _problem(problem: Problem) -> list[Any]:
    return [
        problem.severity.value,
        problem.code,
        problem.message,
        problem.path,
        problem.line,
        problem.column,
        problem.hint,
    ]
