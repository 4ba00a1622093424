"""The HTTP effect: executes what ``call: http`` wants, through the egress door."""

import asyncio
import base64
import ssl
from dataclasses import dataclass

import certifi
import httpcore
import httpx
import orjson

import turnout
from turnout.domain.json import Json, JsonObject
from turnout.engine.answer_body import TooLarge, read
from turnout.engine.egress import Door, Egress, Refused, Resolve, resolve
from turnout.engine.http_request import Outgoing, Unsendable, outgoing, redirected, shown

ERROR_TYPE = "https://open-workflow-specification.org/spec/1.0.0/errors/communication"
DEFAULT_SECONDS = 30.0
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_NESTED = 250


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Bounds of a call.

    Attributes:
        answer: bytes of an answer's body, after decompression.
        connections: open at a time, to all hosts together.
    """

    answer: int = 8 * 1024 * 1024
    connections: int = 200


class HttpEffects:
    """Executes HTTP effects; keeps connections open between them.

    Args:
        egress: which addresses may be reached.
        limits: bounds of a call.
        resolve: how names are resolved.
        tls: None for the system's and Mozilla's certificate authorities.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        limits: HttpLimits | None = None,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or HttpLimits()
        self._connections = httpcore.AsyncConnectionPool(
            ssl_context=tls or _tls(),
            max_connections=self._limits.connections,
            keepalive_expiry=15.0,
            network_backend=Door(egress, resolve),
        )

    async def close(self) -> None:
        """Close what is open."""
        await self._connections.aclose()

    async def execute(
        self, request: JsonObject, idempotency_key: str, deadline: float = DEFAULT_SECONDS
    ) -> JsonObject:
        """Do one call, redirects included.

        Args:
            request: ``method, uri, headers, query, body, output, redirect``.
            idempotency_key: sent as ``Idempotency-Key``.
            deadline: seconds for all of it.

        Returns:
            ``{"value": {"status", "headers", "body", "uri", "method"}}`` with any status, or
            ``{"error": {"type", "status", "title", "detail"}}`` when there is no answer. ``body``
            is the parsed JSON if it is JSON, else text; base64 for ``"output": "raw"``.
        """
        where = shown(str(request.get("uri")))
        try:
            async with asyncio.timeout(deadline):
                return {"value": await self._follow(request, idempotency_key)}
        except TimeoutError:
            return _error(504, "No answer in time", f"{where} did not answer in {deadline:g} s.")
        except Refused as error:
            return _error(403, "Refused by the egress policy", str(error))
        except Unsendable as error:
            return _error(400, "Request cannot be sent", str(error))
        except TooLarge as error:
            return _error(502, "Answer too large", f"{where}: {error}")
        except httpcore.LocalProtocolError as error:
            # Its text quotes the header that is wrong, which may hold a credential.
            reason = str(error).partition(" b'")[0]
            return _error(400, "Request cannot be sent", f"{where}: {reason}.")
        except (httpcore.NetworkError, httpcore.TimeoutException) as error:
            return _error(502, "Host cannot be reached", f"{where}: {_reason(error)}")
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ssl.SSLError) as error:
            return _error(502, "Answer cannot be read", f"{where}: {_reason(error)}")
        except (httpx.InvalidURL, ValueError, TypeError) as error:
            # A port, a method or a header that the run computed and no client can send.
            return _error(400, "Request cannot be sent", f"{where}: {error}")

    async def _follow(self, request: JsonObject, idempotency_key: str) -> JsonObject:
        call = outgoing(
            request,
            {
                "Idempotency-Key": idempotency_key,
                "User-Agent": f"turnout/{turnout.__version__}",
                "Accept-Encoding": "gzip, deflate",
            },
        )
        for _ in range(MAX_REDIRECTS + 1):
            status, headers, body = await self._send(call)
            location = headers.get("location")
            if status not in _REDIRECTS or not location or not request.get("redirect"):
                return _value(call, status, headers, body, raw=request.get("output") == "raw")
            call = redirected(call, status, location)
        raise Unsendable(
            f"{shown(str(request.get('uri')))} redirects more than {MAX_REDIRECTS} times."
        )

    async def _send(self, call: Outgoing) -> tuple[int, httpx.Headers, bytes]:
        async with self._connections.stream(
            call.method,
            str(call.url),
            headers=[(name.encode("ascii"), text.encode()) for name, text in call.headers],
            content=call.content,
        ) as response:
            headers = httpx.Headers(response.headers)
            body = await read(response.aiter_stream(), headers, self._limits.answer)
            return response.status, headers, body


def _value(
    call: Outgoing, status: int, headers: httpx.Headers, body: bytes, *, raw: bool
) -> JsonObject:
    return {
        "status": status,
        "headers": dict(headers.items()),
        "body": base64.b64encode(body).decode() if raw else _content(headers, body),
        "uri": str(call.url),
        "method": call.method,
    }


def _content(headers: httpx.Headers, body: bytes) -> Json:
    kind, _, parameters = headers.get("content-type", "").partition(";")
    kind = kind.strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        try:
            value: Json = orjson.loads(body)
            if body.count(b"[") + body.count(b"{") > _MOST_NESTED:
                orjson.dumps(value)  # refuses what nests too deeply to be stored again
            return value
        except (orjson.JSONDecodeError, TypeError):
            pass
    _, _, charset = parameters.lower().partition("charset=")
    try:
        return body.decode(charset.split(";")[0].strip(" \"'") or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _error(status: int, title: str, detail: str) -> JsonObject:
    error: JsonObject = {"type": ERROR_TYPE, "status": status, "title": title, "detail": detail}
    return {"error": error}


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
