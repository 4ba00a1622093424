"""JSON Schemas of a definition: inline, self-contained, and never fetched."""

from collections.abc import Iterator

import jsonschema_rs

from turnout.definition.findings import Spot
from turnout.definition.places import pointer_to
from turnout.definition.shapes import members, text, wrong_type
from turnout.domain.json import Json, JsonObject

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_DIALECTS = frozenset(
    f"http{s}://json-schema.org/{draft}/schema"
    for s in ("", "s")
    for draft in ("draft-04", "draft-06", "draft-07", "draft/2019-09", "draft/2020-12")
)


def validator(schema: JsonObject | bool) -> jsonschema_rs.Validator:
    """Compile a schema that was checked at publishing.

    Nothing is ever fetched, and patterns run in linear time, so that no value can stall it.

    Raises:
        ValueError: where it is no valid JSON Schema.
    """
    return jsonschema_rs.validator_for(
        schema, offline=True, pattern_options=jsonschema_rs.RegexOptions()
    )


def schema_block(spot: Spot) -> None:
    """Check ``schema: {document: …, format: json}``."""
    members(
        spot,
        {"document": _document, "format": _format},
        not_yet={"resource": "schema.resource"},
    )
    if isinstance(spot.value, dict) and not {"document", "resource"} & spot.value.keys():
        spot.error_of_member(
            "missing_member", "`schema` has no `document`.", "Write the schema under `document`."
        )


def _format(spot: Spot) -> None:
    text(spot)
    if isinstance(spot.value, str) and spot.value.partition(":")[0] != "json":
        spot.not_supported_yet(f"schema.format: {spot.value[:40]}", "Use JSON Schema (`json`).")


def _document(spot: Spot) -> None:
    schema = spot.value
    if not isinstance(schema, dict | bool):
        wrong_type(spot, "a JSON Schema")
        return
    outside = next(_outside(spot), None)
    if outside is not None:
        outside.error(
            "schema_outside",
            f"`{outside.name}` leads outside the definition.",
            "Put the schema under `$defs` and refer to it with `#/$defs/…`.",
        )
        return
    try:
        validator(schema)
    except (ValueError, jsonschema_rs.ReferencingError) as error:
        _at(spot, error).error("invalid_schema", f"This is no JSON Schema: {_reason(error)}.")


def _outside(spot: Spot) -> Iterator[Spot]:
    for child in (*spot.members(), *spot.items()):
        if not isinstance(child.value, str):
            yield from _outside(child)
        elif _leads_outside(child.name, child.value):
            yield child


def _leads_outside(name: str, reference: str) -> bool:
    if name == "$schema":
        return reference.removesuffix("#") not in _DIALECTS
    return name in _REFERENCES and not reference.startswith("#")


def _at(spot: Spot, error: Exception) -> Spot:
    """Return the spot inside the schema that a validation error speaks of."""
    for step in getattr(error, "instance_path", ()):
        pointer = pointer_to(spot.pointer, step)
        found = [s for s in (*spot.members(), *spot.items()) if s.pointer == pointer]
        if not found:
            break
        spot = found[0]
    return spot


def _reason(error: Exception) -> str:
    message: Json = getattr(error, "message", None)
    return (message if isinstance(message, str) else str(error)).splitlines()[0][:200].rstrip(".")
