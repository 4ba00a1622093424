"""The attributes of a request: ``{"data": {"attributes": {…}}}``, checked and typed."""

from itertools import islice
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from turnout.api.errors import AttributesInvalid, Finding
from turnout.api.inflection import Inflection, written
from turnout.domain.errors import BadRequest
from turnout.domain.json import Json

MAX_TEXT = 5_000
MAX_FINDINGS = 100
_NO_NUL = r"^[^\x00]*$"

Text = Annotated[str, StringConstraints(max_length=MAX_TEXT, pattern=_NO_NUL)]
"""Prose of people: names, descriptions, reasons, expressions."""

DefinitionText = Annotated[str, StringConstraints(pattern=_NO_NUL)]
"""A definition as written; its size is the domain's to refuse."""

Percentage = Annotated[
    Any,
    Field(
        json_schema_extra={"type": "number", "minimum": 0.01, "maximum": 100},
        description="A share in percent; it resolves to 0.01.",
    ),
]
"""A share; the domain reads it and says what is wrong with it."""


class Attributes(BaseModel):
    """Base of every request's attributes: no unknown ones, no conversions, kebab names."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=lambda name: name.rstrip("_").replace("_", "-"),
    )


class NoAttributes(Attributes):
    """For a request that says everything in its path."""


class WithReason(Attributes):
    """A change that may be explained."""

    reason: Text = ""


def unwrap(document: Json) -> dict[str, Json]:
    """The attributes within a document; none at all where there is no body.

    Raises:
        AttributesInvalid: it is not shaped like that, or has other members.
    """
    data = _member(document, "data", "", ("data",))
    attributes = _member(data, "attributes", "/data", ("type", "id", "attributes"))
    if not isinstance(attributes, dict):
        raise _wrong_type("/data/attributes")
    for name in ("type", "id"):
        if not isinstance(data.get(name, ""), str):  # type: ignore[union-attr]
            raise AttributesInvalid([Finding("invalid_value", "Expected text.", f"/data/{name}")])
    return attributes


def _member(value: Json, name: str, pointer: str, known: tuple[str, ...]) -> Json:
    if not isinstance(value, dict):
        raise _wrong_type(pointer)
    strange = next((each for each in value if each not in known), None)
    if strange is not None:
        raise AttributesInvalid([_unknown(f"{pointer}/{_escaped(strange)}", known)])
    return value.get(name, {})


def read_attributes(model: type[Attributes], document: Json, inflection: Inflection) -> Attributes:
    """Read the attributes of a request.

    Raises:
        AttributesInvalid: one error per attribute that is unknown, missing or wrong.
        BadRequest: an attribute was sent in two spellings.
    """
    sent = unwrap(document)
    known = tuple(str(each.alias) for each in model.model_fields.values())
    spellings = {each: each for each in known}
    spellings |= {written(each, inflection): each for each in known}
    # The known ones are looked for among those that came, never the other way round: how many
    # came is the sender's choice.
    found = [(name, sent[spelt]) for spelt, name in spellings.items() if spelt in sent]
    named = dict(found)
    if len(named) < len(found):
        raise BadRequest("invalid_json", "An attribute stands twice, in two spellings.")
    strange = islice((each for each in sent if each not in spellings), MAX_FINDINGS)
    unknown = [_unknown(f"/data/attributes/{_escaped(each)}", known) for each in strange]
    try:
        read = model.model_validate(named)
    except ValidationError as error:
        wrong = _findings(error.errors(include_url=False))
        raise AttributesInvalid([*wrong, *unknown][:MAX_FINDINGS]) from None
    if unknown:
        raise AttributesInvalid(unknown)
    return read


def _findings(errors: list[ErrorDetails]) -> list[Finding]:
    by_pointer: dict[str, Finding] = {}
    for each in errors:
        pointer = f"/data/attributes/{_escaped(str(each['loc'][0]))}"
        by_pointer.setdefault(pointer, _finding(each, pointer))
    return list(by_pointer.values())


def _finding(error: ErrorDetails, pointer: str) -> Finding:
    if error["type"] == "missing":
        return Finding("missing_value", "This attribute is required.", pointer)
    if error["type"] == "string_pattern_mismatch" and _NO_NUL in error["msg"]:
        return Finding("invalid_value", "NUL characters are not accepted.", pointer)
    return Finding("invalid_value", f"{error['msg']}.", pointer)


def _unknown(pointer: str, known: tuple[str, ...]) -> Finding:
    listed = ", ".join(known) or "nothing"
    return Finding("unknown_attribute", f"It is not known here; known: {listed}.", pointer)


def _wrong_type(pointer: str) -> AttributesInvalid:
    details = 'Expected an object: {"data": {"attributes": {…}}}.'
    return AttributesInvalid([Finding("invalid_value", details, pointer)])


def _escaped(name: str) -> str:
    return name[:80].replace("~", "~0").replace("/", "~1")
