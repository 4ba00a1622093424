"""What stands around every answer: request id, safe headers, one log line, no stray exception."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.conftest import Api, code

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


async def test_a_request_id_comes_back(api: Api) -> None:
    given = await api.get("/workflows", headers={"request-id": "order-17"})
    made = await api.get("/workflows")
    forged = await api.get("/workflows", headers={"request-id": "a b\tc"})
    assert given.headers["request-id"] == "order-17"
    assert made.headers["request-id"].startswith("req_")
    assert forged.headers["request-id"].startswith("req_")


async def test_every_answer_has_a_request_id_and_safe_headers(api: Api) -> None:
    for path in ("/healthz", "/nowhere", "/api/v1/workflows", "/api/v1/nowhere"):
        answer = await api.http.get(path)
        assert answer.headers["request-id"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers


async def test_health_needs_no_key(api: Api) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await api.http.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert (await api.http.head(path)).status_code == 200
        assert (await api.http.post(path)).status_code == 405


async def test_the_frameworks_own_refusals_are_in_the_envelope(api: Api) -> None:
    nowhere = await api.get("/nowhere")
    assert (nowhere.status_code, code(nowhere)) == (404, "not_found")
    method = await api.send("PUT", "/workflows")
    assert (method.status_code, code(method)) == (405, "method_not_allowed")
    assert method.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    trailing = await api.get("/workflows/")
    assert (trailing.status_code, code(trailing)) == (404, "not_found")


async def test_head_is_get_without_a_body_and_options_says_what_is_allowed(api: Api) -> None:
    head = await api.send("HEAD", "/workflows")
    got = await api.get("/workflows")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == got.headers["content-length"]
    options = await api.send("OPTIONS", "/workflows")
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")


async def test_what_nobody_expected_is_a_500_with_the_request_id_and_in_the_log(
    api: Api, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    from turnout.api.routes import keys

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("no such luck")

    monkeypatch.setattr(keys, "list_environments", broken)
    answer = await api.get("/environments", headers={"request-id": "order-18"})
    assert (answer.status_code, code(answer)) == (500, "internal_error")
    assert answer.json()["errors"][0]["meta"] == {"request-id": "order-18"}
    assert "luck" not in answer.text
    lines = logged()
    trouble = next(line for line in lines if line["event"] == "unexpected")
    assert trouble["request"] == "order-18"
    assert "ZeroDivisionError: no such luck" in trouble["exception"]
    assert api.keys["admin"] not in json.dumps(lines)


async def test_a_request_is_one_line_without_query_or_body(
    api: Api, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    await api.get("/workflow-runs", params={"filter[key]": "customer-17"})
    await api.post("/workflows", {"name": "confidential", "handle": "///"})
    lines = logged()
    shown = [(each["method"], each["path"], each["status"]) for each in lines]
    assert shown == [("GET", "/api/v1/workflow-runs", 200), ("POST", "/api/v1/workflows", 422)]
    assert all(each["key"].startswith("key_") and each["request"] for each in lines)
    told = json.dumps(lines)
    assert "customer-17" not in told
    assert "confidential" not in told
    assert api.keys["admin"] not in told
