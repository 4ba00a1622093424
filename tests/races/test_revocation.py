"""A key is revoked while its holder and others trigger: nothing more is accepted with it (I7)."""

import asyncio
import sqlite3
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.races.test_obedience import CLIENTS, PURE
from tests.server import Server, attributes, created

LANES = 4
"""Requests that the key to be revoked has under way at once, so that some meet the commit."""

ENOUGH = 25
"""Answers of each client before the revocation, and again after it."""

Revoke = Callable[[Server, httpx.AsyncClient, str], Awaitable[None]]


@dataclass
class Client:
    """A holder of a key of their own.

    Attributes:
        before: statuses of requests that were answered before the revocation was asked for.
        across: of those in between: either answer is right.
        after: of those sent after it was acknowledged.
    """

    id: str
    secret: str
    before: Counter[int] = field(default_factory=Counter)
    across: Counter[int] = field(default_factory=Counter)
    after: Counter[int] = field(default_factory=Counter)

    @property
    def answers(self) -> Counter[int]:
        return self.before + self.across + self.after


class Load:
    """Clients that trigger until each had enough answers after the acknowledgement."""

    def __init__(self, server: Server, clients: list[Client]) -> None:
        self.begun = asyncio.Event()
        self.acknowledged = asyncio.Event()
        self.warm = asyncio.Event()
        self.done = asyncio.Event()
        self._server = server
        self._clients = clients

    async def trigger(self, client: Client) -> None:
        headers = {"Authorization": f"Bearer {client.secret}"}
        async with httpx.AsyncClient(
            base_url=f"{self._server.url}/api/v1", headers=headers, timeout=30
        ) as http:
            while not self.done.is_set():
                late = self.acknowledged.is_set()
                answer = await http.post("/workflows/keys/trigger", json=attributes(fields={}))
                told = client.after if late else client.across
                if not self.begun.is_set():
                    told = client.before
                told[answer.status_code] += 1
                self._look()

    def _look(self) -> None:
        if all(client.before.total() >= ENOUGH for client in self._clients):
            self.warm.set()
        if all(client.after.total() >= ENOUGH for client in self._clients):
            self.done.set()


async def by_request(server: Server, admin: httpx.AsyncClient, key_id: str) -> None:
    done = await admin.delete(f"/api-keys/{key_id}")
    assert done.status_code == 204, done.text


async def by_another_process(server: Server, admin: httpx.AsyncClient, key_id: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "turnout.cli", "keys", "revoke", key_id),
        env=server.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


@pytest.mark.parametrize("revoke", [by_request, by_another_process])
async def test_nothing_is_accepted_with_a_key_once_its_revocation_is_acknowledged(
    tmp_path: Path, revoke: Revoke
) -> None:
    with Server(tmp_path) as server:
        server.start()
        async with server.client() as admin:
            await created(admin, "keys", PURE.format(version=1))
            clients = [await holder(admin, number) for number in range(CLIENTS)]
            stored = await loaded(server, admin, clients, revoke)
            victim, *others = clients
            assert victim.before == Counter({200: victim.before.total()})
            assert set(victim.across) <= {200, 401}
            assert victim.after == Counter({401: victim.after.total()})
            for other in others:
                assert set(other.answers) == {200}
            # Requests that had passed the door before the revocation came to nothing after it.
            assert runs_of(server, victim) == stored == victim.answers[200]
            print(f"accepted {victim.answers[200]}, then refused {victim.answers[401]}")


async def loaded(
    server: Server, admin: httpx.AsyncClient, clients: list[Client], revoke: Revoke
) -> int:
    """Trigger with every key, and revoke the first one midway; its runs at that moment."""
    load = Load(server, clients)
    lanes = [clients[0]] * (LANES - 1) + clients
    async with asyncio.timeout(180), asyncio.TaskGroup() as group:
        for client in lanes:
            group.create_task(load.trigger(client))
        await load.warm.wait()
        load.begun.set()
        await revoke(server, admin, clients[0].id)
        stored = runs_of(server, clients[0])
        load.acknowledged.set()
    return stored


async def holder(admin: httpx.AsyncClient, number: int) -> Client:
    made = await admin.post("/api-keys", json=attributes(role="operator", name=f"c-{number}"))
    assert made.status_code == 201, made.text
    data: dict[str, Any] = made.json()["data"]
    return Client(data["id"], data["attributes"]["key"])


def runs_of(server: Server, client: Client) -> int:
    """How many stored runs a key's holder created; asked of the database, to lose no time."""
    with closing(sqlite3.connect(server.data / "turnout.db")) as database:
        (found,) = database.execute("SELECT count(*) FROM runs WHERE creator = ?", [client.id])
    return int(found[0])
