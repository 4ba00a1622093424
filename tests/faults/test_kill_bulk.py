"""`kill -9` amid bulk actions: every run is suspended and resumed once, none is lost (I8, I10)."""

import asyncio
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from tests.faults.stub import Stub
from tests.faults.test_kill import check_database_ends
from tests.server import Server, attributes, created

RUNS = 240
ROUNDS = 4
END_SECONDS = 120

CHARGING = """\
document: {dsl: '1.0.3', namespace: faults, name: charging, version: '1.0.0'}
do:
  - pause: {wait: {milliseconds: 300}}
  - charge:
      call: http
      with:
        method: post
        endpoint: ${ "http://127.0.0.1:PORT/charge/" + $workflow.id }
  - pauseAgain: {wait: {seconds: 2}}
  - done: {set: {charged: '${ .charged }'}}
"""


async def test_bulk_actions_survive_any_kill(tmp_path: Path) -> None:
    seed = int(os.environ.get("TURNOUT_TEST_SEED", "20"))
    print(f"seed {seed} (set TURNOUT_TEST_SEED for another)")
    random_ = random.Random(seed)
    with Stub() as stub, Server(tmp_path, {"TURNOUT_EGRESS_ALLOW": "127.0.0.1"}) as server:
        server.start()
        async with server.client() as client:
            await created(client, "charging", CHARGING.replace("PORT", str(stub.port)))
            runs = await triggered(client)
        bulks = [
            await killed_in_the_middle(server, action, random_)
            for _ in range(ROUNDS)
            for action in ("suspend", "resume")
        ]
        async with server.client() as client, asyncio.timeout(END_SECONDS):
            for run in runs:
                found = (await client.get(f"/workflow-runs/{run}?wait=25")).json()["data"]
                assert found["attributes"]["status"] == "completed", found
                assert found["attributes"]["output"] == {"charged": True}
        server.kill()
        check_database(server.data / "turnout.db", bulks)
    assert set(stub.keys) == set(runs)
    assert all(len(set(keys)) == 1 for keys in stub.keys.values())
    print(f"{sum(each['done'] for each in bulks)} changes of {RUNS} runs in {len(bulks)} actions")


async def triggered(client: httpx.AsyncClient) -> list[str]:
    answers = await asyncio.gather(
        *(
            client.post("/workflows/charging/trigger", json=attributes(fields={}))
            for _ in range(RUNS)
        )
    )
    return [answer.json()["data"]["id"] for answer in answers]


async def killed_in_the_middle(
    server: Server, action: str, random_: random.Random
) -> dict[str, Any]:
    """Begin a bulk action, kill the server somewhere in it, and follow it to its end."""
    async with server.client() as client:
        begun = await begin(client, action)
        await asyncio.gather(
            *(client.get(f"/workflow-runs/bulk/{begun}") for _ in range(random_.randrange(6)))
        )
    server.kill()
    server.start()
    async with server.client() as client:
        answer = await client.get(f"/workflow-runs/bulk/{begun}?wait=25")
    found: dict[str, Any] = answer.json()["data"]["attributes"]
    assert found["status"] == "done", found
    assert found["done"] + found["refused"] == found["count"]
    # Some ended while they were waited for; nothing else may be in the way.
    assert set(found["refusals"]) <= {"run_ended"}
    return {**found, "id": begun}


async def begin(client: httpx.AsyncClient, action: str) -> str:
    """Runs go on all the while, so that the count has to be asked for again and again."""
    count = 0
    async with asyncio.timeout(END_SECONDS):
        while True:
            answer = await client.post(
                "/workflow-runs/bulk", json=attributes(action=action, expected_count=count)
            )
            if answer.status_code == 202:
                return str(answer.json()["data"]["id"])
            assert answer.status_code == 409, answer.text
            count = answer.json()["errors"][0]["meta"]["count"]


def check_database(path: Path, bulks: list[dict[str, Any]]) -> None:
    check_database_ends(path, RUNS)
    with closing(sqlite3.connect(path)) as database:
        for table in ("suspensions", "bulk_runs"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        entries = database.execute(
            "SELECT subject, json_extract(CAST(after AS TEXT), '$.bulk') FROM audit_log"
            " WHERE action IN ('run.suspend', 'run.resume')"
        ).fetchall()
    assert len(set(entries)) == len(entries)
    assert Counter(bulk for _, bulk in entries) == {
        each["id"]: each["done"] for each in bulks if each["done"]
    }
