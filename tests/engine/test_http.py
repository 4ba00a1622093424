"""The HTTP effect against real servers on the loopback interface."""

import asyncio
import gzip
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

import turnout
from turnout.engine.egress import Egress
from turnout.engine.http import HttpEffects, HttpLimits

Write = Callable[[bytes], Awaitable[None]]
Handle = Callable[["Seen", Write], Awaitable[None]]


@dataclass
class Seen:
    """A request as a server got it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Server:
    """A server that answers by path and remembers what it was asked."""

    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    answers: dict[str, bytes | Handle] = field(default_factory=dict)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """A client went before it had its answer."""

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def write(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        try:
            seen = await self._read(reader)
            self.seen.append(seen)
            answer = self.answers[seen.path.partition("?")[0]]
            if isinstance(answer, bytes):
                await write(answer)
            else:
                await self._until_left(answer(seen, write), reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _until_left(self, answering: Awaitable[None], reader: asyncio.StreamReader) -> None:
        answered, gone = asyncio.ensure_future(answering), asyncio.ensure_future(reader.read())
        await asyncio.wait((answered, gone), return_when=asyncio.FIRST_COMPLETED)
        if not answered.done():
            self.left.set()
        answered.cancel()
        gone.cancel()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> Seen:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = first.split(" ")
        return Seen(method, path, headers, body)


def answer(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; ``content_type="…"`` becomes ``content-type``."""
    given = {"content_type": "application/json", **headers}
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in given.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    yield server
    listening.close()


@pytest.fixture
async def open_() -> AsyncIterator[HttpEffects]:
    effects = HttpEffects(Egress.parse("127.0.0.1"), limits=HttpLimits(answer=100_000))
    yield effects
    await effects.close()


def wanted(uri: str, **members: Any) -> dict[str, Any]:
    """A request as the interpreter wants it."""
    default: dict[str, Any] = {"method": "GET", "headers": {}, "query": {}, "body": None}
    return {**default, "uri": uri, "output": "content", "redirect": True, **members}


async def test_a_call_carries_its_parts_and_gives_the_answer(
    server: Server, open_: HttpEffects
) -> None:
    server.answers["/x"] = answer(b'{"ok":[1]}', x_more="yes")
    uri = server.url("/x?a=1")
    request = wanted(uri, method="POST", headers={"X-One": "1"}, query={"b": "ü &"}, body={"n": 1})
    done = await open_.execute(request, "wfr_1:call#1")
    value: Any = done["value"]
    assert (value["status"], value["body"], value["method"]) == (200, {"ok": [1]}, "POST")
    assert value["headers"]["x-more"] == "yes"
    seen = server.seen[0]
    assert seen.path == "/x?a=1&b=%C3%BC+%26"
    assert orjson.loads(seen.body) == {"n": 1}
    assert seen.headers["idempotency-key"] == "wfr_1:call#1"
    assert seen.headers["user-agent"] == f"turnout/{turnout.__version__}"
    assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    assert seen.headers["x-one"] == "1"


async def test_loopback_is_refused_unless_allowed(server: Server) -> None:
    effects = HttpEffects(Egress())
    done = await effects.execute(wanted(server.url("/x", "localhost")), "k")
    await effects.close()
    error: Any = done["error"]
    assert error["status"] == 403
    assert f"add localhost:{server.port} to TURNOUT_EGRESS_ALLOW" in error["detail"]
    assert server.seen == []


