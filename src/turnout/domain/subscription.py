"""What an open listen waits for, as far as it is data: by this the store finds who hears an event.

A filter's *facts* say what must stand where in an event: JSON pointer → value, like
``{"/type": "order.paid", "/data/orderId": "A-1"}``. What needs an expression is not among them;
the run itself decides on that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from turnout.domain.json import Json, JsonObject

Facts = Mapping[str, Json]

TYPE = "/type"

_MISSING: Final = object()


class DeliveryState(StrEnum):
    """What became of an event at a listen: it is yet to be offered, or was refused or taken."""

    PENDING = "pending"
    REFUSED = "refused"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One filter of a listen, ready to be looked up.

    Attributes:
        type: of the events; ``""`` for every type.
        pointer: the place that tells this listen from others of the type; ``""`` for none.
        mark: of the value that must stand there; empty for none.
    """

    type: str
    pointer: str
    mark: bytes


def subscription(facts: Facts) -> Subscription:
    """Choose what a filter is looked up by: its type, and the fact that fits the fewest events."""
    type_ = facts.get(TYPE)
    others = [pointer for pointer in facts if pointer != TYPE]
    pointer = max(others, key=_tells_apart, default="")
    return Subscription(
        type=type_ if isinstance(type_, str) else "",
        pointer=pointer,
        mark=mark(facts[pointer]) if pointer else b"",
    )


def marked(event: JsonObject, pointer: str) -> bytes | None:
    """The mark of what stands at a place of an event; None where there cannot be anything."""
    if not pointer:
        return b""
    found = _at(event, pointer)
    return None if found is _MISSING else mark(found)  # type: ignore[arg-type]


def holds(facts: Facts, event: JsonObject) -> bool:
    """Whether all facts of a filter are true of an event."""
    return all(
        (found := _at(event, pointer)) is not _MISSING and same(found, value)  # type: ignore[arg-type]
        for pointer, value in facts.items()
    )


def same(left: Json, right: Json) -> bool:
    """Whether two JSON values are equal; ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    return _canonical(left) == _canonical(right)


def mark(value: Json) -> bytes:
    """16 bytes that are the same for equal values."""
    return hashlib.sha256(_canonical(value).encode()).digest()[:16]


def _tells_apart(pointer: str) -> tuple[bool, bool, str]:
    """Data tell events of a type apart best, then their subject; their source hardly does."""
    return pointer.startswith("/data/"), pointer in ("/subject", "/id"), pointer


def _at(event: JsonObject, pointer: str) -> object:
    """What stands there; null for a member that an object lacks, as an expression sees it."""
    found: Json = event
    for name in pointer[1:].split("/"):
        if found is None:
            return None
        if not isinstance(found, dict):
            return _MISSING
        found = found.get(name.replace("~1", "/").replace("~0", "~"))
    return found


def _canonical(value: Json) -> str:
    return json.dumps(_whole(value), sort_keys=True, separators=(",", ":"))


def _whole(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return value
