"""Hostile definitions over HTTP: each is refused or faults its run, and nobody else notices."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from tests.hostile.definitions import ATTACKS, COMPLETED, FAULTED, REFUSED, Hostile, setting
from tests.server import Server, attributes, created

CLIENTS = 4
ENEMIES = 2
PATIENCE = 30
"""Seconds that one request may take: a bound, not an expectation."""


@dataclass
class Watch:
    """What was seen on this side of the wire; times in seconds."""

    bystander: list[float] = field(default_factory=list)
    hostile: dict[str, float] = field(default_factory=dict)
    ready: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    busy: int = 0


async def test_every_attack_ends_as_it_must_and_a_bystander_does_not_notice(
    tmp_path: Path,
) -> None:
    with Server(tmp_path) as server:
        server.start()
        watch = Watch()
        async with server.client() as http:
            bystander = await created(http, "bystander", setting(".n + 1"))
            attacks = iter(ATTACKS)
            done = asyncio.Event()
            clients = [
                asyncio.create_task(stand_by(server, n, watch, done)) for n in range(CLIENTS)
            ]
            await asyncio.gather(*(attack(server, attacks, watch) for _ in range(ENEMIES)))
            done.set()
            await asyncio.gather(*clients)
            ended = await counts(http, bystander)
        told(watch)
    assert not watch.wrong, "\n".join(watch.wrong)
    assert ended == {"completed": len(watch.bystander)}
    assert len(watch.bystander) > len(ATTACKS)


async def stand_by(server: Server, number: int, watch: Watch, done: asyncio.Event) -> None:
    """Trigger the bystander until the attacks are over; each run must complete at once."""
    async with server.client() as http:
        while not done.is_set():
            begun = perf_counter()
            answer = await http.post(
                "/workflows/bystander/trigger", json=attributes(fields={"n": number})
            )
            watch.bystander.append(perf_counter() - begun)
            assert answer.status_code == 200, answer.text
            run = answer.json()["data"]["attributes"]
            assert (run["status"], run["output"]) == ("completed", {"x": number + 1})


async def attack(server: Server, attacks: Iterable[Hostile], watch: Watch) -> None:
    """Take one attack after the other, with the machine's key: nobody has more rights."""
    async with server.client() as http:
        http.timeout = httpx.Timeout(PATIENCE)
        for hostile in attacks:
            try:
                end, says = await outcome(http, hostile, watch)
            except (AssertionError, httpx.HTTPError) as error:
                watch.wrong.append(f"{hostile.name}: {error!r}")
                continue
            if end not in hostile.ends or not any(part in says for part in hostile.says):
                watch.wrong.append(f"{hostile.name}: {end}, {says[:300]!r}")


async def outcome(http: httpx.AsyncClient, hostile: Hostile, watch: Watch) -> tuple[str, str]:
    """What became of it, and what was said about that."""
    where = f"/workflows/{hostile.name}"
    own: dict[str, Any] = {
        name.replace("-", "_"): source for name, source in hostile.settings.items()
    }
    made = await ask(http, watch, "POST", "/workflows", name=hostile.name, **own)
    assert made.status_code == 201, made.text
    saved = await ask(
        http, watch, "PUT", f"{where}/draft", {"If-None-Match": "*"}, definition=hostile.definition
    )
    assert saved.status_code == 201, saved.text
    kept = saved.json()["data"]["attributes"]
    assert kept["definition"] == hostile.definition
    published = await ask(http, watch, "POST", f"{where}/publish", revision=1)
    if published.status_code == 422:
        assert any(problem["severity"] == "error" for problem in kept["problems"])
        assert published.json()["errors"][0]["code"] == "definition_invalid"
        return REFUSED, " ".join(each["details"] for each in published.json()["errors"])
    assert published.status_code == 201, published.text
    return await triggered(http, hostile, watch)


async def triggered(http: httpx.AsyncClient, hostile: Hostile, watch: Watch) -> tuple[str, str]:
    """How its run ended, while somebody asks whether the server can work."""
    begun = perf_counter()
    trigger = ask(http, watch, "POST", f"/workflows/{hostile.name}/trigger", fields=hostile.fields)
    answer, _ = await asyncio.gather(trigger, ready(http, watch))
    watch.hostile[hostile.name] = perf_counter() - begun
    assert answer.status_code == 200, answer.text
    run: dict[str, Any] = answer.json()["data"]["attributes"]
    if run["status"] == COMPLETED:
        if "assignment-key" in hostile.settings:
            assert run["assignment"]["key-source"] == "run-id"
        assert run["outcome"] is None
        return COMPLETED, ""
    assert run["status"] == FAULTED, run
    assert run["error"].keys() >= {"type", "status", "title", "detail"}
    return FAULTED, run["error"]["detail"]


async def ready(http: httpx.AsyncClient, watch: Watch) -> None:
    begun = perf_counter()
    answer = await http.get(httpx.URL(http.base_url).join("/readyz"))
    watch.ready.append(perf_counter() - begun)
    assert answer.status_code == 200, f"/readyz: {answer.text}"


async def ask(
    http: httpx.AsyncClient,
    watch: Watch,
    method: str,
    path: str,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> httpx.Response:
    """Ask, and ask again when told that it is busy, as a client should."""
    while True:
        answer = await http.request(method, path, json=attributes(**values), headers=headers)
        if answer.status_code != 503:
            return answer
        watch.busy += 1
        assert int(answer.headers["Retry-After"]) > 0


async def counts(http: httpx.AsyncClient, workflow: str) -> dict[str, int]:
    """The workflow's runs by status, as the server counts them."""
    found = await http.get(f"/rollouts?filter[workflow-id]={workflow}")
    arms = found.json()["data"][0]["attributes"]["arms"]
    names = ("completed", "faulted", "in-flight")
    sums = {name: sum(arm[name] for arm in arms) for name in names}
    return {name: count for name, count in sums.items() if count}


def told(watch: Watch) -> None:
    took = sorted(watch.bystander)
    slowest = sorted(watch.hostile, key=lambda name: -watch.hostile[name])[:3]
    print(f"{len(ATTACKS)} attacks, {len(watch.hostile)} of them triggered")
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in (0.5, 0.99))
    longest = took[-1] * 1000
    print(f"{len(took)} bystanders: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {longest:.1f} ms")
    print("longest hostile triggers:", ", ".join(f"{n} {watch.hostile[n]:.1f} s" for n in slowest))
    print(f"longest /readyz {max(watch.ready):.1f} s; told {watch.busy} times that it is busy")
