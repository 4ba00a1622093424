"""Query parameters: which an operation takes, how they are read, how they are documented."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from turnout.api.errors import BadParameter
from turnout.domain import instant
from turnout.domain.errors import BadRequest
from turnout.domain.ids import Prefix
from turnout.use_cases.ports import Page

Schema = dict[str, Any]

MAX_TEXT = 512
MAX_PARAMETERS = 50
_NUMBER = "^[0-9]{1,18}$"
_SECONDS = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?")
_TYPEID = "_[0-7][0-9a-hjkmnp-tv-z]{25}"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter.

    Attributes:
        read: its value from its text; raises ValueError with what was expected.
        schema: the same, as JSON Schema.
    """

    name: str
    description: str
    read: Callable[[str], object]
    schema: Schema = field(hash=False)
    required: bool = False


def read_query(raw: bytes, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values by name, of those that were sent.

    Raises:
        BadParameter: unknown, sent twice, missing, or with a value that does not fit.
    """
    values: dict[str, Any] = {}
    for name, text in _pairs(raw):
        parameter = parameters.get(name)
        if parameter is None:
            known = ", ".join(sorted(parameters)) or "none"
            raise BadParameter(
                name[:80],
                f"Not a parameter of this request; it takes {known}.",
                "unknown_parameter",
            )
        if name in values:
            raise BadParameter(name, "Send it once.")
        values[name] = _value(parameter, text)
    for name, parameter in parameters.items():
        if parameter.required and name not in values:
            raise BadParameter(name, f"It is required: {parameter.description}", "missing_value")
    return values


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    if not raw:
        return []
    try:
        return parse_qsl(
            raw.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_PARAMETERS,
        )
    except UnicodeError:
        raise BadRequest("bad_request", "The query is not percent-encoded UTF-8.") from None
    except ValueError:
        raise BadRequest("bad_request", f"At most {MAX_PARAMETERS} parameters are read.") from None


def _value(parameter: Parameter, text: str) -> object:
    try:
        return parameter.read(text)
    except ValueError as error:
        raise BadParameter(parameter.name, f"{text[:80]!r} does not fit: {error}") from None


def text(name: str, description: str, *, required: bool = False) -> Parameter:
    """Any text of 1 to ``MAX_TEXT`` characters."""

    def read(value: str) -> str:
        if not 0 < len(value) <= MAX_TEXT or "\0" in value:
            raise ValueError(f"expected 1 to {MAX_TEXT} characters")
        return value

    schema = {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "pattern": r"^[^\x00]*$"}
    return Parameter(name, description, read, schema, required)


def integer(name: str, description: str, lowest: int, highest: int, default: int) -> Parameter:
    """A whole number from ``lowest`` to ``highest``."""

    def read(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}")
        return int(value)

    schema = {"type": "integer", "minimum": lowest, "maximum": highest, "default": default}
    return Parameter(name, description, read, schema)


def seconds(name: str, description: str, highest: int) -> Parameter:
    """A time in seconds, from 0 to ``highest``; decimals are fine."""

    def read(value: str) -> float:
        if not _SECONDS.fullmatch(value) or not 0 <= float(value) <= highest:
            raise ValueError(f"expected seconds from 0 to {highest}")
        return float(value)

    schema = {"type": "number", "minimum": 0, "maximum": highest, "default": 0}
    return Parameter(name, description, read, schema)


def moment(name: str, description: str) -> Parameter:
    """An instant in ISO 8601."""

    def read(value: str) -> int:
        # A plus that was not encoded arrives as a space.
        try:
            return instant.parse(value.replace(" ", "+"))
        except (ValueError, OverflowError):
            raise ValueError("expected an instant like 2026-05-14T14:02:00Z") from None

    return Parameter(name, description, read, {"type": "string", "format": "date-time"})


def choice(name: str, description: str, options: Sequence[str]) -> Parameter:
    """One of some words."""

    def read(value: str) -> str:
        if value not in options:
            raise ValueError(f"expected one of {', '.join(options)}")
        return value

    return Parameter(name, description, read, {"type": "string", "enum": list(options)})


def choices(name: str, description: str, options: Sequence[str]) -> Parameter:
    """Some of some words, separated by commas."""
    one = f"({'|'.join(map(re.escape, options))})"

    def read(value: str) -> tuple[str, ...]:
        chosen = tuple(dict.fromkeys(value.split(",")))
        unknown = [each for each in chosen if each not in options]
        if unknown:
            raise ValueError(f"{unknown[0][:80]!r} is none of {', '.join(options)}")
        return chosen

    return Parameter(name, description, read, {"type": "string", "pattern": f"^{one}(,{one})*$"})


def identifier(name: str, description: str, prefix: Prefix, *, required: bool = False) -> Parameter:
    """An id of one kind."""
    pattern = id_pattern(prefix)

    def read(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"expected an id like {prefix}_01k…")
        return value

    return Parameter(name, description, read, {"type": "string", "pattern": pattern}, required)


def id_pattern(prefix: Prefix) -> str:
    """What an id of a kind looks like, as a regular expression."""
    return f"^{prefix}{_TYPEID}$"


def workflow_pattern() -> str:
    """What may stand for a workflow: its id or its handle."""
    return f"^({Prefix.WORKFLOW}{_TYPEID}|[a-z0-9]([a-z0-9-]{{0,61}}[a-z0-9])?)$"


def paging(prefix: Prefix) -> tuple[Parameter, ...]:
    """The parameters of a list whose items have ids of one kind."""
    return _paging(partial(identifier, prefix=prefix))


def paging_by_number() -> tuple[Parameter, ...]:
    """The same, for a list whose items have numbers for ids."""
    return _paging(_number)


def _paging(cursor: Callable[[str, str], Parameter]) -> tuple[Parameter, ...]:
    return (
        integer("page[size]", "Items per page.", 1, 100, 10),
        cursor("page[after]", "Items that come after this one."),
        cursor("page[before]", "Items that come before this one."),
    )


def _number(name: str, description: str) -> Parameter:
    def read(value: str) -> str:
        if not re.fullmatch(_NUMBER, value):
            raise ValueError("expected an id like 17")
        return value

    return Parameter(name, description, read, {"type": "string", "pattern": _NUMBER})


def page(query: Mapping[str, Any]) -> Page:
    """The part of a list that is asked for.

    Raises:
        BadParameter: both after and before.
    """
    after, before = query.get("page[after]"), query.get("page[before]")
    if after is not None and before is not None:
        raise BadParameter("page[before]", "Send either page[after] or page[before].")
    return Page(query.get("page[size]", 10), after, before)
