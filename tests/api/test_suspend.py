"""Suspend, resume and bulk actions over HTTP."""

from typing import Any

import httpx
import pytest
from tests.api.conftest import WAITING, Api, code, data

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def waiting(api: Api) -> str:
    id_: str = (await api.trigger(await api.workflow(WAITING)))["id"]
    return id_


async def act(
    api: Api, handle: str, action: str, expected: int | None = None, query: str = "", **more: Any
) -> httpx.Response:
    count = {} if expected is None else {"expected-count": expected}
    path = f"/workflow-runs/bulk?filter[workflow-id]={handle}{query}"
    return await api.post(path, {"action": action, **count, **more}, key="operator")


async def test_a_suspended_run_says_who_suspended_it_and_why(api: Api) -> None:
    id_ = await waiting(api)
    answer = await api.post(
        f"/workflow-runs/{id_}/suspend", {"reason": "The bank asks."}, key="operator"
    )
    assert answer.status_code == 200, answer.text
    for shown in (data(answer), data(await api.get(f"/workflow-runs/{id_}"))):
        assert shown["attributes"]["status"] == "suspended"
        assert shown["attributes"]["completed-at"] is None
        suspension = shown["attributes"]["suspension"]
        assert suspension.pop("at").endswith("Z")
        assert suspension.pop("actor").startswith("key_")
        assert suspension == {"reason": "The bank asks.", "problem": None}
    listed = (await api.get("/workflow-runs?filter[status]=suspended")).json()["data"]
    assert [each["attributes"]["suspension"]["reason"] for each in listed if each["id"] == id_] == [
        "The bank asks."
    ]

    answer = await api.post(f"/workflow-runs/{id_}/resume", {}, key="operator")
    assert answer.status_code == 200, answer.text
    assert data(answer)["attributes"]["status"] == "waiting"
    assert data(answer)["attributes"]["suspension"] is None


async def test_what_is_not_possible_is_409_and_says_why(api: Api) -> None:
    id_ = await waiting(api)
    answer = await api.post(f"/workflow-runs/{id_}/resume", {})
    assert (answer.status_code, code(answer)) == (409, "run_not_suspended"), answer.text
    await api.post(f"/workflow-runs/{id_}/suspend", {})
    answer = await api.post(f"/workflow-runs/{id_}/suspend", {})
    assert (answer.status_code, code(answer)) == (409, "run_suspended"), answer.text
    answer = await api.post(f"/workflow-runs/{id_}/retry", {})
    assert (answer.status_code, code(answer)) == (409, "run_not_faulted"), answer.text
    await api.post(f"/workflow-runs/{id_}/cancel", {})
    answer = await api.post(f"/workflow-runs/{id_}/suspend", {})
    assert (answer.status_code, code(answer)) == (409, "run_ended"), answer.text


async def test_the_same_request_twice_suspends_once(api: Api) -> None:
    id_ = await waiting(api)
    for _ in range(2):
        answer = await api.post(
            f"/workflow-runs/{id_}/suspend", {}, headers={"idempotency-key": f"s-{id_}"}
        )
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("path", ["suspend", "resume"])
async def test_a_viewer_and_a_stranger_may_not(api: Api, path: str) -> None:
    id_ = await waiting(api)
    answer = await api.post(f"/workflow-runs/{id_}/{path}", {}, key="viewer")
    assert answer.status_code == 403
    answer = await api.post(f"/workflow-runs/wfr_01m80000000000000000000000/{path}", {})
    assert answer.status_code == 404


async def test_a_bulk_action_is_counted_confirmed_and_followed_to_its_end(api: Api) -> None:
    handle = await api.workflow(WAITING)
    runs = [(await api.trigger(handle))["id"] for _ in range(3)]
    counted = await act(api, handle, action="suspend")
    assert counted.status_code == 200, counted.text
    assert counted.json() == {"data": None, "meta": {"count": 3}}

    begun = await act(api, handle, "suspend", 3, "&wait=60", reason="v8")
    assert begun.status_code == 202, begun.text
    shown = data(begun)["attributes"]
    assert shown.pop("created-at") <= shown.pop("completed-at")
    assert shown == {
        "action": "suspend",
        "status": "done",
        "count": 3,
        "done": 3,
        "refused": 0,
        "refusals": {},
        "reason": "v8",
    }
    again = data(await api.get(f"/workflow-runs/bulk/{data(begun)['id']}", key="viewer"))
    assert again == data(begun)
    for id_ in runs:
        run = data(await api.get(f"/workflow-runs/{id_}"))
        assert run["attributes"]["suspension"]["reason"] == "v8"


async def test_another_count_is_409_and_tells_the_present_one(api: Api) -> None:
    handle = await api.workflow(WAITING)
    await api.trigger(handle)
    answer = await act(api, handle, "cancel", 2)
    assert (answer.status_code, code(answer)) == (409, "count_changed"), answer.text
    (error,) = answer.json()["errors"]
    assert error["meta"] == {"count": 1}
    assert error["source"] == {"pointer": "/data/attributes/expected-count"}
    assert (await act(api, handle, action="cancel")).json()["meta"] == {"count": 1}


async def test_the_filter_is_that_of_the_list(api: Api) -> None:
    handle = await api.workflow(WAITING)
    run = await api.trigger(handle)
    version = run["relationships"]["workflow-version"]["data"]["id"]
    for query, count in (
        (f"&filter[version-id]={version}", 1),
        (f"&filter[key]={run['id']}", 1),
        ("&filter[status]=waiting,faulted", 1),
        ("&filter[status]=completed", 0),
        ("&filter[arm]=treatment", 0),
        ("&filter[outcome]=approve", 0),
        ("&filter[created-after]=2100-01-01T00:00:00Z", 0),
        ("&filter[created-before]=2100-01-01T00:00:00Z", 1),
    ):
        answer = await act(api, handle, "cancel", query=query)
        assert answer.json()["meta"] == {"count": count}, query


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ({}, 422),
        ({"action": "delete"}, 422),
        ({"action": 1}, 422),
        ({"action": "cancel", "expected-count": -1}, 422),
        ({"action": "cancel", "expected-count": 1.5}, 422),
        ({"action": "cancel", "expected-count": True}, 422),
        ({"action": "cancel", "count": 1}, 422),
    ],
)
async def test_a_wrong_request_is_refused(
    api: Api, attributes: dict[str, object], status: int
) -> None:
    answer = await api.post("/workflow-runs/bulk", attributes)
    assert answer.status_code == status, answer.text


async def test_a_bulk_action_is_for_operators_and_of_one_environment(api: Api) -> None:
    answer = await api.post("/workflow-runs/bulk", {"action": "cancel"}, key="viewer")
    assert answer.status_code == 403
    answer = await api.post("/workflow-runs/bulk?filter[environment]=sandbox", {"action": "cancel"})
    assert (answer.status_code, code(answer)) == (403, "wrong_environment")
    answer = await api.post("/workflow-runs/bulk?filter[workflow-id]=nosuch", {"action": "cancel"})
    assert answer.status_code == 404
    answer = await api.get("/workflow-runs/bulk/blk_01m80000000000000000000000")
    assert answer.status_code == 404
    answer = await api.get("/workflow-runs/bulk/nonsense")
    assert answer.status_code == 404
