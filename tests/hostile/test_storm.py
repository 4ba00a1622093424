"""Many new hostile workflows at once: others do not wait for them, and nothing is half-done."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.hostile.definitions import ENDLESS, FAULTED, setting
from tests.server import Server, attributes, created

WORKFLOWS = 6
TRIGGERS = 4
"""Of each hostile workflow, at once."""


@dataclass
class Storm:
    """What was answered so far: hostile triggers by (handle, status), and the bystander's."""

    hostile: Counter[tuple[str, int]] = field(default_factory=Counter)
    unharmed: int = 0
    meanwhile: int = 0
    """Of the bystander's, those answered before the first hostile one was."""

    retry: list[int] = field(default_factory=list)


async def test_a_storm_of_new_hostile_workflows_passes_by(tmp_path: Path) -> None:
    handles = [f"hostile-{n}" for n in range(WORKFLOWS)]
    with Server(tmp_path) as server:
        server.start()
        async with server.client() as http:
            await created(http, "bystander", setting(".n + 1"))
            for n, handle in enumerate(handles):
                await created(http, handle, setting(f"{ENDLESS}, {n}"))
            storm, over = Storm(), asyncio.Event()
            bystander = asyncio.create_task(stand_by(server, storm, over))
            await asyncio.gather(
                *(trigger(http, handle, storm) for handle in handles for _ in range(TRIGGERS))
            )
            over.set()
            await bystander
            stored = {handle: await faulted(http, handle) for handle in handles}
    print(f"{dict(Counter(status for _, status in storm.hostile.elements()))}; {storm.unharmed}")
    assert storm.hostile.total() == WORKFLOWS * TRIGGERS
    assert {status for _, status in storm.hostile} <= {200, 503}
    assert all(seconds > 0 for seconds in storm.retry)
    # What was refused left nothing, and what was judged was judged once.
    assert stored == {handle: storm.hostile[handle, 200] for handle in handles}
    assert sum(stored.values()) > 0
    assert storm.meanwhile > 0


async def stand_by(server: Server, storm: Storm, over: asyncio.Event) -> None:
    """Trigger a new, harmless workflow until the storm is over: never refused, never failed."""
    async with server.client() as http:
        while not over.is_set():
            answer = await http.post(
                "/workflows/bystander/trigger", json=attributes(fields={"n": 1})
            )
            assert answer.status_code == 200, answer.text
            run = answer.json()["data"]["attributes"]
            assert (run["status"], run["output"]) == ("completed", {"x": 2})
            storm.unharmed += 1
            storm.meanwhile += not storm.hostile


async def trigger(http: httpx.AsyncClient, handle: str, storm: Storm) -> None:
    """One hostile trigger: its run faults, or it is refused as it is to be repeated."""
    answer = await http.post(f"/workflows/{handle}/trigger", json=attributes(fields={}))
    storm.hostile[handle, answer.status_code] += 1
    if answer.status_code == 503:
        storm.retry.append(int(answer.headers["Retry-After"]))
    else:
        assert answer.json()["data"]["attributes"]["status"] == FAULTED


async def faulted(http: httpx.AsyncClient, handle: str) -> int:
    """How many runs the workflow has; each must be faulted."""
    found = await http.get("/workflow-runs", params={"filter[workflow-id]": handle})
    assert found.status_code == 200, found.text
    runs = found.json()["data"]
    assert {run["attributes"]["status"] for run in runs} <= {FAULTED}
    return len(runs)
