"""Reads JSON text: the fast way, for definitions that programs wrote."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator

from turnout.definition.compose import Event, Kind

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s{}\[\]:,"]+')
_OPENING = {"{": Kind.OBJECT, "[": Kind.LIST}


def is_json(text: str) -> bool:
    """Whether ``text`` is a JSON object or array; anything else is read as YAML."""
    if text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        # Only the verdict counts: places and bounds come from the events.
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def json_events(text: str) -> Iterator[Event]:
    """Yield the events of a text for which ``is_json`` holds."""
    line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for found in _TOKEN.finditer(text):
        token = found.group()
        line = bisect_right(line_starts, found.start())
        place = (line, found.start() - line_starts[line - 1] + 1)
        if token in _OPENING:
            yield Event(_OPENING[token], place)
        elif token in ("}", "]"):
            yield Event(Kind.END, place)
        else:
            yield Event(Kind.SCALAR, place, json.loads(token))
