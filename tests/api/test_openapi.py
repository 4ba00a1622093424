"""The served description says what is served."""

from typing import Any

import httpx
import pytest
from tests.api.conftest import WAITING, Api, data

from turnout.api.access import NEEDED
from turnout.api.app import PREFIX

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def description(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get("/openapi.json", key="viewer")).json()
    return found


async def test_every_operation_is_described_with_its_refusals(api: Api) -> None:
    described = await description(api)
    assert described["openapi"].startswith("3.1")
    there = {
        f"{method.upper()} {path.removeprefix(PREFIX)}": operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert there.keys() == NEEDED.keys()
    ids = [operation["operationId"] for operation in there.values()]
    assert len(set(ids)) == len(ids)
    for name, operation in there.items():
        assert {"400", "401", "403", "500", "503"} <= operation["responses"].keys()
        assert ("404" in operation["responses"]) or "{id}" not in name
        assert NEEDED[name].word in operation["description"]
        if "requestBody" in operation:
            assert {"413", "415", "422"} <= operation["responses"].keys()
            for media, content in operation["requestBody"]["content"].items():
                assert media == "*/*" or content["schema"]["additionalProperties"] is False


async def bulk(api: Api, handle: str) -> httpx.Response:
    """A bulk action over the workflow's one run."""
    wanted = {"action": "suspend", "expected-count": 1}
    return await api.post(f"/workflow-runs/bulk?filter[workflow-id]={handle}", wanted)


async def event(api: Api) -> httpx.Response:
    """An event that is received."""
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/s", "ce-type": "t"}
    return await api.post("/events", headers=attributes)


async def review(api: Api) -> dict[str, Any]:
    """A review that waits."""
    asks = "ask: {call: human-review, with: {question: Why?, choices: [a]}}"
    handle = await api.workflow(WAITING.replace("pause:\n      wait: {hours: 1}", asks))
    await api.trigger(handle)
    found = await api.get("/reviews", params={"filter[workflow-id]": handle})
    waiting: dict[str, Any] = found.json()["data"][0]
    return waiting


async def test_without_fields_a_resource_shows_every_attribute_that_is_described(api: Api) -> None:
    schemas = (await description(api))["components"]["schemas"]
    handle = await api.workflow(WAITING)
    run = await api.trigger(handle)
    version = run["relationships"]["workflow-version"]["data"]["id"]
    rollout = await api.rollout(handle)
    only = {"filter[workflow-id]": handle}
    shown = [
        data(await api.get(f"/workflows/{handle}")),
        run,
        rollout,
        data(await api.get(f"/workflow-versions/{version}/definition")),
        data(await api.get(f"/workflow-runs/{run['id']}/trace")),
        data(await api.get(f"/workflow-versions/{version}/diff", params={"against": version})),
        data(await api.post(f"/workflows/{handle}/draft/validate", {"definition": "x"})),
        data(await api.post("/api-keys", {"role": "viewer"})),
        data(await bulk(api, handle)),
        data(await event(api)),
        await review(api),
        (await api.get(f"/workflows/{handle}/history")).json()["data"][0],
        (await api.get("/audit-logs")).json()["data"][0],
        (await api.get("/environments")).json()["data"][0],
        *(await api.get(f"/workflows/{handle}?include=active-deployment")).json()["included"],
    ]
    for resource in shown:
        described = schemas[resource["type"]]["properties"]["attributes"]["properties"]
        assert resource["attributes"].keys() == described.keys(), resource["type"]
    assert {each["type"] for each in shown} == schemas.keys() - {"error", "errors"}
    listed = (await api.get("/workflow-versions", params=only)).json()["data"][0]
    described = schemas["workflow-version"]["properties"]["attributes"]["properties"]
    assert listed["attributes"].keys() == described.keys() - {"definition"}
