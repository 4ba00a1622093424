"""`kill -9` while events come, are heard and emitted: none is lost, none is heard twice (I8)."""

import asyncio
import json
import os
import random
import sqlite3
from collections import Counter, deque
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.faults.test_kill import check_database_ends
from tests.server import Server, attributes, created

KILLS = 8
CLIENTS = 4
NAMES_PER_KILL = 6
VOTES = 3
END_SECONDS = 120

HEAR = """\
document: {dsl: '1.0.3', namespace: faults, name: hear, version: '1.0.0'}
do:
  - hear:
      listen:
        to:
          any:
            - with: {type: vote}
              correlate: {name: {from: .subject, expect: '${ .name }'}}
          until: length == 3
      export: {as: '{votes: $output}'}
  - tell:
      emit: {event: {with: {type: heard, data: '${ {name: $workflow.input.name} }'}}}
  - show:
      set: {votes: '${ $context.votes }'}
"""

ECHO = """\
document: {dsl: '1.0.3', namespace: faults, name: echo, version: '1.0.0'}
do:
  - hear:
      listen:
        to: {one: {with: {type: heard, data: '${ .name == $workflow.input.name }'}}}
"""


@dataclass
class Story:
    """What is done about one name, step by step, each step until it is acknowledged."""

    name: str
    steps: int = 0
    hear: str = ""
    echo: str = ""

    @property
    def is_over(self) -> bool:
        return self.steps == 2 + VOTES

    async def go_on(self, http: httpx.AsyncClient) -> None:
        """Take the next step, or take it again: nobody knows what became of it."""
        if self.steps == 0:
            self.echo = await trigger(http, "echo", self.name)
        elif self.steps == 1:
            self.hear = await trigger(http, "hear", self.name)
        else:
            await vote(http, self.name, self.steps - 1)
        self.steps += 1


async def trigger(http: httpx.AsyncClient, workflow: str, name: str) -> str:
    answer = await http.post(
        f"/workflows/{workflow}/trigger",
        json=attributes(fields={"name": name}),
        headers={"Idempotency-Key": f"{workflow}-{name}"},
    )
    assert answer.status_code == 200, answer.text
    id_: str = answer.json()["data"]["id"]
    return id_


async def vote(http: httpx.AsyncClient, name: str, number: int) -> None:
    event = {"specversion": "1.0", "id": f"{name}-{number}", "source": "/faults", "type": "vote"}
    answer = await http.post(
        "/events",
        content=json.dumps({**event, "subject": name, "data": number}),
        headers={"Content-Type": "application/cloudevents+json"},
    )
    assert answer.status_code == 202, answer.text


async def test_no_event_is_lost_or_heard_twice_over_any_kill(tmp_path: Path) -> None:
    seed = int(os.environ.get("TURNOUT_TEST_SEED", "20"))
    print(f"seed {seed} (set TURNOUT_TEST_SEED for another)")
    random_ = random.Random(seed)
    stories: list[Story] = []
    with Server(tmp_path, {}) as server:
        server.start()
        async with server.client() as http:
            await created(http, "hear", HEAR)
            await created(http, "echo", ECHO)
        for kill in range(KILLS):
            stories += [Story(f"n{kill}-{n}") for n in range(NAMES_PER_KILL)]
            await tell_until_killed(server, stories, random_)
            server.start()
        await finish(server, stories)
        await everything_is_heard(server, stories)
        server.kill()
        database = server.data / "turnout.db"
        check_database_ends(database, 2 * len(stories))
        check_each_event_was_heard_once(database, stories)


async def tell_until_killed(server: Server, stories: list[Story], random_: random.Random) -> None:
    """Go on with all stories from several clients; kill after a random number of steps."""
    left = random_.randrange(1, NAMES_PER_KILL * (2 + VOTES))
    open_ = deque(random_.sample(unfinished(stories), len(unfinished(stories))))

    async def client() -> None:
        nonlocal left
        async with server.client() as http:
            while open_ and left > 0:
                story = open_.popleft()
                try:
                    await story.go_on(http)
                except httpx.TransportError:
                    return
                if not story.is_over:
                    open_.append(story)
                left -= 1
                if left == 0:
                    # In the midst of what the other clients have sent.
                    server.kill()

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    if left > 0:
        server.kill()


def unfinished(stories: list[Story]) -> list[Story]:
    return [story for story in stories if not story.is_over]


async def finish(server: Server, stories: list[Story]) -> None:
    async with server.client() as http:
        for story in unfinished(stories):
            while not story.is_over:
                await story.go_on(http)


async def everything_is_heard(server: Server, stories: list[Story]) -> None:
    """Every run ends with its own events, in the order in which they were sent."""
    async with server.client() as http, asyncio.timeout(END_SECONDS):
        for story in stories:
            heard = await output(http, story.hear)
            assert heard == {"votes": list(range(1, VOTES + 1))}, (story, heard)
            assert await output(http, story.echo) == [{"name": story.name}]


async def output(http: httpx.AsyncClient, run: str) -> Any:
    answer = await http.get(f"/workflow-runs/{run}?wait=25")
    shown = answer.json()["data"]["attributes"]
    assert shown["status"] == "completed", shown
    return shown["output"]


def check_each_event_was_heard_once(path: Path, stories: list[Story]) -> None:
    """As many events as were sent and emitted, and no run took one of them twice."""
    with closing(sqlite3.connect(path)) as database:
        kinds = Counter(row[0] for row in database.execute("SELECT type FROM events"))
        assert kinds == {"vote": VOTES * len(stories), "heard": len(stories)}
        left = database.execute("SELECT count(*) FROM deliveries WHERE state = 'pending'")
        assert left.fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM subscriptions").fetchone() == (0,)
        taken = database.execute("SELECT count(*) FROM deliveries WHERE state = 'taken'")
        assert taken.fetchone() == ((VOTES + 1) * len(stories),)
    print(f"{KILLS} kills, {dict(kinds)} events, {2 * len(stories)} runs")
