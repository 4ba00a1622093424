"""Publishing over HTTP: which revision is meant, and what a repeat is answered."""

from typing import Any

import httpx
import pytest
from tests.api.conftest import Api, code, data

pytestmark = pytest.mark.asyncio(loop_scope="module")


def included(answer: httpx.Response, type_: str) -> dict[str, Any]:
    found: dict[str, Any] = next(x for x in answer.json()["included"] if x["type"] == type_)
    return found


@pytest.mark.parametrize("tags", ['"2"', '"2", "3"', 'W/"1"'])
async def test_a_revision_that_if_match_does_not_name_is_400(api: Api, tags: str) -> None:
    handle = await api.workflow(publish=False)
    path = f"/workflows/{handle}/publish"
    refused = await api.post(path, {"revision": 1}, headers={"if-match": tags})
    assert refused.status_code == 400, refused.text
    assert refused.json()["errors"][0]["source"] == {"header": "If-Match"}
    assert (await api.get(f"/workflows/{handle}/draft")).status_code == 200


@pytest.mark.parametrize("tags", ['"1"', '"7", "1"', "*"])
async def test_a_revision_that_if_match_names_too_is_published(api: Api, tags: str) -> None:
    handle = await api.workflow(publish=False)
    path = f"/workflows/{handle}/publish"
    done = await api.post(path, {"revision": 1}, headers={"if-match": tags})
    assert done.status_code == 201, done.text


@pytest.mark.parametrize("tags", ['"1"', '"7", "1"', "*"])
async def test_a_repeat_is_answered_though_the_draft_of_its_if_match_is_gone(
    api: Api, tags: str
) -> None:
    handle = await api.workflow(publish=False)
    path = f"/workflows/{handle}/publish"
    headers = {"idempotency-key": f"once-{handle}", "if-match": tags}
    first = await api.post(path, {}, headers=headers)
    again = await api.post(path, {}, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert data(again)["id"] == data(first)["id"]
    other = await api.post(path, {"description": "other"}, headers=headers)
    assert (other.status_code, code(other)) == (409, "idempotency_conflict")


async def test_the_deployment_that_comes_along_is_the_one_that_was_made(api: Api) -> None:
    handle = await api.workflow(publish=False)
    once = {"idempotency-key": f"once-{handle}"}
    path = f"/workflows/{handle}/publish"
    first = await api.post(path, {"revision": 1}, headers=once)
    made = included(first, "workflow-deployment")
    assert made["attributes"]["status"] == "active"
    await api.next_version(handle, "decline")
    again = included(await api.post(path, {"revision": 1}, headers=once), "workflow-deployment")
    assert again["id"] == made["id"]
    assert again["attributes"]["status"] == "inactive"
    token = again["attributes"]["configuration"]["versions"][0]["token"]
    assert token == data(first)["id"]
