"""Checks of ``use``: what is declared once and named by tasks."""

from turnout.definition.duration_checks import timeout_block
from turnout.definition.error_checks import error
from turnout.definition.findings import Check, Spot
from turnout.definition.retry_checks import retry
from turnout.definition.shapes import is_object, members
from turnout.definition.try_task import DEFAULT_ERROR

_NOT_YET = ("authentications", "catalogs", "extensions", "functions", "secrets")


def use(spot: Spot) -> None:
    """Check the block."""
    known = {"errors": _each(error), "retries": _each(_retry), "timeouts": _each(timeout_block)}
    members(spot, known, not_yet={name: f"use.{name}" for name in _NOT_YET})


def _each(check: Check) -> Check:
    def components(spot: Spot) -> None:
        if is_object(spot):
            for component in spot.members():
                check(component)

    return components


def _retry(spot: Spot) -> None:
    retry(spot.knowing(DEFAULT_ERROR))
