"""Checks of ``emit`` and ``listen``."""

from turnout.definition.expression_checks import expression, text_or_expression, value
from turnout.definition.findings import Spot
from turnout.definition.shapes import is_object, is_text, members, one_of, wrong_type
from turnout.domain.cloud_event import DATA, NAME, OPTIONAL, REQUIRED

STRATEGIES = ("one", "any", "all")
READ = ("data", "envelope", "raw")
MAX_FILTERS = 100

_STANDARD = (*REQUIRED, *OPTIONAL, *DATA, "specversion")
_SCALARS = bool | int | str


def emit(spot: Spot) -> None:
    """Check ``emit``: the event that it makes."""
    members(spot, {"event": _event}, ("event",))


def _event(spot: Spot) -> None:
    members(spot, {"with": _emitted}, ("with",))


def _emitted(spot: Spot) -> None:
    _attributes(spot)
    if not _has(spot, "type"):
        spot.error_of_member("missing_member", "The event has no `type`.", "Add `type`.")


def listen(spot: Spot) -> None:
    """Check ``listen``: which events, and what of them is read."""
    members(spot, {"to": _strategy, "read": one_of(*READ)}, ("to",))


def _has(spot: Spot, name: str) -> bool:
    """Whether it has this member, or is no object at all, which is reported elsewhere."""
    return not isinstance(spot.value, dict) or name in spot.value


def _strategy(spot: Spot) -> None:
    members(spot, {"one": _filter, "any": _filters, "all": _filters, "until": _until})
    if not isinstance(spot.value, dict):
        return
    found = [name for name in STRATEGIES if name in spot.value]
    if not found and spot.value.keys() - {"until"}:
        return  # What stands there instead was reported by its name.
    if len(found) != 1:
        said = "none" if not found else " and ".join(found)
        spot.error_of_member(
            "not_one_strategy",
            f"`{spot.name}` says {said}, and needs exactly one of {', '.join(STRATEGIES)}.",
        )
    elif spot.has("until") and found != ["any"]:
        spot.member("until").error_of_member(
            "unknown_member", "`until` goes with `any` alone.", "Remove it, or listen to `any`."
        )


def _until(spot: Spot) -> None:
    if isinstance(spot.value, str):
        expression(spot)
        return
    if not isinstance(spot.value, dict):
        wrong_type(spot, "a condition or events")
        return
    if "until" in spot.value:
        spot.member("until").error_of_member(
            "unknown_member", "The events that end a `listen` have no `until` of their own."
        )
    _strategy(spot)


def _filters(spot: Spot) -> None:
    if not isinstance(spot.value, list):
        wrong_type(spot, "a list of filters", "Begin each filter with `- with:`.")
        return
    if not spot.value and spot.name == "all":
        spot.error("invalid_value", "`all` has no filters.", "Add one: `- with: {type: …}`.")
    if len(spot.value) > MAX_FILTERS:
        spot.error("invalid_value", f"A `listen` has at most {MAX_FILTERS} filters.")
        return
    for item in spot.items():
        _filter(item)


def _filter(spot: Spot) -> None:
    members(spot, {"with": _wanted, "correlate": _correlations}, ("with",))


def _wanted(spot: Spot) -> None:
    _attributes(spot)
    if spot.value == {}:
        spot.error(
            "invalid_value", "A filter names at least one attribute.", "Add for example `type`."
        )


def _attributes(spot: Spot) -> None:
    if not is_object(spot):
        return
    for member in spot.members():
        if member.name not in _STANDARD and not NAME.fullmatch(member.name):
            member.error_of_member(
                "invalid_name",
                f"`{member.name[:100]}` is no attribute of an event: "
                "it has lower-case letters and digits only.",
            )
        elif member.name == "data":
            value(member)
        elif isinstance(member.value, str):
            text_or_expression(member)
        elif member.name in _STANDARD:
            is_text(member)
        elif not isinstance(member.value, _SCALARS):
            wrong_type(member, "text, a whole number or true or false")


def _correlations(spot: Spot) -> None:
    if not is_object(spot):
        return
    for member in spot.members():
        members(member, {"from": expression, "expect": _expected}, ("from",))


def _expected(spot: Spot) -> None:
    if isinstance(spot.value, str):
        text_or_expression(spot)
    elif spot.value is None or isinstance(spot.value, list | dict):
        wrong_type(spot, "text, a number, true or false, or an expression in `${ }`")
