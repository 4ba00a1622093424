"""Latency of a bystander workflow over HTTP: alone, then beside triggers of hostile workflows."""

import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from tests.hostile.definitions import ENDLESS, setting
from tests.server import Server, attributes, created

from benchmarks import load

CLIENTS = 4
ROUNDS = 3
SECONDS = 8
HOSTILE = {"endless": ENDLESS, "eats-memory": "[range(1e9)]"}
"""Handle → expression; one enemy each, who triggers it again as soon as it is answered."""


@dataclass
class Attacks:
    """How long hostile triggers took until they were answered, in seconds, and how they ended."""

    took: list[float] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def add(self, seconds: float, end: str) -> None:
        """Count one."""
        self.took.append(seconds)
        self.ends[end] = self.ends.get(end, 0) + 1


def main() -> None:
    """Measure in turn, so that a slow moment of the machine meets both."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.start()
        asyncio.run(measure(server))


async def measure(server: Server) -> None:
    """Measure and report.

    Raises:
        SystemExit: a bystander's run was refused or did not complete.
    """
    async with server.client() as http:
        bystander = await created(http, "bystander", setting(".n + 1"))
        for handle, expression in HOSTILE.items():
            await created(http, handle, setting(expression))
        alone, beside, attacks = [], [], Attacks()
        for turn in range(ROUNDS + 1):
            quiet = await bystand(server)
            loud = await under_attack(server, attacks)
            if turn:
                alone.append(quiet)
                beside.append(loud)
                print(f"round {turn}: alone {quiet}, beside {loud}", flush=True)
        report(alone, beside, attacks)
        faulted = await http.get(
            "/workflow-runs",
            params={"filter[workflow-id]": bystander, "filter[status]": "faulted"},
        )
        if any(each.bad for each in (*alone, *beside)) or faulted.json()["data"]:
            raise SystemExit("not every run of the bystander completed")


async def under_attack(server: Server, attacks: Attacks) -> load.Load:
    """The bystander's load while every enemy is at work; waits for their last answers."""
    over = asyncio.Event()
    enemies = [asyncio.create_task(attack(server, handle, attacks, over)) for handle in HOSTILE]
    done = await bystand(server)
    over.set()
    await asyncio.gather(*enemies)
    return done


async def bystand(server: Server) -> load.Load:
    """The bystander's load, from a process of its own."""
    url = f"{server.url}/api/v1/workflows/bystander/trigger"
    body = json.dumps(attributes(fields={"n": 1}))
    return await asyncio.to_thread(
        load.post, url, body, key=server.key, clients=CLIENTS, seconds=SECONDS
    )


async def attack(server: Server, handle: str, attacks: Attacks, over: asyncio.Event) -> None:
    """Trigger a hostile workflow, again and again."""
    async with server.client() as http:
        while not over.is_set():
            begun = time.perf_counter()
            answer = await http.post(f"/workflows/{handle}/trigger", json=attributes(fields={}))
            attacks.add(time.perf_counter() - begun, _end(answer))


def _end(answer: httpx.Response) -> str:
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    status: str = answer.json()["data"]["attributes"]["status"]
    return status


def report(alone: list[load.Load], beside: list[load.Load], attacks: Attacks) -> None:
    """A table of medians, and the longest of the hostile triggers."""
    print(f"\n{load.machine()}; {CLIENTS} clients; medians of {ROUNDS} rounds of {SECONDS} s")
    print("bystander                       runs/s   p50 ms   p99 ms")
    for name, rounds in (("alone", alone), (f"beside {len(HOSTILE)} enemies", beside)):
        print(
            f"{name:28}"
            f"{statistics.median(each.per_second for each in rounds):10.0f}"
            f"{statistics.median(each.p50 for each in rounds):9.2f}"
            f"{statistics.median(each.p99 for each in rounds):9.2f}"
        )
    ends = ", ".join(f"{count} {end}" for end, count in sorted(attacks.ends.items()))
    print(f"hostile triggers: {ends}; longest answer {max(attacks.took):.2f} s")


if __name__ == "__main__":
    main()
