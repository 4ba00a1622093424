"""How the names of attributes are written: kebab by default, camel or snake on request.

Only Turnout's own names are ever changed. What belongs to a workflow's author or its callers
(input, output, definitions …) passes as it is.
"""

from enum import StrEnum
from functools import lru_cache

from turnout.api.errors import BadHeader


class Inflection(StrEnum):
    """The values of the ``Key-Inflection`` header."""

    KEBAB = "kebab"
    CAMEL = "camel"
    SNAKE = "snake"


VERBATIM = frozenset(
    "fields input output outcome outcomes error definition trace before after".split()
)
"""Members whose contents are data of others; audit entries hold ids as names."""


def read_inflection(header: str | None) -> Inflection:
    """Read the header's value; absent means kebab.

    Raises:
        BadHeader: it is none of the three.
    """
    if header is None:
        return Inflection.KEBAB
    try:
        return Inflection(header.strip().lower())
    except ValueError:
        raise BadHeader(
            "Key-Inflection", f"{header[:80]!r} is no inflection; use kebab, camel or snake."
        ) from None


@lru_cache(maxsize=1024)
def written(name: str, inflection: Inflection) -> str:
    """A kebab name in the wanted inflection."""
    if inflection is Inflection.SNAKE:
        return name.replace("-", "_")
    if inflection is Inflection.CAMEL:
        first, *rest = name.split("-")
        return first + "".join(word.capitalize() for word in rest)
    return name


def inflect(value: object, inflection: Inflection) -> object:
    """A document with its names in the wanted inflection, ``VERBATIM`` members untouched."""
    if isinstance(value, dict):
        return {
            written(name, inflection): each if name in VERBATIM else inflect(each, inflection)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [inflect(each, inflection) for each in value]
    return value


def inflect_pointer(pointer: str, inflection: Inflection) -> str:
    """A JSON pointer to an attribute, as the client writes that attribute."""
    parts = pointer.split("/", 4)
    if parts[:3] != ["", "data", "attributes"] or len(parts) < 4:
        return pointer
    parts[3] = written(parts[3], inflection)
    return "/".join(parts)