async def test_a_name_that_leads_to_a_private_address_is_refused(server: Server) -> None:
    async def rebound(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    effects = HttpEffects(Egress.parse("10.0.0.0/8"), resolve=rebound)
    done = await effects.execute(wanted(server.url("/x", "rebound.example.com")), "k")
    await effects.close()
    error: Any = done["error"]
    assert error["status"] == 403
    assert server.seen == []


async def test_no_proxy_of_the_environment_is_used(
    server: Server, open_: HttpEffects, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/x"] = answer()
    assert "value" in await open_.execute(wanted(server.url("/x")), "k")


async def test_a_redirect_to_a_private_address_is_refused(server: Server) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return {"a.test": ["127.0.0.1"]}.get(host, ["10.9.9.9"])

    effects = HttpEffects(Egress.parse("a.test"), resolve=resolve)
    server.answers["/x"] = answer(status="302 Found", location="http://b.test/")
    done = await effects.execute(wanted(server.url("/x", "a.test")), "k")
    await effects.close()
    error: Any = done["error"]
    assert error["status"] == 403
    assert "b.test" in error["detail"]


async def test_a_redirect_elsewhere_takes_no_credentials_along(
    server: Server, open_: HttpEffects
) -> None:
    server.answers["/x"] = answer(status="307 X", location=server.url("/same"))
    server.answers["/same"] = answer(status="307 X", location=server.url("/away", "localhost"))
    server.answers["/away"] = answer()
    headers = {"Authorization": "Bearer s", "X-Api-Key": "s", "Accept": "text/x"}
    done = await open_.execute(
        wanted(server.url("/x"), method="POST", headers=headers, body="text"), "k"
    )
    assert "value" in done
    same, away = server.seen[1].headers, server.seen[2].headers
    assert same["authorization"] == "Bearer s"
    assert "authorization" not in away
    assert "x-api-key" not in away
    assert (away["accept"], away["idempotency-key"]) == ("text/x", "k")
    assert server.seen[2].body == b"text"


async def test_a_redirect_is_an_answer_where_it_is_not_followed(
    server: Server, open_: HttpEffects
) -> None:
    server.answers["/x"] = answer(status="302 Found", location="/y")
    done = await open_.execute(wanted(server.url("/x"), redirect=False), "k")
    value: Any = done["value"]
    assert value["status"] == 302


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a/", "//", "http://"])
async def test_a_redirect_to_something_else_is_refused(
    server: Server, open_: HttpEffects, location: str
) -> None:
    server.answers["/x"] = answer(status="302 Found", location=location)
    done = await open_.execute(wanted(server.url("/x")), "k")
    assert "error" in done


async def test_redirects_in_a_circle_end(server: Server, open_: HttpEffects) -> None:
    server.answers["/x"] = answer(status="302 Found", location="/x")
    done = await open_.execute(wanted(server.url("/x")), "k")
    error: Any = done["error"]
    assert "redirects more than 5 times" in error["detail"]
    assert len(server.seen) == 6


@pytest.mark.parametrize(
    "packed",
    [
        (os.urandom(200_000), ""),
        (gzip.compress(b"0" * 50_000_000), "gzip"),
    ],
    ids=["big", "gzip bomb"],
)
async def test_a_big_answer_is_cut(
    server: Server, open_: HttpEffects, packed: tuple[bytes, str]
) -> None:
    body, coding = packed
    server.answers["/x"] = answer(body, **({"content_encoding": coding} if coding else {}))
    done = await open_.execute(wanted(server.url("/x")), "k")
    error: Any = done["error"]
    assert error["status"] == 502
    assert "larger than 100000 bytes" in error["detail"]


async def test_a_packed_answer_is_unpacked(server: Server, open_: HttpEffects) -> None:
    server.answers["/x"] = answer(gzip.compress(b'{"a":1}'), content_encoding="gzip")
    done = await open_.execute(wanted(server.url("/x")), "k")
    value: Any = done["value"]
    assert value["body"] == {"a": 1}


async def test_headers_without_end_are_cut(server: Server, open_: HttpEffects) -> None:
    async def endless(seen: Seen, write: Write) -> None:
        await write(b"HTTP/1.1 200 OK\r\n")
        while True:
            await write(b"x: " + b"y" * 1000 + b"\r\n")

    server.answers["/x"] = endless
    done = await open_.execute(wanted(server.url("/x")), "k")
    assert "error" in done


async def test_a_server_that_stops_halfway_is_left_at_the_deadline(
    server: Server, open_: HttpEffects
) -> None:
    async def halfway(seen: Seen, write: Write) -> None:
        await write(b"HTTP/1.1 200 OK\r\ncontent-length: 90000\r\n\r\n")
        await write(b".")
        await asyncio.Event().wait()

    server.answers["/x"] = halfway
    done = await open_.execute(wanted(server.url("/x")), "k", 0.2)
    error: Any = done["error"]
    assert error["status"] == 504
    assert server.url("/x") in error["detail"]
    await server.left.wait()


async def test_nobody_there_is_said_with_the_host(open_: HttpEffects) -> None:
    done = await open_.execute(wanted("http://127.0.0.1:1/x"), "k")
    error: Any = done["error"]
    assert (error["status"], error["type"].rpartition("/")[2]) == (502, "communication")
    assert "127.0.0.1:1" in error["detail"]


@pytest.mark.parametrize(
    "members",
    [
        {"uri": "ftp://a/"},
        {"uri": "/relative"},
        {"uri": "http://[::1"},
        {"headers": {"Host": "b"}},
        {"headers": {"Transfer-Encoding": "chunked"}},
        {"headers": {"X": "a\r\nHost: b"}},
        {"headers": {"X\r\n": "a"}},
        {"headers": {"Ü": "a"}},
    ],
)
async def test_what_cannot_be_sent_is_an_error(
    server: Server, open_: HttpEffects, members: dict[str, Any]
) -> None:
    done = await open_.execute({**wanted(server.url("/x")), **members}, "k")
    error: Any = done["error"]
    assert error["status"] == 400
    assert server.seen == []


@pytest.mark.parametrize(
    ("uri", "members"),
    [
        ("http://user:s3cret@127.0.0.1:1/unreachable", {}),
        ("http://user:s3cret@192.168.1.1/not-allowed", {}),
        ("http://user:s3cret@{here}/large", {}),
        ("http://user:s3cret@{here}/broken", {}),
        ("http://user:s3cret@{here}/round", {}),
        ("http://user:s3cret@{here}/to-nowhere", {}),
        ("http://user:s3cret@{here}/silent", {}),
        ("http://user:s3cret@{here}/large", {"headers": {"Host": "b"}}),
        ("http://user:s3cret@{here}/large", {"headers": {"X": "a\r\nHost: s3cret"}}),
        ("http://user:s3cret@{here}/large", {"method": "A B"}),
        ("ftp://user:s3cret@{here}/", {}),
        ("http://user:s3cret/@{here}/", {}),
        ("http://user:s3cret@[::1/", {}),
        ("user:s3cret@{here}/", {}),
        ("http://user:s3cret@[::1/" + "x" * 300, {}),
        ("http://user:" + "s3cret" * 100 + "@127.0.0.1:1/", {}),
    ],
)
async def test_no_error_shows_a_password_of_the_uri(
    server: Server, open_: HttpEffects, uri: str, members: dict[str, Any]
) -> None:
    async def silent(seen: Seen, write: Write) -> None:
        await asyncio.Event().wait()

    server.answers["/large"] = answer(b"x" * 100_001)
    server.answers["/broken"] = b"no HTTP\r\n\r\n"
    server.answers["/round"] = answer(status="302 Found", location="/round")
    server.answers["/to-nowhere"] = answer(status="302 Found", location="ftp://a:s3cret@b/")
    server.answers["/silent"] = silent
    here = server.url("").removeprefix("http://")
    done = await open_.execute(wanted(uri.replace("{here}", here), **members), "k", 0.5)
    error: Any = done["error"]
    assert error["detail"]
    assert "s3c" not in str(error)


async def test_user_and_password_are_sent_but_are_not_in_the_answer(
    server: Server, open_: HttpEffects
) -> None:
    server.answers["/x"] = answer()
    done = await open_.execute(wanted(server.url("/x", "user:s3cret@127.0.0.1")), "k")
    assert server.seen[0].headers["authorization"] == "Basic dXNlcjpzM2NyZXQ="
    assert "s3cret" not in str(done)
    value: Any = done["value"]
    assert value["uri"] == server.url("/x")


async def test_json_too_deep_to_store_stays_text(server: Server, open_: HttpEffects) -> None:
    server.answers["/x"] = answer(b"[" * 300 + b"]" * 300)
    done = await open_.execute(wanted(server.url("/x")), "k")
    value: Any = done["value"]
    assert value["body"] == "[" * 300 + "]" * 300
    orjson.dumps(done)
