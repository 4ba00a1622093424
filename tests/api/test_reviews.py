"""Reviews over HTTP: the list of what waits, and decisions that count exactly once."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.api.conftest import Api, code, data

from turnout.domain.role import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASK = """\
document: {dsl: 1.0.3, namespace: test, name: ask, version: 1.0.0}
do:
  - ask:
      call: human-review
      with:
        queue: ${ .queue // "default" }
        question: Approve?
        choices: [approve, {value: decline, label: "No, thanks"}]
"""
DUE = """\
        due: ${ .due }
        whenDue: decline
"""


async def waiting(api: Api, definition: str = ASK, **fields: Any) -> tuple[str, str, str]:
    """Handle, run and review of a run that waits for a decision."""
    handle = await api.workflow(definition)
    run = await api.trigger(handle, **(fields or {"theirName": "A"}))
    assert run["attributes"]["status"] == "waiting"
    return handle, run["id"], (await listed(api, handle))[0]["id"]


async def listed(api: Api, handle: str, **filters: str) -> list[dict[str, Any]]:
    params = {f"filter[{name}]": value for name, value in filters.items()}
    answer = await api.get("/reviews", params={"filter[workflow-id]": handle, **params})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def decide(
    api: Api, review: str, decision: str = "approve", key: str = "operator", **more: Any
) -> httpx.Response:
    sent = {"decision": decision, "reason": "Seen"}
    return await api.post(f"/reviews/{review}/decide", sent, key=key, **more)


async def ended(api: Api, run: str) -> dict[str, Any]:
    shown: dict[str, Any] = data(await api.get(f"/workflow-runs/{run}?wait=30"))["attributes"]
    return shown


async def test_a_review_says_what_is_asked(api: Api) -> None:
    handle, run, review = await waiting(api, theirName="A")
    shown = data(await api.get(f"/reviews/{review}", key="viewer"))
    asked_at = shown["attributes"].pop("asked-at")
    assert asked_at.endswith("Z")
    assert shown["attributes"] == {
        "status": "waiting",
        "queue": "default",
        "question": "Approve?",
        "data": {"theirName": "A"},
        "choices": [
            {"value": "approve", "label": "approve"},
            {"value": "decline", "label": "No, thanks"},
        ],
        "due-at": None,
        "when-due": None,
        "task": "ask",
        "workflow-handle": handle,
        "decision": None,
        "reason": None,
        "decided-by": None,
        "decided-at": None,
        "automatic": None,
    }
    assert shown["relationships"]["workflow-run"]["data"]["id"] == run
    assert [each["id"] for each in await listed(api, handle)] == [review]


async def test_the_names_in_its_data_are_the_workflows(api: Api) -> None:
    _, _, review = await waiting(api, **{"their-own_Name": "A"})
    for inflection in ("kebab", "camel", "snake"):
        answer = await api.get(f"/reviews/{review}", headers={"key-inflection": inflection})
        assert data(answer)["attributes"]["data"] == {"their-own_Name": "A"}


async def test_the_run_goes_on_with_the_decision(api: Api) -> None:
    handle, run, review = await waiting(api)
    answer = await decide(api, review)
    assert answer.status_code == 200, answer.text
    shown = data(answer)["attributes"]
    assert (shown["status"], shown["decision"], shown["reason"]) == ("decided", "approve", "Seen")
    assert shown["automatic"] is False
    end = await ended(api, run)
    assert end["status"] == "completed"
    assert end["output"]["decision"] == "approve"
    assert end["output"]["reason"] == "Seen"
    assert end["output"]["decidedBy"].startswith("key_")
    assert end["output"]["decidedAt"] == shown["decided-at"]
    assert await listed(api, handle) == []


async def test_it_is_audited(api: Api) -> None:
    _, run, review = await waiting(api)
    await decide(api, review)
    entry = (await api.get("/audit-logs?page[size]=1")).json()["data"][0]["attributes"]
    assert (entry["action"], entry["subject"]) == ("review.decide", review)
    assert entry["before"] == {"status": "waiting"}
    assert entry["after"] == {"status": "decided", "decision": "approve", "run": run}
    assert entry["reason"] == "Seen"


async def test_a_decision_that_is_no_choice_is_422(api: Api) -> None:
    handle, _, review = await waiting(api)
    answer = await decide(api, review, "Approve")
    assert (answer.status_code, code(answer)) == (422, "invalid_value")
    (error,) = answer.json()["errors"]
    assert error["source"]["pointer"] == "/data/attributes/decision"
    assert "approve, decline" in error["details"]
    assert len(await listed(api, handle)) == 1


async def test_a_second_decision_is_409(api: Api) -> None:
    _, _, review = await waiting(api)
    await decide(api, review)
    answer = await decide(api, review, "decline")
    assert (answer.status_code, code(answer)) == (409, "review_closed")
    assert "decided already" in answer.json()["errors"][0]["details"]
    shown = data(await api.get(f"/reviews/{review}"))["attributes"]
    assert shown["decision"] == "approve"


async def test_the_same_request_again_is_the_same_decision(api: Api) -> None:
    _, _, review = await waiting(api)
    once: dict[str, Any] = {"headers": {"idempotency-key": f"decide-{review}"}}
    first, second = [await decide(api, review, **once) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 200)
    assert data(first) == data(second)
    other = await decide(api, review, "decline", **once)
    assert (other.status_code, code(other)) == (409, "idempotency_conflict")


async def test_the_review_of_a_cancelled_run_is_withdrawn(api: Api) -> None:
    handle, run, review = await waiting(api)
    await api.post(f"/workflow-runs/{run}/cancel", {})
    assert await listed(api, handle) == []
    answer = await decide(api, review)
    assert (answer.status_code, code(answer)) == (409, "review_closed")
    assert "withdrawn" in answer.json()["errors"][0]["details"]
    shown = data(await api.get(f"/reviews/{review}"))["attributes"]
    assert (shown["status"], shown["decision"]) == ("withdrawn", None)


WITHOUT = """\
document: {dsl: 1.0.3, namespace: test, name: without, version: 1.0.0}
do:
  - around:
      AROUND
  - then: {call: human-review, with: {question: Then?, choices: [a]}}
"""
FIRST = "ask: {call: human-review, with: {question: First?, choices: [approve]}"


@pytest.mark.parametrize(
    "around",
    [
        f"fork: {{compete: true, branches: [{FIRST}}}, {{won: {{wait: PT0.2S}}}}]}}",
        f"{{try: [{FIRST}, timeout: {{after: PT0.2S}}}}], catch: {{as: late}}}}",
    ],
    ids=["a branch that lost", "a time-out"],
)
async def test_a_review_that_its_run_goes_on_without_is_withdrawn(api: Api, around: str) -> None:
    handle, _, review = await waiting(api, WITHOUT.replace("AROUND", around))
    async with asyncio.timeout(30):
        while (found := await listed(api, handle))[0]["attributes"]["question"] == "First?":
            pass
    assert len(found) == 1
    answer = await decide(api, review)
    assert (answer.status_code, code(answer)) == (409, "review_closed")
    assert "went on without it" in answer.json()["errors"][0]["details"]


async def test_when_it_is_due_its_choice_is_taken(api: Api) -> None:
    _, run, review = await waiting(api, ASK + DUE, due="PT0.5S")
    end = await ended(api, run)
    assert end["output"]["decision"] == "decline"
    assert end["output"]["automatic"] is True
    shown = data(await api.get(f"/reviews/{review}"))["attributes"]
    assert (shown["status"], shown["decision"]) == ("due", "decline")
    assert shown["decided-by"] is None
    assert shown["decided-at"] == shown["due-at"] == end["output"]["decidedAt"]
    answer = await decide(api, review)
    assert (answer.status_code, code(answer)) == (409, "review_closed")


async def test_when_it_is_due_it_may_fault(api: Api) -> None:
    definition = (ASK + DUE).replace("whenDue: decline", "whenDue: fault")
    handle, run, review = await waiting(api, definition, due="PT0.5S")
    end = await ended(api, run)
    assert end["status"] == "faulted"
    assert (end["error"]["status"], end["error"]["instance"]) == (408, "/do/0/ask")
    assert end["error"]["type"].endswith("/timeout")
    assert data(await api.get(f"/reviews/{review}"))["attributes"]["status"] == "due"
    retried = await api.post(f"/workflow-runs/{run}/retry", {})
    assert retried.status_code == 200, retried.text
    assert [each["id"] for each in await listed(api, handle)] != [review]


async def test_a_suspended_run_takes_no_decision_until_it_is_resumed(api: Api) -> None:
    _, run, review = await waiting(api)
    await api.post(f"/workflow-runs/{run}/suspend", {})
    answer = await decide(api, review)
    assert (answer.status_code, code(answer)) == (409, "run_suspended")
    await api.post(f"/workflow-runs/{run}/resume", {})
    assert (await decide(api, review)).status_code == 200
    assert (await ended(api, run))["status"] == "completed"


async def test_a_time_that_is_due_while_its_run_is_suspended_counts_afterwards(api: Api) -> None:
    _, run, review = await waiting(api, ASK + DUE, due="PT0.3S")
    await api.post(f"/workflow-runs/{run}/suspend", {})
    shown = data(await api.get(f"/workflow-runs/{run}?wait=0.5"))["attributes"]
    assert shown["status"] == "suspended"
    await api.post(f"/workflow-runs/{run}/resume", {})
    assert (await ended(api, run))["output"]["automatic"] is True
    assert (await decide(api, review)).status_code == 409


async def test_the_list_has_queues_and_pages_in_the_order_of_urgency(api: Api) -> None:
    handle = await api.workflow(ASK + DUE)
    for due, queue in (("P3D", "risk"), ("P1D", "law"), ("P2D", "risk")):
        await api.trigger(handle, due=due, queue=queue)
    found = await listed(api, handle)
    assert [each["attributes"]["queue"] for each in found] == ["law", "risk", "risk"]
    dues = [each["attributes"]["due-at"] for each in found]
    assert dues == sorted(dues)
    ids = [each["id"] for each in found]
    assert [each["id"] for each in await listed(api, handle, queue="risk")] == ids[1:]
    seen: list[str] = []
    path = f"/reviews?filter[workflow-id]={handle}&page[size]=2"
    while path:
        body = (await api.get(path)).json()
        seen += [each["id"] for each in body["data"]]
        path = (body["links"]["next"] or "").removeprefix("/api/v1")
    assert seen == ids


async def test_another_environment_and_role_neither_see_nor_decide(api: Api) -> None:
    handle, _, review = await waiting(api)
    sandbox = await api.key(Role.ADMIN, "sandbox")
    assert (await decide(api, review, key=sandbox)).status_code == 404
    assert (await api.get(f"/reviews/{review}", key=sandbox)).status_code == 404
    assert (await api.get("/reviews", key=sandbox)).json()["data"] == []
    assert (await decide(api, review, key="viewer")).status_code == 403
    assert len(await listed(api, handle)) == 1


async def test_of_two_deciders_at_once_exactly_one_counts(api: Api) -> None:
    for _ in range(5):
        _, run, review = await waiting(api)
        answers = await asyncio.gather(
            *(decide(api, review, decision) for decision in ("approve", "decline", "approve"))
        )
        assert sorted(each.status_code for each in answers) == [200, 409, 409]
        (won,) = [data(each) for each in answers if each.status_code == 200]
        assert (await ended(api, run))["output"]["decision"] == won["attributes"]["decision"]
        assert await audited(api, review) == 1


async def test_of_a_decision_and_a_cancel_at_once_both_are_told_the_truth(api: Api) -> None:
    definition = ASK + "  - after: {wait: {hours: 1}}\n"
    for _ in range(5):
        _, run, review = await waiting(api, definition)
        decided, cancelled = await asyncio.gather(
            decide(api, review), api.post(f"/workflow-runs/{run}/cancel", {})
        )
        assert cancelled.status_code == 200
        assert decided.status_code in (200, 409)
        shown = data(await api.get(f"/reviews/{review}"))["attributes"]["status"]
        assert shown == ("decided" if decided.status_code == 200 else "withdrawn")
        assert await audited(api, review) == (decided.status_code == 200)
        assert (await ended(api, run))["status"] == "cancelled"


async def audited(api: Api, review: str) -> int:
    entries = (await api.get("/audit-logs?page[size]=20")).json()["data"]
    return sum(each["attributes"]["subject"] == review for each in entries)
