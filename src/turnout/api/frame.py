"""The frame around every answer: request id, safe headers, one log line, no stray exception."""

import re
from random import Random
from time import perf_counter
from typing import Any

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from turnout.api import log
from turnout.api.errors import unexpected
from turnout.api.json_body import ClientGone

_log = structlog.get_logger("turnout.api")

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:/+=-]{1,128}")

_RANDOM = Random()
"""Request ids only need to differ."""

_SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Frame:
    """ASGI middleware, outermost of all that is ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        request_id = _request_id(scope)
        log.REQUEST.set(request_id)
        sending = _Sending(send, request_id)
        try:
            await self._app(scope, receive, sending)
        except ClientGone:
            sending.status = sending.status or 499
        except Exception:
            _log.exception("unexpected")
            if sending.status:
                raise
            await _answer_unexpected(sending, request_id)
        finally:
            log.request(
                started=started,
                method=scope["method"],
                # As it came: percent-encoded, so that no path can forge a line.
                path=scope["raw_path"].decode("latin-1"),
                status=sending.status,
                request=request_id,
                key=scope.get("turnout.key"),
            )


class _Sending:
    """``send`` that completes the headers and remembers the status."""

    __slots__ = ("_request_id", "_send", "status")

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id.encode()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message.get("headers", ()),
                (b"request-id", self._request_id),
                *_SAFE,
            ]
        await self._send(message)


def _request_id(scope: Scope) -> str:
    """The client's own, when it is one; else a new one."""
    for name, value in scope["headers"]:
        if name == b"request-id" and _REQUEST_ID.fullmatch(value):
            given: str = value.decode()
            return given
    return f"req_{_RANDOM.getrandbits(96):024x}"


async def _answer_unexpected(send: Send, request_id: str) -> None:
    body: Any = orjson.dumps({"errors": [unexpected(request_id)]})
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
