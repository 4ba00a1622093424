"""Durations as the language writes them, in microseconds."""

import re
from decimal import Decimal

from turnout.domain.json import JsonObject

UNITS = {
    "days": 86_400_000_000,
    "hours": 3_600_000_000,
    "minutes": 60_000_000,
    "seconds": 1_000_000,
    "milliseconds": 1_000,
}
"""Unit → microseconds."""

MAX_DURATION = 3650 * UNITS["days"]

_NUMBER = r"(\d{1,18}(?:\.\d{1,18})?)"
_ISO = re.compile(
    rf"P(?=\d|T\d)(?:{_NUMBER}W)?(?:{_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_ISO_UNITS = (7 * UNITS["days"], UNITS["days"], UNITS["hours"], UNITS["minutes"], UNITS["seconds"])
_CALENDAR = re.compile(r"P[0-9.]+[YM]", re.ASCII)


class InvalidDuration(ValueError):
    """Not a duration, or not one that Turnout waits for; the message completes "it …"."""


def parse_duration(text: str) -> int:
    """Return the microseconds of an ISO 8601 duration.

    Years and months are refused: how long they are depends on the date.

    Raises:
        InvalidDuration: says why.
    """
    found = _ISO.fullmatch(text)
    if found is None:
        if _CALENDAR.match(text):
            raise InvalidDuration("has years or months, whose length depends on the date")
        raise InvalidDuration("is not an ISO 8601 duration such as PT15M or P1DT12H")
    parts = zip(found.groups(), _ISO_UNITS, strict=True)
    return _bounded(int(sum(Decimal(number) * unit for number, unit in parts if number)))


def sum_duration(parts: JsonObject) -> int:
    """Return the microseconds of ``{days, hours, minutes, seconds, milliseconds}``.

    Raises:
        InvalidDuration: where the sum is too long.
    """
    return _bounded(sum(int(str(number)) * UNITS[unit] for unit, number in parts.items()))


def _bounded(microseconds: int) -> int:
    if microseconds > MAX_DURATION:
        raise InvalidDuration("is longer than ten years")
    return microseconds
