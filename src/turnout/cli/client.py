"""The HTTP client of the commands: finds the server and its key, and turns refusals into exits."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import turnout
from turnout.cli import server_file
from turnout.cli.failure import ExitCode, Failure, Usage, refused
from turnout.cli.resource import Answer, Resource
from turnout.settings import Settings

if TYPE_CHECKING:
    import httpx

API = "/api/v1"
PAGE = 100
_TRIES = 4
_LONGEST_PAUSE = 5.0
_READ_SECONDS = 75.0  # a ``wait`` of 60 s is the longest answer


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask, and with which key."""

    url: str
    key: str


def find_place(settings: Settings, server: str | None, key: str | None) -> Place:
    """The server and key of a command.

    The machine's own key is for the machine's own server: it is never sent elsewhere.

    Raises:
        Failure: no server is known, or no key for it.
    """
    here = server_file.find(settings.data_dir)
    url = (server or (here.url if here else "")).rstrip("/")
    if not url:
        raise Failure(
            f"No server is running on {settings.data_dir}: start one with `turnout serve`, or say "
            "where one is with --server or TURNOUT_SERVER.",
            ExitCode.UNREACHABLE,
        )
    if not url.startswith(("http://", "https://")):
        raise Usage(f"The server {url!r} must be a URL, like http://127.0.0.1:8000.")
    if key:
        return Place(url, key)
    path = settings.data_dir / "admin-key"
    try:
        secret = path.read_text(encoding="ascii").strip() if here and here.url == url else ""
    except (OSError, ValueError):
        secret = ""
    if not secret:
        raise Usage(f"No key for {url}: give one with --key or TURNOUT_API_KEY.")
    return Place(url, secret)


class Client:
    """Asks one server with one key. Every call raises ``Failure`` when it is refused.

    Args:
        transport: what carries the requests; None is the network.
    """

    def __init__(self, place: Place, transport: httpx.BaseTransport | None = None) -> None:
        # Imported late: help, completion and what needs no server start faster without it.
        import httpx

        try:
            headers = httpx.Headers(
                {
                    "Authorization": f"Bearer {place.key}",
                    "Accept": "application/json",
                    "User-Agent": f"turnout-cli/{turnout.__version__}",
                }
            )
            self._http = httpx.Client(
                base_url=place.url + API,
                headers=headers,
                transport=transport,
                timeout=httpx.Timeout(_READ_SECONDS, connect=10.0),
                # A proxy that the environment names is not meant for the server of this machine.
                trust_env=not place.url.startswith(("http://127.", "http://localhost", "http://[")),
            )
        except (UnicodeError, httpx.InvalidURL) as error:
            raise Usage(f"The server's URL or key cannot be used: {error}.") from None
        self.url = place.url

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **params: Any) -> Answer:
        """Read; parameters that are None are left out."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, attributes: Mapping[str, Any] | None = None, **params: Any) -> Answer:
        """Make or do something, once however often it has to be sent."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return self._ask("POST", path, attributes or {}, params, headers)

    def send(self, path: str, document: Mapping[str, Any], media: str) -> Answer:
        """Send a document that is no JSON:API one, once however often it has to be sent."""
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Content-Type": media}
        return self._answer(self._http.build_request("POST", path, json=document, headers=headers))

    def patch(
        self, path: str, attributes: Mapping[str, Any], *, if_match: str | None = None
    ) -> Answer:
        """Change something."""
        return self._ask("PATCH", path, attributes, headers=_precondition(if_match))

    def put(self, path: str, attributes: Mapping[str, Any], *, if_match: str | None) -> Answer:
        """Save something: over the state with this entity tag, or, with None, as the first."""
        headers = _precondition(if_match) or {"If-None-Match": "*"}
        return self._ask("PUT", path, attributes, headers=headers)

    def delete(self, path: str, *, if_match: str | None = None) -> Answer:
        """Take something away."""
        return self._ask("DELETE", path, headers=_precondition(if_match))

    def every(
        self, path: str, limit: int | None = None, filters: Mapping[str, Any] | None = None
    ) -> Iterator[Resource]:
        """All resources of a list, page by page, at most ``limit``.

        Args:
            filters: ``filter[…]`` parameters by the name within; those that are None do not filter.
        """
        params = {f"filter[{name}]": value for name, value in (filters or {}).items()}
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            answer = self.get(path, **{**params, "page[size]": size})
            yield from answer.all
            if not answer.more or not answer.all:
                return
            params["page[after]"] = answer.all[-1].id
            left = None if left is None else left - len(answer.all)

    def _ask(
        self,
        method: str,
        path: str,
        attributes: Mapping[str, Any] | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body = None if attributes is None else {"data": {"attributes": attributes}}
        query = {name: _text(value) for name, value in (params or {}).items() if value is not None}
        request = self._http.build_request(
            method, path, json=body, params=query, headers=headers or {}
        )
        return self._answer(request)

    def _answer(self, request: httpx.Request) -> Answer:
        response = self._send(request)
        if response.status_code >= 400:
            raise refusal(response)
        return Answer(_json(response), response.headers.get("etag"), response.headers)

    def _send(self, request: httpx.Request) -> httpx.Response:
        """Send; again while the server is busy or the line breaks, where that does no harm."""
        import httpx

        harmless = request.method == "GET" or "idempotency-key" in request.headers
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                response = self._http.send(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                raise _unreachable(self.url, error) from None
            except httpx.TransportError as error:
                if not (harmless and tries_left):
                    raise _unreachable(self.url, error) from None
                continue
            if response.status_code != 503 or not (harmless and tries_left):
                break
            time.sleep(_pause(response))
        return response


def refusal(response: httpx.Response) -> Failure:
    """What a server said no with, as one line and an exit code."""
    try:
        errors = response.json()["errors"]
        lines = [_told(error) for error in errors]
    except (ValueError, KeyError, TypeError):
        lines = []
    where = f"{response.request.url.copy_with(query=None)} answered {response.status_code}"
    text = "\n".join(lines) or f"{where}, not as a Turnout server does."
    return refused(text, response.status_code)


def _told(error: Mapping[str, Any]) -> str:
    text = str(error.get("details") or error["title"])
    field = _field((error.get("source") or {}).get("pointer"))
    if field and not text.startswith((field, f"`{field}`")):
        text = f"{field}: {text}"
    place = error.get("meta") or {}
    if place.get("line") is not None:
        return f"{place['line']}:{place.get('column') or 1}: {text}"
    return text


def _field(pointer: Any) -> str:
    """The member of a run's input that a refusal points to; empty for anything else."""
    _, inside, path = str(pointer or "").partition("/data/attributes/fields/")
    return path.replace("/", ".").replace("~1", "/").replace("~0", "~") if inside else ""


def _unreachable(url: str, error: httpx.TransportError) -> Failure:
    reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__
    return Failure(
        f"Cannot reach the server at {url}: {reason}. Is it running, and is that its address?",
        ExitCode.UNREACHABLE,
    )


def _pause(response: httpx.Response) -> float:
    try:
        return min(max(float(response.headers.get("retry-after", "1")), 0.1), _LONGEST_PAUSE)
    except ValueError:
        return 1.0


def _precondition(if_match: str | None) -> dict[str, str]:
    return {} if if_match is None else {"If-Match": if_match}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if "json" not in response.headers.get("content-type", ""):
        return response.text
    try:
        return response.json()
    except ValueError:
        raise Failure(
            f"{response.request.url} did not answer in JSON; is it a Turnout server?"
        ) from None
