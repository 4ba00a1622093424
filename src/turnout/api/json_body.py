"""Read a request's body: bounded bytes, then JSON without its ambiguities.

Refused, because two readers could understand them differently: duplicate names, NaN and
infinities, numbers beyond a double, lone surrogates, bytes that are not UTF-8.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from math import isinf
from typing import Any

import orjson

from turnout.domain.errors import BadRequest, TooLarge
from turnout.domain.json import Json

MAX_BYTES = 2_097_152
"""A body may have 2 MiB."""

MAX_DEPTH = 100
"""Lists and objects within each other."""

MAX_CONTAINERS = 100_000
"""Lists and objects in all: many more keep the whole process busy with its memory."""

_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
"""A string of JSON; one without an end too, so that looking for it can never begin anew."""

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """The client closed the connection before its request was complete."""


async def read_body(receive: Receive, announced: bytes | None) -> bytes:
    """Read the body, at most ``MAX_BYTES`` of it.

    Args:
        announced: the Content-Length header, if there is one.

    Raises:
        TooLarge: more was announced or came.
        ClientGone: the connection was closed.
    """
    if announced is not None and announced.isdigit() and int(announced[:19]) > MAX_BYTES:
        raise _too_large()
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        return _bounded(message.get("body", b""))
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > MAX_BYTES:
            raise _too_large()
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


def read_json(body: bytes) -> Json:
    """Read JSON.

    Raises:
        BadRequest: it is none, is ambiguous, or has too many values; the details say where.
    """
    brackets = _brackets(body)
    if brackets > MAX_CONTAINERS and _brackets(_TEXT.sub(b"", body)) > MAX_CONTAINERS:
        raise _refused(f"it has more than {MAX_CONTAINERS:,} lists and objects")
    try:
        value: Json = _DECODER.decode(body.decode())
        if b"\\u" in body:
            json_bytes(value)
    except json.JSONDecodeError as error:
        raise _refused(f"{error.msg} in line {error.lineno}, column {error.colno}") from None
    except UnicodeDecodeError as error:
        raise _refused(f"byte {error.start + 1} is not UTF-8") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        raise _refused(str(error)) from None
    # Each level needs a bracket, so most bodies need no look at their levels.
    if brackets > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise _too_deep()
    return value


def json_bytes(value: Json) -> bytes:
    """Compact JSON of a value that ``read_json`` made.

    Raises:
        BadRequest: a lone surrogate, or an integer that would lose digits further on.
    """
    try:
        return orjson.dumps(value)
    except TypeError as error:
        if "surrogate" in str(error):
            raise _refused("it has a lone surrogate, which is no character") from None
        raise _refused("it has an integer of more than 64 bits; send it as text") from None


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ValueError(f"the name {name[:80]!r} stands twice in one object")
            seen.add(name)
    return found


def _constant(text: str) -> Json:
    raise ValueError(f"{text} is not a JSON number")


def _float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise ValueError(f"the number {text[:40]} is too large")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_float)


def _brackets(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


def _depth(value: Json) -> int:
    """Levels within a value, without recursion: its author chose how many."""
    level: list[Json] = [value]
    depth = 0
    while level:
        depth += 1
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return depth - 1


def _bounded(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise _too_large()
    return body


def _too_large() -> TooLarge:
    return TooLarge("too_large", f"A body may have {MAX_BYTES} bytes; this one has more.")


def _too_deep() -> BadRequest:
    return _refused(f"it is nested deeper than {MAX_DEPTH} levels")


def _refused(why: str) -> BadRequest:
    return BadRequest("invalid_json", f"The body cannot be read as JSON: {why}.")
