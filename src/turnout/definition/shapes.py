"""Checks of shape that every construct of the language shares."""

from collections.abc import Mapping, Sequence

from turnout.definition.findings import Check, Spot, did_you_mean, nearest
from turnout.domain.json import Json


def type_name(value: Json) -> str:
    """Return how a person calls the type of ``value``."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names[type(value)]


def wrong_type(spot: Spot, expected: str, hint: str | None = None) -> None:
    """Report a value of another type than the language wants here."""
    what = f"`{spot.name}`" if spot.name else "This"
    spot.error("wrong_type", f"{what} must be {expected}, not {type_name(spot.value)}.", hint)


def is_object(spot: Spot) -> bool:
    """Whether it is an object; reports it otherwise."""
    if isinstance(spot.value, dict):
        return True
    wrong_type(spot, "an object")
    return False


def is_text(spot: Spot) -> bool:
    """Whether it is text; reports it otherwise."""
    if isinstance(spot.value, str):
        return True
    scalar = isinstance(spot.value, bool | int | float)
    wrong_type(spot, "text", "Put it in quotes." if scalar else None)
    return False


def text(spot: Spot) -> None:
    """Check that it is text."""
    is_text(spot)


def boolean(spot: Spot) -> None:
    """Check that it is true or false."""
    if not isinstance(spot.value, bool):
        wrong_type(spot, "true or false")


def any_object(spot: Spot) -> None:
    """Check that it is an object, of whatever members."""
    is_object(spot)


def one_of(*allowed: str) -> Check:
    """Return a check that the value is one of a few texts."""

    def check(spot: Spot) -> None:
        if is_text(spot) and spot.value not in allowed:
            spot.error(
                "invalid_value",
                f"`{spot.name}` must be one of {', '.join(allowed)}.",
                did_you_mean(str(spot.value), list(allowed)),
            )

    return check


def members(
    spot: Spot,
    known: Mapping[str, Check],
    required: Sequence[str] = (),
    not_yet: Mapping[str, str] | None = None,
) -> None:
    """Check an object: its members one by one, none unknown, none missing.

    Args:
        spot: the object; reported where it is none.
        known: name → check of the member's value.
        required: names that must be there.
        not_yet: name → construct of the language that is not supported yet.
    """
    if not is_object(spot):
        return
    not_yet = not_yet or {}
    misspelt: set[str] = set()
    for member in spot.members():
        if member.name in known:
            known[member.name](member)
        elif member.name in not_yet:
            member.not_supported_yet(not_yet[member.name])
        else:
            meant = nearest(member.name, [*known, *not_yet])
            misspelt.add(meant or "")
            member.error_of_member(
                "unknown_member",
                f"`{member.name[:100]}` is not known here.",
                f"Did you mean `{meant}`?" if meant else _known_here(known),
            )
    for name in required:
        # A member that is only misspelt is one mistake, not two.
        if not spot.has(name) and name not in misspelt:
            where = f"`{spot.name}`" if spot.name else "The definition"
            spot.error_of_member("missing_member", f"{where} has no `{name}`.", f"Add `{name}`.")


def _known_here(known: Mapping[str, Check]) -> str | None:
    return f"Known here: {', '.join(sorted(known))}." if known else None
