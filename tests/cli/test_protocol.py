"""Requests that never end do not hold a connection for ever."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from turnout.cli.protocol import MAX_HEAD, Protocol


class Impatient(Protocol):
    request_seconds = 0.05


async def _app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})


@asynccontextmanager
async def serving(protocol: type[Protocol]) -> AsyncIterator[int]:
    config = uvicorn.Config(_app, port=0, http=protocol, ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port: int = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield port
    finally:
        server.should_exit = True
        await server.shutdown()


async def told(protocol: type[Protocol], sent: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    async with serving(protocol) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(sent)
            return await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.close()


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"GET / HTTP/1.1\r\n\r\nGET",
    ],
)
async def test_a_request_that_does_not_end_is_closed(begun: bytes) -> None:
    answer = await told(Impatient, begun)
    assert answer.count(b"HTTP/1.1 204") == begun.count(b"\r\n\r\nGET")


async def test_a_head_without_end_is_400() -> None:
    answer = await told(Protocol, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * (MAX_HEAD // 6))
    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_large_bodies_and_many_requests_at_once_are_no_long_heads() -> None:
    size = MAX_HEAD * 3
    body = b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    small = b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"x" * 900) * 100
    last = b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
    answer = await told(Protocol, body + small + body + last)
    assert answer.count(b"HTTP/1.1 204") == 103
