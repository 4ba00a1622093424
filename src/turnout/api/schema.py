"""Pieces of JSON Schema that the resources are described with."""

from typing import Any

from turnout.api.query import id_pattern
from turnout.domain.ids import Prefix

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
INTEGER: Schema = {"type": "integer"}
BOOLEAN: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
PERCENTAGE: Schema = {"type": "number", "minimum": 0, "maximum": 100}
ANY: Schema = {}
ANY_OBJECT: Schema = {"type": "object"}


def or_null(schema: Schema) -> Schema:
    """The same, or null."""
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def one_of(*words: str) -> Schema:
    """One of some words."""
    return {"type": "string", "enum": list(words)}


def id_of(prefix: Prefix) -> Schema:
    """An id."""
    return {"type": "string", "pattern": id_pattern(prefix)}


def list_of(schema: Schema) -> Schema:
    """A list."""
    return {"type": "array", "items": schema}


def object_of(**members: Schema) -> Schema:
    """An object with exactly these members; an underscore in a name stands for a hyphen."""
    named = {name.replace("_", "-"): schema for name, schema in members.items()}
    return {
        "type": "object",
        "properties": named,
        "required": list(named),
        "additionalProperties": False,
    }


def counts_by_word() -> Schema:
    """An object from words to counts."""
    return {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}}


def percent(basis_points: int) -> float | int:
    """Basis points in percent, without a needless ``.0``."""
    whole, rest = divmod(basis_points, 100)
    return basis_points / 100 if rest else whole
