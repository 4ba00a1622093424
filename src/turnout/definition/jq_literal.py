"""A value of a definition as jq source."""

import json

from turnout.definition.expressions import strip
from turnout.domain.json import Json


def jq_literal(value: Json) -> str:
    """Return jq source that evaluates to ``value``, its ``${ }`` texts computed.

    An inline collection of a ``for`` becomes an expression this way. The line break after a
    source ends a comment that it may end with.
    """
    if isinstance(value, str):
        source = strip(value)
        return _quoted(value) if source is None else f"({source}\n)"
    if isinstance(value, list):
        return f"[{','.join(jq_literal(item) for item in value)}]"
    if isinstance(value, dict):
        members = (f"{_quoted(name)}:({jq_literal(item)})" for name, item in value.items())
        return f"{{{','.join(members)}}}"
    return json.dumps(value)


def _quoted(text: str) -> str:
    # JSON writes a backslash as two, so no text can open one of jq's interpolations.
    return json.dumps(text, ensure_ascii=False)
