"""Checks of durations and time-outs."""

from turnout.definition.duration import UNITS, InvalidDuration, parse_duration, sum_duration
from turnout.definition.expression_checks import text_or_expression
from turnout.definition.findings import Spot
from turnout.definition.named import named
from turnout.definition.shapes import members, wrong_type
from turnout.domain.json import Json


def timeout(spot: Spot) -> None:
    """Check a task's or the workflow's ``timeout``: its own, or one of ``use.timeouts``."""
    if isinstance(spot.value, str):
        named(spot, "timeouts")
    else:
        timeout_block(spot)


def timeout_block(spot: Spot) -> None:
    """Check a time-out that is written out."""
    members(spot, {"after": duration}, ("after",))


def duration(spot: Spot) -> None:
    """Check a duration: its parts, ISO 8601 text, or an expression that gives such text."""
    try:
        if isinstance(spot.value, dict):
            _duration_parts(spot)
        elif isinstance(spot.value, str) and "${" in spot.value:
            text_or_expression(spot)
        elif isinstance(spot.value, str):
            parse_duration(spot.value)
        else:
            wrong_type(spot, "a duration", "Write `seconds: 10` under it, or `PT10S`.")
    except InvalidDuration as error:
        spot.error(
            "invalid_duration", f"The duration {error}.", "Write for example `PT15M` or `P1DT12H`."
        )


def _duration_parts(spot: Spot) -> None:
    members(spot, dict.fromkeys(UNITS, _count))
    if not spot.value:
        spot.error("invalid_duration", "The duration is empty.", "Write `seconds: 10` under it.")
    elif isinstance(spot.value, dict) and all(map(_is_count, spot.value.items())):
        sum_duration(spot.value)


def _is_count(part: tuple[str, Json]) -> bool:
    unit, count = part
    return unit in UNITS and type(count) is int and count >= 0


def _count(spot: Spot) -> None:
    if not isinstance(spot.value, int) or isinstance(spot.value, bool):
        wrong_type(spot, "a whole number")
    elif spot.value < 0:
        spot.error("invalid_duration", f"`{spot.name}` must not be negative.")
