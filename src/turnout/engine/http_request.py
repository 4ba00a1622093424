"""Makes what goes over the wire out of what a workflow wants, and follows redirects safely."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import httpx
import orjson

from turnout.domain.json import Json, JsonObject
from turnout.domain.uri import without_userinfo

_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
)
"""Headers that the connection needs; a workflow that sets them could smuggle a second request."""

_KEPT_ABROAD = frozenset(
    {"accept", "accept-encoding", "accept-language", "content-type", "idempotency-key"}
    | {"user-agent"}
)
"""Headers that follow a redirect to another origin; any other may hold a credential."""

_SHOWN = 200
"""Characters of a URI in an error."""


class Unsendable(Exception):
    """The request makes no sense; says what about it."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, ready to send."""

    method: str
    url: httpx.URL
    headers: tuple[tuple[str, str], ...]
    content: bytes | None


def outgoing(request: JsonObject, ours: Mapping[str, str]) -> Outgoing:
    """The first request of a call.

    Args:
        request: the effect's.
        ours: headers that stand whatever the workflow says.

    Raises:
        Unsendable: its URI, a header or its query cannot be sent.
    """
    url = _url(str(request.get("uri")))
    query = _pairs(request.get("query"))
    if query:
        url = url.copy_merge_params(httpx.QueryParams([*url.params.multi_items(), *query]))
    headers = httpx.Headers(
        [(_header(name), text) for name, text in _pairs(request.get("headers"))]
    )
    content = _content(request.get("body"), headers)
    headers.update(ours)
    if url.userinfo and "authorization" not in headers:
        auth = httpx.BasicAuth(url.username, url.password)
        headers["authorization"] = auth._auth_header
    url = url.copy_with(userinfo=b"", fragment=None)
    return Outgoing(
        str(request.get("method", "GET")).upper(), url, tuple(headers.multi_items()), content
    )


def redirected(call: Outgoing, status: int, location: str) -> Outgoing:
    """The request that a redirect asks for.

    Raises:
        Unsendable: it leads to nowhere, or to something else than HTTP.
    """
    try:
        url = _url(str(call.url.join(location)))
    except httpx.InvalidURL:
        raise Unsendable(f"{call.url} redirects to an invalid address.") from None
    url = url.copy_with(userinfo=b"", fragment=None)
    headers, method, content = call.headers, call.method, call.content
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, content = "GET", None
        headers = tuple(item for item in headers if not item[0].lower().startswith("content-"))
    if _origin(url) != _origin(call.url):
        headers = tuple(item for item in headers if item[0].lower() in _KEPT_ABROAD)
    return replace(call, method=method, url=url, headers=headers, content=content)


def shown(uri: str) -> str:
    """A URI as an error may show it: without user and password, and not for ever."""
    # Hidden before it is cut, or the part that is left would not show what it is.
    return without_userinfo(uri)[:_SHOWN]


def _url(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        # The reason quotes a part of the URI, perhaps of a password.
        reason = "" if "@" in text else f": {error}"
        raise Unsendable(f"{shown(text)!r} is no valid URI{reason}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise Unsendable(f"{shown(text)!r} must begin with http:// or https:// and name a host.")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    port = url.port or {"http": 80, "https": 443}[url.scheme]
    return url.scheme, url.host, port


def _header(name: str) -> str:
    if not name.isascii() or name.lower() in _OURS:
        raise Unsendable(f"The header {name} may not be set.")
    return name


def _pairs(values: Json) -> list[tuple[str, str]]:
    """Name and text of each value; a list repeats its name, null leaves it out."""
    if not isinstance(values, dict):
        return []
    return [
        (name, item if isinstance(item, str) else orjson.dumps(item).decode())
        for name, value in values.items()
        for item in (value if isinstance(value, list) else [value])
        if item is not None
    ]


def _content(body: Json, headers: httpx.Headers) -> bytes | None:
    if body is None:
        return None
    if isinstance(body, str):
        headers.setdefault("content-type", "text/plain; charset=utf-8")
        return body.encode(errors="replace")
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return urlencode(_pairs(body)).encode()
    headers.setdefault("content-type", "application/json")
    return orjson.dumps(body)
