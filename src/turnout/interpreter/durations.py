"""Durations that a definition gives, as a constant or computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnout.definition.duration import InvalidDuration, parse_duration
from turnout.domain.json import Json
from turnout.interpreter.errors import fault, kind_of
from turnout.interpreter.expressions import Evaluable

if TYPE_CHECKING:
    from turnout.interpreter.machine import Machine

Length = int | Evaluable
"""Microseconds, or what computes an ISO 8601 duration."""


def microseconds(machine: Machine, length: Length, value: Json, what: str) -> int:
    """The length for the innermost task, with ``.`` = ``value``.

    Args:
        what: names it in an error.

    Raises:
        Fault: of type ``expression``: what was computed is no duration.
    """
    if isinstance(length, int):
        return length
    computed = machine.evaluate(length, value)
    if not isinstance(computed, str):
        got = kind_of(computed)
        raise fault("expression", f"{what} must give an ISO 8601 duration as text; it gave {got}.")
    try:
        return parse_duration(computed)
    except InvalidDuration as error:
        raise fault("expression", f"{what}: {computed[:40]!r} {error}.") from error
