"""CloudEvents 1.0: what every event must look like, wherever it comes from.

An event is a JSON object: the context attributes beside ``data`` or ``data_base64``, as in the
structured form.
"""

import re
from dataclasses import dataclass

from turnout.domain.errors import Invalid
from turnout.domain.instant import Instant
from turnout.domain.json import Json, JsonObject

REQUIRED = ("id", "source", "type")
OPTIONAL = ("datacontenttype", "dataschema", "subject", "time")
DATA = ("data", "data_base64")

MAX_ATTRIBUTE = 2_048
"""Characters that an attribute may have."""

MAX_ATTRIBUTES = 64

NAME = re.compile(r"[a-z0-9]{1,40}")
"""Of an attribute; CloudEvents allows no other characters."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?"
    r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LARGEST_INTEGER = 2**31


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that comes in, checked.

    Attributes:
        body: the whole event as JSON bytes.
        received_at: now. expires_at: until when it is kept for listens that are still to come.
        sender: id of the API key that sent it, or of the run that emitted it.
    """

    environment_id: str
    source: str
    event_id: str
    type: str
    body: bytes
    received_at: Instant
    expires_at: Instant
    sender: str


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event that is kept; ``number`` is its place in the order in which events came."""

    number: int
    event: NewEvent


def checked(value: Json) -> JsonObject:
    """The event without attributes that are null, which CloudEvents takes for absent.

    Raises:
        Invalid: it is no CloudEvent; the pointer says which attribute.
    """
    if not isinstance(value, dict):
        raise Invalid("invalid_value", "A CloudEvent is an object.", "")
    event = {name: part for name, part in value.items() if part is not None or name == "data"}
    if event.get("specversion") != "1.0":
        raise _refused("specversion", "`specversion` must be the text 1.0.", event)
    for name in REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise _refused(name, f"`{name}` must be text, and not empty.", event)
    if len(event) > MAX_ATTRIBUTES:
        raise Invalid("invalid_value", f"An event has at most {MAX_ATTRIBUTES} attributes.", "")
    for name, part in event.items():
        if name not in DATA:
            _check(name, part)
    _check_data(event)
    return event


def _check(name: str, value: Json) -> None:
    if not NAME.fullmatch(name):
        details = f"{name[:80]!r} is no name of an attribute: lower-case letters and digits only."
        raise Invalid("invalid_value", details, f"/{name[:80]}")
    wanted = None
    if not _is_attribute(value):
        wanted = "text, true, false or a whole number of 32 bits"
    elif name in OPTIONAL and not (isinstance(value, str) and value):
        wanted = "text, and not empty"
    elif isinstance(value, str) and (len(value) > MAX_ATTRIBUTE or _CONTROL.search(value)):
        wanted = f"text of at most {MAX_ATTRIBUTE} characters, none of them a control character"
    elif name == "time" and not _TIME.fullmatch(str(value)):
        wanted = "an RFC 3339 time, like 2026-05-14T14:02:00Z"
    if wanted is not None:
        raise Invalid("invalid_value", f"`{name}` must be {wanted}.", f"/{name}")


def _is_attribute(value: Json) -> bool:
    if isinstance(value, bool | str):
        return True
    return isinstance(value, int) and -_LARGEST_INTEGER <= value < _LARGEST_INTEGER


def _check_data(event: JsonObject) -> None:
    if "data_base64" not in event:
        return
    if "data" in event:
        details = "An event has `data` or `data_base64`, not both."
        raise Invalid("invalid_value", details, "/data_base64")
    data = event["data_base64"]
    if not isinstance(data, str) or not _BASE64.fullmatch(data):
        raise Invalid("invalid_value", "`data_base64` must be Base64 text.", "/data_base64")


def _refused(name: str, details: str, event: JsonObject) -> Invalid:
    return Invalid("invalid_value" if name in event else "missing_value", details, f"/{name}")
