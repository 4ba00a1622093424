"""JSON as text: the form in which values go to jq, are measured and are hashed."""

import json

import orjson

from turnout.domain.json import Json
from turnout.interpreter.errors import fault

_SORTED = orjson.OPT_SORT_KEYS


def text(value: Json) -> bytes:
    """Compact JSON.

    Raises:
        Fault: nested deeper than 254 levels, or no JSON at all.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson.dumps(storable(value))


def canonical(value: Json) -> bytes:
    """Compact JSON with sorted keys: the same bytes for equal values."""
    try:
        return orjson.dumps(value, option=_SORTED)
    except TypeError:
        return orjson.dumps(storable(value), option=_SORTED)


def storable(value: Json) -> Json:
    """The value with every integer beyond 64 bits as the nearest float.

    jq computes with doubles and hands back ``1e30`` as an exact integer, which neither a
    snapshot nor a peer could read; a float says the same.

    Raises:
        Fault: nested deeper than 254 levels, or no JSON at all.
    """
    try:
        plain: Json = orjson.loads(json.dumps(value))
        orjson.dumps(plain)
    except (TypeError, ValueError, RecursionError) as error:
        raise fault("expression", "A value is nested too deeply or is not JSON.") from error
    return plain
