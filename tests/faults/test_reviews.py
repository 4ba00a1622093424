"""`kill -9` between the asking, the deciding and the due times: each review is answered once."""

import asyncio
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from tests.server import Server, attributes, created

KILLS = 8
PER_ROUND = 12
END_SECONDS = 60

ASK = """\
document: {dsl: '1.0.3', namespace: faults, name: ask, version: '1.0.0'}
do:
  - ask:
      call: human-review
      with:
        question: Why?
        choices: [person, clock]
        due: ${ .due }
        whenDue: clock
"""


async def test_reviews_survive_any_kill(tmp_path: Path) -> None:
    seed = int(os.environ.get("TURNOUT_TEST_SEED", "20"))
    print(f"seed {seed} (set TURNOUT_TEST_SEED for another)")
    random_ = random.Random(seed)
    decided: set[str] = set()
    due: set[str] = set()
    with Server(tmp_path) as server:
        server.start()
        async with server.client() as http:
            await created(http, "ask", ASK)
        for _ in range(KILLS):
            await ask(server, random_, due)
            in_doubt = await decide_until_killed(server, random_, decided)
            server.start()
            await decide_again(server, in_doubt, decided)
        await everything_ends(server, decided, due)
        server.kill()
        check_database(server.data / "turnout.db", decided)
    print(f"{KILLS} kills, {len(decided)} decided, {len(due)} left to their due time")
    assert len(decided) > KILLS
    assert len(due) > KILLS


async def ask(server: Server, random_: random.Random, due: set[str]) -> None:
    """Begin runs: some that are due at once or soon, which nobody decides, and some never."""
    async with server.client() as http:
        for _ in range(PER_ROUND):
            left_alone = random_.random() < 0.5
            after = f"PT{random_.random():.2f}S" if left_alone else "P30D"
            answer = await http.post(
                "/workflows/ask/trigger", json=attributes(fields={"due": after})
            )
            assert answer.status_code == 200, answer.text
            if left_alone:
                due.add(answer.json()["data"]["id"])


async def decide_until_killed(
    server: Server, random_: random.Random, decided: set[str]
) -> list[tuple[str, str]]:
    """Decide what is not due soon; the reviews and runs that got no answer before the kill."""
    async with server.client() as http:
        reviews = await waiting(http)
        killed_after = random_.randrange(len(reviews) + 1)
        answered = 0
        in_doubt = []

        async def one(review: str, run: str) -> None:
            nonlocal answered
            try:
                answer = await send(http, review)
            except httpx.TransportError:
                in_doubt.append((review, run))
                return
            assert answer.status_code == 200, answer.text
            decided.add(run)
            answered += 1
            if answered == killed_after:
                server.kill()

        if killed_after == 0:
            server.kill()
        await asyncio.gather(*(one(*each) for each in reviews))
        if killed_after > answered:
            server.kill()
    return in_doubt


async def waiting(http: httpx.AsyncClient) -> list[tuple[str, str]]:
    """(review, run) of those that wait for a person."""
    listed = (await http.get("/reviews?page[size]=100")).json()["data"]
    far = [each for each in listed if each["attributes"]["data"]["due"] == "P30D"]
    return [(each["id"], each["relationships"]["workflow-run"]["data"]["id"]) for each in far]


async def send(http: httpx.AsyncClient, review: str) -> httpx.Response:
    return await http.post(
        f"/reviews/{review}/decide",
        json=attributes(decision="person"),
        headers={"Idempotency-Key": f"decide-{review}"},
    )


async def decide_again(server: Server, in_doubt: list[tuple[str, str]], decided: set[str]) -> None:
    """The same requests again: whether they were heard or not, they succeed now."""
    async with server.client() as http:
        for review, run in in_doubt:
            answer = await send(http, review)
            assert answer.status_code == 200, answer.text
            assert answer.json()["data"]["attributes"]["decision"] == "person"
            decided.add(run)


async def everything_ends(server: Server, decided: set[str], due: set[str]) -> None:
    async with server.client() as http, asyncio.timeout(END_SECONDS):
        for run, by in [*((run, "person") for run in decided), *((run, "clock") for run in due)]:
            answer = await http.get(f"/workflow-runs/{run}?wait=25")
            shown = answer.json()["data"]["attributes"]
            assert shown["status"] == "completed", shown
            assert shown["output"]["decision"] == by
            assert shown["output"]["automatic"] is (by == "clock")
        assert (await http.get("/reviews")).json()["data"] == []


def check_database(path: Path, decided: set[str]) -> None:
    """One answer for each review, one audit entry for each decision of a person."""
    with closing(sqlite3.connect(path)) as database:
        (reviews,) = database.execute("SELECT count(*) FROM reviews").fetchone()
        (runs,) = database.execute("SELECT count(*) FROM runs").fetchone()
        answers = database.execute(
            "SELECT count(*), count(DISTINCT run_id) FROM journal WHERE kind = 'answered'"
        ).fetchone()
        assert (reviews, answers) == (runs, (runs, runs))
        assert database.execute("SELECT count(*) FROM waiting_reviews").fetchone() == (0,)
        (audited,) = database.execute(
            "SELECT count(*) FROM audit_log WHERE action = 'review.decide'"
        ).fetchone()
        assert audited == len(decided)
