"""One path of the API: from an ASGI request through one operation to its answer.

The order is: method, key, role, query, body, use case. Nothing of a request is read before its key
is known, and nothing is said about what exists before its role is.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any

import orjson
from orjson import Fragment
from starlette.types import Receive, Scope, Send

from turnout.api.authentication import KnownCallers, secret_of
from turnout.api.documents import parameters_of
from turnout.api.errors import (
    BadHeader,
    MethodNotAllowed,
    UnsupportedMediaType,
    error_objects,
    headers_of,
    status_of,
)
from turnout.api.inflection import Inflection, inflect, inflect_pointer, read_inflection
from turnout.api.json_body import read_body
from turnout.api.operation import Answer, Body, Call, Headers, Operation, ResourceType
from turnout.api.query import read_query
from turnout.bootstrap import Turnout
from turnout.domain.errors import NotFound, TurnoutError
from turnout.domain.role import Role
from turnout.use_cases.authenticate import authenticate
from turnout.use_cases.caller import Caller, Claim

JSON = "application/json"
JSON_API = "application/vnd.api+json"
MAX_IDEMPOTENCY_KEY = 255

SMALL = 65_536
"""Bytes of a body that is read at once; reading a larger one may take long, so a thread does it."""

_READERS = ThreadPoolExecutor(2, "bodies")
"""As few as keep one large body from waiting for another: each takes its turns from the server."""

_JSON_TYPE = re.compile(r"application/(json|vnd\.api\+json)[ \t]*(;|$)", re.IGNORECASE)
_KEY = re.compile(rb"[\x21-\x7e]{1,255}")


class Endpoint:
    """An ASGI application for one path."""

    def __init__(
        self,
        operations: Mapping[str, tuple[Operation, Role]],
        types: Mapping[str, ResourceType],
    ) -> None:
        self._operations = dict(operations)
        self._parameters = {
            method: parameters_of(operation, types) for method, (operation, _) in operations.items()
        }
        heads = {"HEAD"} if "GET" in operations else set()
        self._allowed = ", ".join(sorted({*operations, *heads, "OPTIONS"}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        headers = Headers(scope["headers"])
        inflection = Inflection.KEBAB
        try:
            inflection = read_inflection(headers.get(b"key-inflection"))
            answer = await self._answer(scope, receive, headers, inflection)
        except TurnoutError as error:
            answer = refusal(error, inflection)
        body = None if answer.document is None else rendered(answer.document, inflection)
        await respond(scope, send, headers, answer, body)

    async def _answer(
        self, scope: Scope, receive: Receive, headers: Headers, inflection: Inflection
    ) -> Answer:
        method: str = scope["method"]
        if method == "OPTIONS":
            return Answer(None, 204, {"allow": self._allowed})
        if method == "HEAD":
            method = "GET"
        found = self._operations.get(method)
        if found is None:
            raise MethodNotAllowed(self._allowed)
        operation, role = found
        state = scope["app"].state
        turnout: Turnout = state.turnout
        secret = secret_of(headers)
        kept = False
        if operation.known_callers and secret and headers.raw(b"idempotency-key") is None:
            known: KnownCallers = state.known_callers
            caller, kept = await known.get(turnout.ports.store, secret)
        else:
            caller = await authenticate(turnout.ports.store, secret)
        scope["turnout.key"] = caller.key.id
        try:
            caller.key.role.require(role)
            return await self._call(scope, receive, headers, inflection, operation, turnout, caller)
        except TurnoutError:
            if kept and secret:
                # A refusal tells something too: it is for a key that is still good.
                known.forget(secret)
                await authenticate(turnout.ports.store, secret)
            raise

    async def _call(
        self,
        scope: Scope,
        receive: Receive,
        headers: Headers,
        inflection: Inflection,
        operation: Operation,
        turnout: Turnout,
        caller: Caller,
    ) -> Answer:
        path: dict[str, str] = scope["path_params"]
        for name, pattern in operation.path_patterns.items():
            if not re.fullmatch(pattern, path[name]):
                raise NotFound("not_found", f"There is no {path[name][:80]!r} here.")
        query_string: bytes = scope["query_string"]
        query = read_query(query_string, self._parameters[operation.method])
        sent = b""
        if operation.body is not None:
            sent = await read_body(receive, headers.raw(b"content-length"))
        if operation.once:
            caller = _claimed(caller, scope, headers, query_string, sent)
        body = await _read(operation.body, sent, headers, inflection)
        call = Call(
            turnout, caller, path, query, body, headers, inflection, scope["path"], query_string
        )
        return await operation.handler(call)


async def _read(body: Body | None, sent: bytes, headers: Headers, inflection: Inflection) -> object:
    if body is None:
        return None
    if body.read_raw is not None:
        return await _in_turn(sent, partial(body.read_raw, sent, headers))
    content_type = headers.get(b"content-type")
    if sent and content_type is not None and not _JSON_TYPE.match(content_type):
        raise UnsupportedMediaType(
            "unsupported_media_type",
            f"Send JSON, with `Content-Type: {JSON}` or `{JSON_API}`; not {content_type[:80]}.",
        )
    return await _in_turn(sent, partial(body.read, sent, inflection))


async def _in_turn(sent: bytes, read: Callable[[], object]) -> object:
    if len(sent) <= SMALL:
        return read()
    return await asyncio.get_running_loop().run_in_executor(_READERS, read)


def _claimed(caller: Caller, scope: Scope, headers: Headers, query: bytes, body: bytes) -> Caller:
    key = headers.raw(b"idempotency-key")
    if key is None:
        return caller
    if not _KEY.fullmatch(key):
        raise BadHeader(
            "Idempotency-Key",
            f"Expected 1 to {MAX_IDEMPOTENCY_KEY} visible ASCII characters.",
        )
    request = b"\0".join((scope["method"].encode(), scope["path"].encode(), query, body))
    return replace(caller, claim=Claim(key.decode(), sha256(request).digest()))


def refusal(error: TurnoutError, inflection: Inflection) -> Answer:
    """The answer that says no."""
    errors = error_objects(error)
    if inflection is not Inflection.KEBAB:
        for each in errors:
            source = each.get("source")
            if isinstance(source, dict) and "pointer" in source:
                source["pointer"] = inflect_pointer(source["pointer"], inflection)
    return Answer({"errors": errors}, status_of(error), headers_of(error))


def rendered(document: dict[str, Any] | Fragment, inflection: Inflection) -> bytes:
    """A document as JSON."""
    if inflection is not Inflection.KEBAB:
        return orjson.dumps(inflect(document, inflection))
    return orjson.dumps(document)


async def respond(
    scope: Scope, send: Send, headers: Headers, answer: Answer, body: bytes | None
) -> None:
    """Send an answer; to HEAD, its headers alone."""
    raw = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    if body is not None:
        accepts = headers.raw(b"accept")
        media = JSON_API if accepts is not None and b"vnd.api+json" in accepts else JSON
        raw.append((b"content-type", media.encode()))
        raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    shown = b"" if body is None or scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})
