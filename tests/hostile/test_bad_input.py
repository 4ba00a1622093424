"""Bad input on a real socket: a clear 4xx or a closed connection, and nothing is stored.

What a request may hold is tested in ``tests/api``; here is what only a connection can do.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from tests.hostile.definitions import setting
from tests.server import Server, attributes, created

MIB = 1024 * 1024
PATIENCE = 20
"""Seconds until a connection is taken to be stuck: a bound, not an expectation."""

HALF_OPEN = 400


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")) as made:
        made.start()
        yield made


class Wire:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> bool:
        """Send; whether the server still listens."""
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            return False
        return True

    async def answer(self) -> bytes:
        """All that comes until the server closes the connection; ``b""`` for a reset."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            return b""

    async def head(self) -> bytes:
        """The head of the next answer."""
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)


@asynccontextmanager
async def connected(server: Server) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def head(server: Server, *headers: str, path: str = "/workflows") -> bytes:
    """The head of a POST that asks the server to close the connection when it has answered."""
    lines = (
        f"POST /api/v1{path} HTTP/1.1",
        "Host: turnout",
        f"Authorization: Bearer {server.key}",
        "Content-Type: application/json",
        "Connection: close",
        *headers,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def refused(answer: bytes, *statuses: int) -> None:
    """Assert that the server said one of these, or closed the connection without a word."""
    if answer:
        assert answer.startswith(b"HTTP/1.1 "), answer[:200]
        assert int(answer[9:12]) in statuses, answer[:500]


async def stored(server: Server) -> tuple[set[str], int]:
    """The handles of all workflows, and how many changes the audit log tells of."""
    async with server.client() as http:
        flows = await http.get("/workflows?page[size]=100")
        audits = await http.get("/audit-logs?page[size]=100")
        assert (flows.status_code, audits.status_code) == (200, 200)
        handles = {flow["attributes"]["handle"] for flow in flows.json()["data"]}
        return handles, len(audits.json()["data"])


@pytest.fixture
async def unchanged(server: Server) -> AsyncIterator[None]:
    """Whatever the test does, nothing is stored, and the server can work."""
    before = await stored(server)
    yield
    assert await stored(server) == before
    async with server.client() as http:
        assert (await http.get(f"{server.url}/readyz")).status_code == 200


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("path", ["/workflows", "/workflows/nowhere/trigger"])
async def test_10_mb_are_refused_before_they_are_read(server: Server, path: str) -> None:
    async with connected(server) as wire:
        await wire.send(head(server, "Content-Length: 10000000", path=path))
        answer = await wire.answer()
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["errors"][0]["code"] == "too_large"


@pytest.mark.usefixtures("unchanged")
async def test_10_mb_that_are_sent_all_the_same_are_not_kept(server: Server) -> None:
    async with connected(server) as wire:
        await wire.send(head(server, "Content-Length: 10000000"))
        for _ in range(100):
            if not await wire.send(b" " * 100_000):
                break
        refused(await wire.answer(), 413)


@pytest.mark.usefixtures("unchanged")
async def test_chunks_without_end_are_refused_at_2_mib(server: Server) -> None:
    sent = 0
    async with connected(server) as wire:
        await wire.send(head(server, "Transfer-Encoding: chunked"))
        while sent < 64 * MIB and await wire.send(chunk(b" " * 65_536)):
            sent += 65_536
        refused(await wire.answer(), 413)
    assert sent < 32 * MIB, "the server went on reading"


@pytest.mark.usefixtures("unchanged")
async def test_many_small_chunks_of_an_endless_body_are_refused_too(server: Server) -> None:
    async with connected(server) as wire:
        await wire.send(head(server, "Transfer-Encoding: chunked"))
        for _ in range(40):
            if not await wire.send(chunk(b" " * 16) * 8_192):
                break
        refused(await wire.answer(), 413)


async def test_a_body_in_slow_chunks_is_read_like_any_other(server: Server) -> None:
    body = json.dumps(attributes(name="slow")).encode()
    async with connected(server) as wire:
        await wire.send(head(server, "Transfer-Encoding: chunked"))
        for byte in body:
            await wire.send(chunk(bytes([byte])))
            # Another request in between: each byte arrives by itself.
            await stored(server) if byte == ord(":") else await asyncio.sleep(0)
        before, _ = await stored(server)
        await wire.send(b"0\r\n\r\n")
        answer = await wire.answer()
    assert answer.startswith(b"HTTP/1.1 201 "), answer[:300]
    assert "slow" not in before


BROKEN_CHUNKS = {
    "no number": b"zz\r\n{}\r\n0\r\n\r\n",
    "a negative size": b"-2\r\n{}\r\n0\r\n\r\n",
    "a size beyond all": b"f" * 40 + b"\r\n{}\r\n",
    "more than its size": b"2\r\n{}{}{}\r\n0\r\n\r\n",
    "no size": b"\r\n\r\n\r\n",
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("why", BROKEN_CHUNKS)
async def test_broken_chunking_is_400(server: Server, why: str) -> None:
    async with connected(server) as wire:
        await wire.send(head(server, "Transfer-Encoding: chunked") + BROKEN_CHUNKS[why])
        refused(await wire.answer(), 400)


@pytest.mark.usefixtures("unchanged")
async def test_a_body_that_ends_early_is_dropped(server: Server) -> None:
    body = json.dumps(attributes(name="half")).encode()
    for announced in (f"Content-Length: {len(body) + 1}", "Transfer-Encoding: chunked"):
        async with connected(server) as wire:
            sent = body if "Length" in announced else chunk(body)
            await wire.send(head(server, announced) + sent)
            wire.writer.write_eof()
            refused(await wire.answer(), 400)


CONTRADICTIONS = {
    "two lengths": ("Content-Length: 2", "Content-Length: 3"),
    "a length and chunks": ("Content-Length: 2", "Transfer-Encoding: chunked"),
    "a length that is none": ("Content-Length: two",),
    "a negative length": ("Content-Length: -2",),
    "a length beyond all": ("Content-Length: " + "9" * 40,),
    "an encoding nobody knows": ("Transfer-Encoding: rot13",),
    "a header without a name": (": x",),
    "a name with a space": ("X y: z",),
    "a folded line": ("X: y", " z: w"),
}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("why", CONTRADICTIONS)
async def test_heads_that_can_be_read_in_two_ways_are_refused(server: Server, why: str) -> None:
    async with connected(server) as wire:
        await wire.send(head(server, *CONTRADICTIONS[why]) + b"{}")
        wire.writer.write_eof()
        refused(await wire.answer(), 400, 413, 422)


@pytest.mark.usefixtures("unchanged")
async def test_what_is_no_http_is_400(server: Server) -> None:
    for sent in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20,
        b"hello\r\n\r\n",
        b"\0" * 99,
    ):
        async with connected(server) as wire:
            await wire.send(sent)
            refused(await wire.answer(), 400)


@pytest.mark.usefixtures("unchanged")
async def test_a_bomb_of_headers_is_refused(server: Server) -> None:
    async with connected(server) as wire:
        await wire.send(head(server)[:-2])
        sent = 0
        while sent < 64 * MIB and await wire.send(b"X-Bomb: " + b"x" * 65_536 + b"\r\n"):
            sent += 65_536
        refused(await wire.answer(), 400, 431)
    assert sent < 32 * MIB, "the server went on reading"


@pytest.mark.usefixtures("unchanged")
async def test_an_endless_line_is_refused(server: Server) -> None:
    async with connected(server) as wire:
        await wire.send(b"GET /api/v1/")
        sent = 0
        while sent < 64 * MIB and await wire.send(b"x" * 65_536):
            sent += 65_536
        refused(await wire.answer(), 400, 414, 431)
    assert sent < 32 * MIB, "the server went on reading"


@pytest.mark.usefixtures("unchanged")
async def test_an_input_of_50_000_levels_is_400(server: Server) -> None:
    body = b'{"data":{"attributes":{"fields":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_003
    async with connected(server) as wire:
        announced = f"Content-Length: {len(body)}"
        await wire.send(head(server, announced, path="/workflows/nowhere/trigger") + body)
        answer = await wire.answer()
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:300]
    assert b"nested deeper" in answer


