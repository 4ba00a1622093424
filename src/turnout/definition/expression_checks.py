"""Checks of the expressions in a document, each on its own."""

import re

from turnout.definition.expressions import (
    NOT_YET_VARIABLES,
    MixedText,
    compares,
    forbidden,
    free_variables,
    source_of,
    strip,
)
from turnout.definition.findings import (
    MAX_EXPRESSIONS,
    Spot,
    TooManyExpressions,
    did_you_mean,
)
from turnout.definition.jq_tokens import JqSyntaxError, Token, tokenise
from turnout.definition.shapes import is_text

MAX_EXPRESSION = 20_000
_JQ_MESSAGE = re.compile(
    r"(?:jq: error: )?(?P<what>.+?)"
    r"(?: at <[^>]*>(?:, line (?P<line>\d+)(?:, column (?P<column>\d+))?)?|\n|$)",
    re.DOTALL,
)
_MIXED_HINT = 'Put the text into the expression: `${ "text \\(.x)" }`.'


def expression(spot: Spot) -> None:
    """Check a value that is always an expression, with or without ``${ }``."""
    if is_text(spot):
        check_source(spot, source_of(str(spot.value)))


def condition(spot: Spot) -> None:
    """Check an expression that decides, and warn where it compares what nothing describes."""
    expression(spot)
    root = spot.findings.document.value
    if not isinstance(spot.value, str) or not isinstance(root, dict):
        return
    data_flow = root.get("input")
    described = isinstance(data_flow, dict) and "schema" in data_flow
    if not described and compares(_tokens_or_none(source_of(spot.value)) or []):
        spot.warning(
            "comparison_without_schema",
            "This compares values of unknown types: jq puts any two types in order, silently.",
            "Describe the input with `input.schema`.",
        )


def value(spot: Spot) -> None:
    """Check a JSON value in which texts of the form ``${ … }`` are computed."""
    if spot.findings.full:
        return
    if isinstance(spot.value, str):
        text_or_expression(spot)
    for child in (*spot.members(), *spot.items()):
        value(child)


def text_or_expression(spot: Spot) -> None:
    """Check plain text, or ``${ … }`` and nothing beside it."""
    if not is_text(spot):
        return
    try:
        source = strip(str(spot.value))
    except MixedText:
        spot.error("mixed_text", "Text and `${ }` cannot stand in one value.", _MIXED_HINT)
        return
    if source is not None:
        check_source(spot, source)


def check_source(spot: Spot, source: str) -> None:
    """Check one expression: its size, tokens, variables, and at last whether jq compiles it."""
    if not source:
        spot.error(
            "invalid_expression", "The expression is empty.", "Write `.` for the value itself."
        )
        return
    if len(source) > MAX_EXPRESSION:
        spot.error(
            "expression_too_long", f"The expression is longer than {MAX_EXPRESSION} characters."
        )
        return
    try:
        tokens = tokenise(source)
    except JqSyntaxError as error:
        hint = _MIXED_HINT if "${" in source else None
        spot.error("invalid_expression", f"This is not a jq expression: {error}.", hint)
        return
    if _names_are_allowed(spot, tokens):
        _compile(spot, source)


def _compile(spot: Spot, source: str) -> None:
    try:
        message = spot.findings.compile(source, spot.variables)
    except TooManyExpressions:
        if not spot.findings.has("too_many_expressions"):
            spot.error(
                "too_many_expressions",
                f"There are more than {MAX_EXPRESSIONS} different expressions in the definition.",
                "Split the workflow.",
            )
        return
    if message is not None:
        spot.error("invalid_expression", f"This is not a jq expression: {shortened(message)}.")


def _names_are_allowed(spot: Spot, tokens: list[Token]) -> bool:
    name = forbidden(tokens)
    if name is not None:
        spot.error(
            "forbidden_in_expression",
            f"`{name}` reaches outside the expression and is not allowed.",
            f"Write `.{name}` for the member of that name." if not name.startswith("$") else None,
        )
        return False
    unknown = sorted(free_variables(tokens) - spot.variables)
    for variable in unknown:
        if variable in NOT_YET_VARIABLES:
            spot.error("not_supported_yet", f"`${variable}` is not supported yet.")
        elif variable == "output":
            spot.error(
                "unknown_variable",
                "`$output` is known in `export.as` only.",
                "Elsewhere the value itself is `.`.",
            )
        else:
            spot.error(
                "unknown_variable",
                f"There is no variable `${variable[:100]}` here.",
                did_you_mean(variable, spot.variables) or _known_here(spot),
            )
    return not unknown


def _known_here(spot: Spot) -> str:
    if not spot.variables:
        return "This expression sees the value alone: `.`."
    return f"Known here: {', '.join(f'${name}' for name in sorted(spot.variables))}."


def shortened(message: str) -> str:
    """Return the essential of jq's message: what is wrong, and where in the expression."""
    found = _JQ_MESSAGE.match(message)
    if found is None:
        return message.strip().splitlines()[0][:200] if message.strip() else "jq refuses it"
    what = " ".join(found["what"].split())[:200]
    line, column = found["line"], found["column"]
    if line and column:
        return f"{what} (line {line}, column {column} of the expression)"
    return what


def _tokens_or_none(source: str) -> list[Token] | None:
    try:
        return tokenise(source)
    except JqSyntaxError:
        return None
