"""Reads a CloudEvent from a request: structured, or binary with ``ce-`` headers.

In the structured form the body is the event. In the binary form the headers are its attributes,
percent-encoded where they are not ASCII, ``Content-Type`` is its ``datacontenttype`` and the body
its data: JSON and text as they are, anything else in Base64.
"""

import re
from base64 import b64encode
from urllib.parse import unquote

from turnout.api.errors import BadHeader, UnsupportedMediaType
from turnout.api.json_body import json_bytes, read_json
from turnout.api.operation import Headers
from turnout.domain.cloud_event import DATA, NAME, checked
from turnout.domain.errors import BadRequest, Invalid
from turnout.domain.json import Json, JsonObject

STRUCTURED = "application/cloudevents+json"

_STRUCTURED = re.compile(r"application/cloudevents\+json[ \t]*(;|$)", re.IGNORECASE)
_OTHER_FORM = re.compile(r"application/cloudevents", re.IGNORECASE)
_JSON = re.compile(r"[^;/]+/([^;]+\+)?json[ \t]*(;|$)", re.IGNORECASE)
_TEXT = re.compile(r"text/[^;]+(;[ \t]*charset=\"?(utf-8|us-ascii)\"?)?[ \t]*$", re.IGNORECASE)
_PREFIX = b"ce-"


def read_event(sent: bytes, headers: Headers) -> JsonObject:
    """The event of a request, checked.

    Raises:
        BadRequest: a body or header that cannot be read.
        UnsupportedMediaType: neither of the two forms.
        Invalid: it is no CloudEvent.
    """
    media = headers.get(b"content-type") or ""
    if _STRUCTURED.match(media):
        return _kept(checked(read_json(sent)))
    attributes = headers.beginning(_PREFIX)
    if _OTHER_FORM.match(media) or not attributes:
        raise UnsupportedMediaType(
            "unsupported_media_type",
            f"Send one CloudEvent: as `Content-Type: {STRUCTURED}`, or its attributes as headers "
            "`ce-specversion`, `ce-id`, `ce-source` and `ce-type` beside its data.",
        )
    event: JsonObject = {name: _attribute(name, text) for name, text in attributes.items()}
    if media:
        event["datacontenttype"] = media
    event |= _data(sent, media)
    try:
        return _kept(checked(event))
    except Invalid as error:
        name = (error.pointer or "")[1:]
        if name == "datacontenttype":
            raise BadHeader("Content-Type", error.details) from None
        raise BadHeader(f"ce-{name}" if name else "ce-id", error.details) from None


def _kept(event: JsonObject) -> JsonObject:
    """The event, if it can be written as it was read."""
    json_bytes(event)
    return event


def _attribute(name: str, text: str) -> str:
    if name in DATA or name == "datacontenttype" or not NAME.fullmatch(name):
        raise BadHeader(f"ce-{name[:80]}", "There is no such attribute.")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise BadHeader(f"ce-{name}", "Percent-encode UTF-8, like %C3%A9 for é.") from None


def _data(sent: bytes, media: str) -> JsonObject:
    if not sent:
        return {}
    data: Json
    if not media or _JSON.match(media):
        data = read_json(sent)
    elif _TEXT.match(media):
        try:
            data = sent.decode()
        except UnicodeDecodeError as error:
            details = f"The body is not UTF-8 text: byte {error.start + 1}."
            raise BadRequest("bad_request", details) from None
    else:
        return {"data_base64": b64encode(sent).decode()}
    return {"data": data}
