"""Runs per second of the sample decision over HTTP, beside the same server answering a constant."""

import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from tests.server import Server

from benchmarks import load
from turnout import sample

CLIENTS = (1, 16, 64)
ROUNDS = 5
SECONDS = 3
AIM = 0.15
"""Of the constant's rate, at 16 clients."""


def main() -> None:
    """Measure in turn, so that a slow moment of the machine meets both; print medians."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        server.start()
        asyncio.run(publish_sample(server))
        port = _free_port()
        constant = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.constant", "--port", str(port)]
        )
        try:
            _wait(port)
            report(measure(server, f"http://127.0.0.1:{port}/"))
        finally:
            constant.terminate()
            constant.wait()


def measure(server: Server, constant: str) -> dict[int, list[tuple[load.Load, load.Load]]]:
    """Clients → (sample, constant) of each round, after one round that does not count."""
    url = f"{server.url}/api/v1/workflows/{sample.HANDLE}/trigger"
    body = json.dumps({"data": {"attributes": {"fields": sample.applicants()[0]}}})
    found: dict[int, list[tuple[load.Load, load.Load]]] = {clients: [] for clients in CLIENTS}
    for turn in range(ROUNDS + 1):
        for clients in CLIENTS:
            pair = tuple(
                load.post(each, body, key=server.key, clients=clients, seconds=SECONDS)
                for each in (url, constant)
            )
            if turn:
                found[clients].append((pair[0], pair[1]))
                print(f"round {turn}, {clients:2} clients: {pair[0]}", flush=True)
    return found


def report(found: dict[int, list[tuple[load.Load, load.Load]]]) -> None:
    """A table of medians; the ratio is of each round, then its median."""
    print(f"\n{load.machine()}; medians of {ROUNDS} rounds of {SECONDS} s")
    print("clients   runs/s   p50 ms   p99 ms   constant/s   ratio (min … max)")
    for clients, pairs in found.items():
        ratios = sorted(ours.per_second / limit.per_second for ours, limit in pairs)
        ours = [pair[0] for pair in pairs]
        print(
            f"{clients:7}"
            f"{statistics.median(each.per_second for each in ours):9.0f}"
            f"{statistics.median(each.p50 for each in ours):9.2f}"
            f"{statistics.median(each.p99 for each in ours):9.2f}"
            f"{statistics.median(limit.per_second for _, limit in pairs):13.0f}"
            f"   {statistics.median(ratios):.1%} ({ratios[0]:.1%} … {ratios[-1]:.1%})"
        )
        assert not any(each.bad for pair in pairs for each in pair), "not every answer was good"
    at_16 = statistics.median(ours.per_second / limit.per_second for ours, limit in found[16])
    print(f"aim: {AIM:.0%} at 16 clients: {'held' if at_16 >= AIM else 'missed'}, {at_16:.1%}")


async def publish_sample(server: Server) -> None:
    """The sample's version 1, live alone, with its assignment key and outcome."""
    async with server.client() as http:
        made = await http.post("/workflows", json=_body(_workflow()))
        made.raise_for_status()
        url = f"/workflows/{sample.HANDLE}/publish"
        (await http.post(url, json=_body({"revision": 1}))).raise_for_status()


def _workflow() -> dict[str, object]:
    return {
        "name": sample.NAME,
        "handle": sample.HANDLE,
        "assignment-key": sample.ASSIGNMENT_KEY,
        "outcome": sample.OUTCOME,
        "definition": sample.definition(1),
    }


def _body(attributes: dict[str, object]) -> dict[str, object]:
    return {"data": {"attributes": attributes}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx.get(f"http://127.0.0.1:{port}/")
        except httpx.TransportError:
            continue
        return
    raise SystemExit("the constant server did not start")


if __name__ == "__main__":
    main()
