"""`kill -9` of the server, again and again under load: nothing acknowledged is lost (I2, I8)."""

import asyncio
import os
import random
import sqlite3
import uuid
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.faults.stub import Stub
from tests.server import Server, attributes, created, published

KILLS = 30
CLIENTS = 6
KINDS = ("pure", "waiting", "charging")
END_SECONDS = 120

PURE = """\
document: {{dsl: '1.0.3', namespace: faults, name: pure, version: '{version}.0.0'}}
do:
  - decide:
      set: {{version: {version}, number: '${{ .number }}'}}
"""

WAITING = """\
document: {{dsl: '1.0.3', namespace: faults, name: waiting, version: '{version}.0.0'}}
do:
  - pause:
      wait: {{milliseconds: 400}}
  - decide:
      set: {{version: {version}, number: '${{ .number }}'}}
"""

CHARGING = """\
document: {{dsl: '1.0.3', namespace: faults, name: charging, version: '{version}.0.0'}}
do:
  - charge:
      call: http
      with:
        method: post
        endpoint: ${{ "http://127.0.0.1:PORT/charge/" + $workflow.id }}
  - decide:
      set: {{version: {version}, charged: '${{ .charged }}'}}
"""

TEXTS = {"pure": PURE, "waiting": WAITING, "charging": CHARGING}


@dataclass
class Acknowledged:
    """What the clients were told, and what they never heard back about."""

    runs: dict[str, str] = field(default_factory=dict)
    """Run id → version id, of every answered trigger."""

    keys: dict[str, str] = field(default_factory=dict)
    """Idempotency key → run id, of every answered trigger."""

    bodies: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Idempotency key → (workflow, number), of every trigger that was sent."""

    def note(self, key: str, answer: httpx.Response) -> str:
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        run, version = data["id"], data["relationships"]["workflow-version"]["data"]["id"]
        assert self.keys.setdefault(key, run) == run, "one key, two runs"
        assert self.runs.setdefault(run, version) == version, "one run, two versions"
        return str(run)


async def test_every_acknowledged_run_survives_any_kill(tmp_path: Path) -> None:
    seed = int(os.environ.get("TURNOUT_TEST_SEED", "20"))
    print(f"seed {seed} (set TURNOUT_TEST_SEED for another)")
    random_ = random.Random(seed)
    heard = Acknowledged()
    with Stub() as stub, Server(tmp_path, {"TURNOUT_EGRESS_ALLOW": "127.0.0.1"}) as server:
        server.start()
        async with server.client() as client:
            for kind in KINDS:
                text = TEXTS[kind].replace("PORT", str(stub.port))
                await created(client, kind, text.format(version=1))
                await published(client, kind, text.format(version=2), 50)
        for _ in range(KILLS):
            await load_until_killed(server, heard, random_)
            # At once: nothing of the killed process may hold lock, port or database.
            server.start()
            await same_key_twice(server, heard, random_)
        await everything_ends(server, heard)
        server.kill()
        check_database(server.data / "turnout.db", heard)
        check_effects(stub, heard)
    kinds = Counter(heard.bodies[key][0] for key in heard.keys)
    print(
        f"{KILLS} kills, {len(heard.bodies)} triggers sent, {len(heard.runs)} runs: {dict(kinds)}"
    )
    assert min(kinds[kind] for kind in KINDS) > KILLS


async def load_until_killed(server: Server, heard: Acknowledged, random_: random.Random) -> None:
    """Trigger from several clients; kill after a random number of answers."""
    enough = random_.randrange(1, 80)
    before = len(heard.keys)
    dead = asyncio.Event()

    async def client() -> None:
        async with server.client() as http:
            while not dead.is_set():
                key = str(uuid.UUID(int=random_.getrandbits(128)))
                try:
                    heard.note(key, await send(http, heard, key, random_))
                except httpx.TransportError:
                    return
                if len(heard.keys) - before >= enough and not dead.is_set():
                    dead.set()
                    server.kill()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))


async def send(
    http: httpx.AsyncClient, heard: Acknowledged, key: str, random_: random.Random
) -> httpx.Response:
    default = (KINDS[len(heard.bodies) % 3], random_.randrange(1_000_000))
    kind, number = heard.bodies.setdefault(key, default)
    return await http.post(
        f"/workflows/{kind}/trigger",
        json=attributes(fields={"number": number}),
        headers={"Idempotency-Key": key},
    )


async def same_key_twice(server: Server, heard: Acknowledged, random_: random.Random) -> None:
    """After the kill: answered keys and unanswered ones, each sent twice at once, give one run."""
    answered = random_.sample(sorted(heard.keys), min(5, len(heard.keys)))
    in_doubt = sorted(set(heard.bodies) - set(heard.keys))
    async with server.client() as http:
        for key in [*answered, *in_doubt, str(uuid.UUID(int=random_.getrandbits(128)))]:
            both = await asyncio.gather(*(send(http, heard, key, random_) for _ in range(2)))
            first, second = (heard.note(key, answer) for answer in both)
            assert first == second


async def everything_ends(server: Server, heard: Acknowledged) -> None:
    """Every run ends, on the version that was acknowledged, with the right output."""
    async with server.client() as http, asyncio.timeout(END_SECONDS):
        for key, run in heard.keys.items():
            kind, number = heard.bodies[key]
            answer = await http.get(f"/workflow-runs/{run}?wait=25")
            data = answer.json()["data"]
            assert data["attributes"]["status"] == "completed", data
            assert data["relationships"]["workflow-version"]["data"]["id"] == heard.runs[run]
            told = {"charged": True} if kind == "charging" else {"number": number}
            output = data["attributes"]["output"]
            assert {name: output[name] for name in told} == told


def check_database(path: Path, heard: Acknowledged) -> None:
    """As many runs as were acknowledged, each with exactly one terminal entry."""
    check_database_ends(path, len(heard.runs))


def check_database_ends(path: Path, expected: int) -> None:
    """So many runs, each with exactly one terminal entry, and nothing left open."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (runs,) = database.execute("SELECT count(*) FROM runs").fetchone()
        assert runs == expected
        ended = database.execute(
            "SELECT count(*), count(DISTINCT run_id) FROM journal WHERE kind = 'ended'"
        ).fetchone()
        assert ended == (runs, runs)
        assert database.execute("SELECT count(*) FROM effects").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM run_states").fetchone() == (0,)


def check_effects(stub: Stub, heard: Acknowledged) -> None:
    """Every charge was made at least once, and always with the same key."""
    charging = {run for key, run in heard.keys.items() if heard.bodies[key][0] == "charging"}
    assert set(stub.keys) == charging
    assert all(len(set(keys)) == 1 for keys in stub.keys.values())
    every = [keys[0] for keys in stub.keys.values()]
    assert len(set(every)) == len(every)
    again = sum(len(keys) > 1 for keys in stub.keys.values())
    print(f"{len(charging)} charges, {again} of them made more than once with the same key")