@pytest.mark.usefixtures("unchanged")
async def test_a_request_behind_a_refused_one_is_not_done(server: Server) -> None:
    """What follows on the connection might be the rest of the body that was refused."""
    body = json.dumps(attributes(name="smuggled")).encode()
    inner = head(server, f"Content-Length: {len(body)}") + body
    outer = head(server, f"Content-Length: {10_000_000}").replace(b"Connection: close\r\n", b"")
    async with connected(server) as wire:
        await wire.send(outer + inner)
        answer = await wire.answer()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1 ") == 1


async def test_connections_that_never_finish_a_request_keep_nobody_out(server: Server) -> None:
    begun = (b"", b"P", head(server)[:-2], head(server, "Content-Length: 99") + b'{"data"')
    async with server.client() as http, AsyncExitStack() as stack:
        await created(http, "beside", setting(".n"))
        for turn in range(HALF_OPEN):
            wire = await stack.enter_async_context(connected(server))
            await wire.send(begun[turn % len(begun)])
        for n in range(20):
            # A connection each, behind all of those.
            async with server.client() as other:
                done = await other.post(
                    "/workflows/beside/trigger", json=attributes(fields={"n": n})
                )
            assert done.status_code == 200, done.text
            assert done.json()["data"]["attributes"]["output"] == {"x": n}
        before = await stored(server)
    assert await stored(server) == before


@pytest.mark.usefixtures("unchanged")
async def test_a_client_that_leaves_in_the_middle_of_its_request_leaves_nothing(
    server: Server,
) -> None:
    body = json.dumps(attributes(name="gone")).encode()
    for length in (0, 1, len(body) // 2, len(body) - 1):
        async with connected(server) as wire:
            await wire.send(head(server, f"Content-Length: {len(body)}") + body[:length])
            wire.writer.transport.abort()


def test_the_log_tells_of_no_defect(server: Server) -> None:
    log = server.log.read_text()
    assert "Traceback" not in log
    assert '"unexpected"' not in log
    assert httpx.get(f"{server.url}/healthz").json() == {"status": "ok"}
