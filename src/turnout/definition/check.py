"""All of it for a draft: text → problems, canonical form, hash, summary."""

from collections.abc import Mapping
from dataclasses import dataclass

from turnout.definition.expression_checks import expression
from turnout.definition.findings import CompileExpression, Findings, Spot
from turnout.definition.load import load
from turnout.definition.normalise import content_hash, normalise
from turnout.definition.parse import parse
from turnout.definition.places import Document, LoadError
from turnout.definition.summary import Summary, summarise
from turnout.definition.validate import validate
from turnout.domain.problem import Problem, Severity


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft's text, checked.

    Attributes:
        problems: all findings, by line.
        normalised, content_hash, summary: None where a problem is an error.
    """

    problems: tuple[Problem, ...]
    normalised: bytes | None = None
    content_hash: str | None = None
    summary: Summary | None = None


def check(
    text: str,
    compile_expression: CompileExpression,
    extra_expressions: Mapping[str, str | None],
) -> Checked:
    """Check a draft; bad text gives problems, never an exception.

    Args:
        text: as its author wrote it.
        compile_expression: see ``validate``.
        extra_expressions: the workflow's own, ``assignment-key`` and ``outcome``, which see the
            value alone and no variables; None for one that is not set.
    """
    extra = _check_extra(compile_expression, extra_expressions)
    try:
        document = load(text)
    except LoadError as error:
        return Checked((error.problem, *extra))
    problems = (*validate(document, compile_expression), *extra)
    if any(problem.severity is Severity.ERROR for problem in problems):
        return Checked(problems)
    normalised = normalise(document.value)
    return Checked(problems, normalised, content_hash(normalised), summarise(parse(normalised)))


def _check_extra(
    compile_expression: CompileExpression, expressions: Mapping[str, str | None]
) -> tuple[Problem, ...]:
    given = {name: source for name, source in expressions.items() if source is not None}
    # They stand in no text, hence have no line; their path is their name.
    findings = Findings(Document(dict(given)), compile_expression)
    for spot in Spot(dict(given), "", frozenset(), findings).members():
        expression(spot)
    return tuple(findings.problems)
