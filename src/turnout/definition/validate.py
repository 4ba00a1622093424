"""Document → problems: what keeps a definition from being published, and what is doubtful."""

import re

from turnout.definition.data_flow import input_block, output_block
from turnout.definition.duration_checks import timeout
from turnout.definition.expressions import VARIABLES
from turnout.definition.findings import CompileExpression, Findings, Spot
from turnout.definition.lint import lint
from turnout.definition.places import Document
from turnout.definition.shapes import any_object, is_text, members, text
from turnout.definition.task_types import tasks
from turnout.definition.use_checks import use
from turnout.domain.problem import Problem, Severity

DSL_VERSIONS = ("1.0.0", "1.0.1", "1.0.2", "1.0.3")
_LABEL = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?")
_SEMANTIC_VERSION = re.compile(
    r"(?:0|[1-9]\d{0,9})(?:\.(?:0|[1-9]\d{0,9})){2}"
    r"(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)


def validate(document: Document, compile_expression: CompileExpression) -> list[Problem]:
    """Check a whole definition.

    Args:
        document: as ``load`` read it.
        compile_expression: compiles one expression alone with the given variables; returns jq's
            message where it fails, else None.

    Returns:
        At most 100 problems, by line and column, errors before warnings on the same place.
    """
    findings = Findings(document, compile_expression)
    root = Spot(document.value, "", VARIABLES, findings)
    if not isinstance(document.value, dict):
        root.error(
            "wrong_type",
            "A definition is an object with `document` and `do`.",
            "Begin with `document:`.",
        )
        return findings.problems
    members(
        root,
        {
            "document": _document,
            "input": input_block,
            "do": tasks,
            "output": output_block,
            "evaluate": _evaluate,
            "use": use,
            "timeout": timeout,
        },
        ("document", "do"),
        not_yet={"schedule": "schedule"},
    )
    lint(root)
    return sorted(findings.problems, key=_by_place)


def _by_place(problem: Problem) -> tuple[int, int, bool]:
    return problem.line or 0, problem.column or 0, problem.severity is Severity.WARNING


def _document(spot: Spot) -> None:
    members(
        spot,
        {
            "dsl": _dsl,
            "namespace": _label,
            "name": _label,
            "version": _version,
            "title": text,
            "summary": text,
            "tags": any_object,
            "metadata": any_object,
        },
        ("dsl", "namespace", "name", "version"),
    )


def _dsl(spot: Spot) -> None:
    if is_text(spot) and spot.value not in DSL_VERSIONS:
        spot.error(
            "unknown_dsl",
            f"`dsl` must be one of {', '.join(DSL_VERSIONS)}.",
            f"Write '{DSL_VERSIONS[-1]}'.",
        )


def _label(spot: Spot) -> None:
    if is_text(spot) and not _LABEL.fullmatch(str(spot.value)):
        spot.error(
            "invalid_name",
            f"`{spot.name}` has 1 to 63 letters, digits and hyphens, no hyphen at its ends.",
        )


def _version(spot: Spot) -> None:
    if is_text(spot) and not _SEMANTIC_VERSION.fullmatch(str(spot.value)):
        spot.error(
            "invalid_value", "`version` must be a semantic version.", "Write for example '1.0.0'."
        )


def _evaluate(spot: Spot) -> None:
    members(spot, {"language": _language, "mode": _mode})


def _language(spot: Spot) -> None:
    if is_text(spot) and spot.value != "jq":
        spot.not_supported_yet(f"evaluate.language: {str(spot.value)[:40]}", "Use `jq`.")


def _mode(spot: Spot) -> None:
    if is_text(spot) and spot.value != "strict":
        spot.not_supported_yet(f"evaluate.mode: {str(spot.value)[:40]}", "Use `strict`.")
