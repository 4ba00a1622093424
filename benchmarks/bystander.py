"""Latency of a bystander workflow over HTTP: alone, then beside triggers of hostile workflows.

`python -m benchmarks.bystander storm` measures only the last part: many hostile workflows that
nobody triggered before, all at once.
"""

import asyncio
import json
import statistics
import sys
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
STORM_WORKFLOWS = 12
STORM_TRIGGERS = 4
"""Of each of them, at once."""

EVERY = 0.02
"""Seconds between a bystander's triggers in a storm, answered or not, so that none is left out for
waiting."""


@dataclass
class Attacks:
    """How long triggers took until they were answered, in seconds, and how they ended."""

    took: list[float] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
        return f"{ends}; longest answer {max(self.took):.2f} s"

    def add(self, seconds: float, end: str) -> None:
        """Count one."""
        self.took.append(seconds)
        self.ends[end] = self.ends.get(end, 0) + 1


def main() -> None:
    """Measure in turn, so that a slow moment of the machine meets both."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.start()
        if sys.argv[1:] != ["storm"]:
            asyncio.run(measure(server))
        asyncio.run(storms(server))


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
            await trigger(http, handle, attacks)


async def trigger(http: httpx.AsyncClient, handle: str, attacks: Attacks) -> None:
    """Trigger a workflow once."""
    begun = time.perf_counter()
    answer = await http.post(f"/workflows/{handle}/trigger", json=attributes(fields={"n": 1}))
    attacks.add(time.perf_counter() - begun, _end(answer))


async def storms(server: Server) -> None:
    """Measure and report storms; each has new workflows and a bystander that runs already.

    Raises:
        SystemExit: a bystander's run was refused or did not complete.
    """
    print(f"\n{load.machine()}; storms of {STORM_WORKFLOWS} new hostile workflows, each triggered")
    print(f"{STORM_TRIGGERS} times at once; a bystander is triggered every {EVERY * 1000:.0f} ms")
    async with server.client() as http:
        await created(http, "innocent", setting(".n + 1"))
        await trigger(http, "innocent", Attacks())
        for turn in range(1, ROUNDS + 1):
            handles = [f"storm-{turn}-{n}" for n in range(STORM_WORKFLOWS)]
            for n, handle in enumerate(handles):
                await created(http, handle, setting(f"{ENDLESS}, {n}"))
            innocent, hostile = await storm(server, handles)
            print(f"storm {turn}: bystander {_milliseconds(innocent)}; hostile: {hostile}")
            if set(innocent.ends) != {"completed"}:
                raise SystemExit(f"not every run of the bystander completed: {innocent.ends}")


async def storm(server: Server, handles: list[str]) -> tuple[Attacks, Attacks]:
    """Trigger all of them at once; what the bystander met until all were answered, and they."""
    innocent, hostile, pending = Attacks(), Attacks(), set[asyncio.Task[None]]()
    everybody = httpx.Limits(max_connections=None)
    async with server.client(limits=everybody) as http, server.client(limits=everybody) as other:
        attackers = asyncio.gather(
            *(trigger(other, handle, hostile) for handle in handles * STORM_TRIGGERS)
        )
        while not attackers.done():
            pending.add(asyncio.create_task(trigger(http, "innocent", innocent)))
            await asyncio.sleep(EVERY)
        await asyncio.gather(attackers, *pending)
    return innocent, hostile


def _milliseconds(attacks: Attacks) -> str:
    took = sorted(attacks.took)
    parts = {"p50": took[len(took) // 2], "p99": took[int(len(took) * 0.99)], "max": took[-1]}
    return ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in parts.items())


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
    print(f"hostile triggers: {attacks}")


if __name__ == "__main__":
    main()
