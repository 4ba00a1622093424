"""Payloads: bytes with a tag that says how they were packed."""

import json
import zlib

import orjson

from turnout.domain.json import Json

PLAIN = 1
ZLIB = 2

WORTH_PACKING = 4_096
"""Shorter payloads stay readable and cost no time."""


def pack(data: bytes) -> tuple[int, bytes]:
    """The codec's tag and the bytes to store."""
    if len(data) < WORTH_PACKING:
        return PLAIN, data
    packed = zlib.compress(data, 1)
    return (ZLIB, packed) if len(packed) < len(data) else (PLAIN, data)


def unpack(codec: int, stored: bytes) -> bytes:
    """What ``pack`` was given.

    Raises:
        ValueError: an unknown tag.
    """
    if codec == PLAIN:
        return stored
    if codec == ZLIB:
        return zlib.decompress(stored)
    raise ValueError(f"A payload has the unknown codec {codec}.")


def dump(value: Json) -> bytes:
    """A JSON value as bytes; takes every string and integer, unlike faster writers."""
    return json.dumps(value, separators=(",", ":")).encode()


def member(document: bytes, name: str) -> bytes | None:
    """One member of a JSON object, as JSON bytes; None where it is missing."""
    try:
        value = orjson.loads(document)
        return orjson.dumps(value[name]) if name in value else None
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # Deeper nesting or stranger strings than it takes; rare, so it may be slow.
        value = json.loads(document)
        return dump(value[name]) if name in value else None
