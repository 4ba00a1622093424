"""Clients trigger while another changes the traffic: every run obeys what was acknowledged (I7)."""

import asyncio
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx

from tests.server import Server, attributes, created, published
from turnout.domain.assignment import arm_of, bucket

CLIENTS = 16
CHANGES = 200

PURE = """\
document: {{dsl: '1.0.3', namespace: races, name: flow, version: '{version}.0.0'}}
do:
  - decide:
      set: {{version: {version}}}
"""

WAITING = """\
document: {{dsl: '1.0.3', namespace: races, name: flow, version: '{version}.0.0'}}
do:
  - pause:
      wait: {{hours: 1}}
"""


@dataclass
class State:
    """What the changer knows to be in force, from ``since`` (its request) on."""

    begun: int
    acknowledged: int | None = None
    deployment: str = ""
    paused: bool = False


@dataclass
class Timeline:
    """Ticks order what happened on this side of the wire; no clock is involved."""

    ticks: Iterator[int] = field(default_factory=count)
    states: list[State] = field(default_factory=list)

    def possible(self, sent: int, heard: int) -> list[State]:
        """The states that a request between two ticks may have met.

        That is the last one acknowledged before it was sent, and every one begun before its answer
        was heard.
        """
        settled = [s for s in self.states if s.acknowledged is not None and s.acknowledged < sent]
        later = [s for s in self.states if s not in settled and s.begun < heard]
        return [settled[-1], *later]


@dataclass(frozen=True)
class Answer:
    """A trigger's answer with the ticks around it."""

    sent: int
    heard: int
    status: int
    body: dict[str, Any]


async def test_no_accepted_run_disobeys_an_acknowledged_change(tmp_path: Path) -> None:
    seed = int(os.environ.get("TURNOUT_TEST_SEED", "7"))
    print(f"seed {seed} (set TURNOUT_TEST_SEED for another)")
    with Server(tmp_path) as server:
        server.start()
        for handle, text in (("pure", PURE), ("waiting", WAITING)):
            await story(server, handle, text, random.Random(seed))


async def story(server: Server, handle: str, text: str, random_: random.Random) -> None:
    timeline, answers = Timeline(), list[Answer]()
    done = asyncio.Event()
    async with server.client() as changer:
        await created(changer, handle, text.format(version=1), assignment_key=".account")
        await published(changer, handle, text.format(version=2), 50)
        timeline.states.append(State(next(timeline.ticks), next(timeline.ticks)))
        await look(changer, handle, timeline.states[0])
        clients = [
            asyncio.create_task(trigger(server, handle, timeline, answers, done, number))
            for number in range(CLIENTS)
        ]
        try:
            for _ in range(CHANGES // 2):
                await change(changer, handle, timeline, random_)
        finally:
            done.set()
        await asyncio.gather(*clients)
    arms: dict[tuple[str, str | None], str] = {}
    for answer in answers:
        check(answer, timeline, arms)
    accepted = sum(answer.status == 200 for answer in answers)
    print(
        f"{handle}: {len(timeline.states) - 1} changes, {accepted} runs accepted of {len(answers)}"
    )
    assert accepted > CHANGES


async def trigger(
    server: Server,
    handle: str,
    timeline: Timeline,
    answers: list[Answer],
    done: asyncio.Event,
    number: int,
) -> None:
    async with server.client() as http:
        for turn in count():
            if done.is_set():
                return
            sent = next(timeline.ticks)
            answer = await http.post(
                f"/workflows/{handle}/trigger",
                json=attributes(fields={"account": f"a-{number}-{turn % 50}"}),
            )
            heard = next(timeline.ticks)
            answers.append(Answer(sent, heard, answer.status_code, answer.json()))


async def change(
    http: httpx.AsyncClient, handle: str, timeline: Timeline, random_: random.Random
) -> None:
    """One change of the traffic, acknowledged, and what is in force since."""
    before = timeline.states[-1]
    request = await chosen(http, handle, before, random_)
    state = State(next(timeline.ticks), paused=before.paused)
    timeline.states.append(state)
    answer = await http.request(**request)
    state.acknowledged = next(timeline.ticks)
    assert answer.status_code in (200, 201), answer.text
    # The deployment is looked up afterwards; nobody else changes it in between.
    await look(http, handle, state)


async def chosen(
    http: httpx.AsyncClient, handle: str, state: State, random_: random.Random
) -> dict[str, Any]:
    found = await http.get(f"/rollouts?filter[workflow-id]={handle}&page[size]=1")
    rollout = found.json()["data"][0]
    active = rollout["attributes"]["state"] == "active"
    kind = random_.choice(["stop", "complete", "share", "share", "pause"] if active else ["revert"])
    if state.paused or kind == "pause":
        verb = "resume" if state.paused else "pause"
        return {"method": "POST", "url": f"/workflows/{handle}/{verb}", "json": attributes()}
    where = f"/rollouts/{rollout['id']}"
    if kind == "share":
        etag = (await http.get(where)).headers["ETag"]
        percent = random_.choice([1, 10, 33.33, 50, 90, 99.99])
        body = attributes(percentage=percent)
        return {"method": "PATCH", "url": where, "json": body, "headers": {"If-Match": etag}}
    if kind in ("stop", "complete"):
        return {"method": "POST", "url": f"{where}/{kind}", "json": attributes()}
    versions = (await http.get(f"/workflow-versions?filter[workflow-id]={handle}")).json()["data"]
    back = next(version for version in versions if not version["attributes"]["live"])
    body = attributes(version_id=back["id"], rollout_percentage=random_.choice([20, 50, 100]))
    return {"method": "POST", "url": f"/workflows/{handle}/revert", "json": body}


async def look(http: httpx.AsyncClient, handle: str, state: State) -> None:
    answer = (await http.get(f"/workflows/{handle}?include=active-deployment")).json()
    state.deployment = answer["data"]["relationships"]["active-deployment"]["data"]["id"]
    state.paused = answer["data"]["attributes"]["status"] == "paused"


def check(answer: Answer, timeline: Timeline, arms: dict[tuple[str, str | None], str]) -> None:
    possible = timeline.possible(answer.sent, answer.heard)
    if answer.status == 409:
        assert answer.body["errors"][0]["code"] == "workflow_paused", answer.body
        assert any(state.paused for state in possible), "refused though it was not paused"
        return
    assert answer.status == 200, answer.body
    data = answer.body["data"]
    assignment = data["attributes"]["assignment"]
    allowed = {state.deployment for state in possible if not state.paused}
    assert assignment["deployment-id"] in allowed, (assignment, possible)
    version = data["relationships"]["workflow-version"]["data"]["id"]
    arm = assignment["deployment-id"], assignment["arm"]
    assert arms.setdefault(arm, version) == version, "one arm, two versions"
    if assignment["salt"] is None:
        return
    points = assignment["basis-points"]
    assert assignment["bucket"] == bucket(assignment["salt"], assignment["key"])
    assert arm_of(assignment["bucket"], points) == assignment["arm"]
