"""Checks of errors that a definition describes."""

from turnout.definition.expression_checks import text_or_expression
from turnout.definition.findings import Check, Spot
from turnout.definition.named import named
from turnout.definition.shapes import members, text, wrong_type


def error_or_name(spot: Spot) -> None:
    """Check the error of a ``raise``: its own, or one of ``use.errors``."""
    if isinstance(spot.value, str):
        named(spot, "errors")
    else:
        error(spot)


def error(spot: Spot) -> None:
    """Check an error that is written out."""
    checks: dict[str, Check] = dict.fromkeys(
        ("type", "title", "detail", "instance"), text_or_expression
    )
    members(spot, {**checks, "status": _status}, ("type", "status"))


def _status(spot: Spot) -> None:
    if isinstance(spot.value, str):
        if "${" in spot.value:
            text_or_expression(spot)
        else:
            wrong_type(spot, "a number", "Remove the quotes.")
    elif not isinstance(spot.value, int) or isinstance(spot.value, bool):
        wrong_type(spot, "a whole number")
    elif not 100 <= spot.value <= 599:
        spot.error("invalid_value", "`status` must be from 100 to 599.")


def error_filter(spot: Spot) -> None:
    """Check ``errors.with``: members that an error must have, as they stand."""
    constant: dict[str, Check] = dict.fromkeys(("type", "title", "detail", "instance"), _constant)
    members(spot, {**constant, "status": _whole_status})


def _constant(spot: Spot) -> None:
    text(spot)
    if isinstance(spot.value, str) and "${" in spot.value:
        spot.error(
            "invalid_value",
            f"`{spot.name}` is compared as it stands; it cannot be computed.",
            "Decide with `when`.",
        )


def _whole_status(spot: Spot) -> None:
    if not isinstance(spot.value, int) or isinstance(spot.value, bool):
        wrong_type(spot, "a whole number")
