"""Checks of retry policies."""

from turnout.definition.duration_checks import duration
from turnout.definition.expression_checks import condition
from turnout.definition.findings import Spot
from turnout.definition.named import named
from turnout.definition.shapes import any_object, members, wrong_type

_BACKOFFS = ("constant", "linear", "exponential")


def retry_or_name(spot: Spot) -> None:
    """Check ``catch.retry``: a policy, or the name of one of ``use.retries``."""
    if not isinstance(spot.value, str):
        retry(spot)
        return
    found = named(spot, "retries")
    if found is not None and isinstance(found.value, dict):
        # What the policy asks must make sense with the variables of this `catch`, too.
        for name in ("when", "exceptWhen"):
            if found.has(name):
                condition(found.member(name))


def retry(spot: Spot) -> None:
    """Check a policy that is written out."""
    members(
        spot,
        {
            "when": condition,
            "exceptWhen": condition,
            "delay": duration,
            "backoff": _backoff,
            "limit": _limit,
            "jitter": _jitter,
        },
    )


def _backoff(spot: Spot) -> None:
    members(spot, dict.fromkeys(_BACKOFFS, any_object))
    if isinstance(spot.value, dict) and len(spot.value) != 1:
        spot.error(
            "invalid_value",
            "`backoff` is exactly one of constant, linear and exponential.",
            "Write for example `exponential: {}` under it.",
        )


def _limit(spot: Spot) -> None:
    members(spot, {"attempt": _attempt, "duration": duration})


def _attempt(spot: Spot) -> None:
    members(spot, {"count": _count, "duration": duration})


def _count(spot: Spot) -> None:
    if not isinstance(spot.value, int) or isinstance(spot.value, bool):
        wrong_type(spot, "a whole number")
    elif spot.value < 0:
        spot.error("invalid_value", "`count` must not be negative.")


def _jitter(spot: Spot) -> None:
    members(spot, {"from": duration, "to": duration}, ("from", "to"))
