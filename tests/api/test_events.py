"""`POST /events`: CloudEvents in both forms, and what is refused of them."""

import itertools
import json
from typing import Any

import httpx
import pytest
from tests.api.conftest import Api, code, data

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRUCTURED = {"content-type": "application/cloudevents+json"}

_numbers = itertools.count(1)


def event(**attributes: Any) -> dict[str, Any]:
    known = {"specversion": "1.0", "id": f"e-{next(_numbers)}", "source": "/tests", "type": "t"}
    return {name: value for name, value in {**known, **attributes}.items() if value != "GONE"}


async def send(api: Api, sent: Any, key: str = "operator", **headers: str) -> httpx.Response:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return await api.post("/events", key=key, content=content, headers={**STRUCTURED, **headers})


async def listening(api: Api, type_: str, read: str = "envelope") -> str:
    """A run that waits for events of this type; its id."""
    listen = {"to": {"one": {"with": {"type": type_}}}, "read": read}
    document = {"dsl": "1.0.3", "namespace": "t", "name": "l", "version": "1.0.0"}
    definition = json.dumps({"document": document, "do": [{"hear": {"listen": listen}}]})
    id_: str = (await api.trigger(await api.workflow(definition)))["id"]
    return id_


async def heard(api: Api, run_id: str) -> Any:
    shown = data(await api.get(f"/workflow-runs/{run_id}?wait=20"))["attributes"]
    assert shown["status"] == "completed", shown
    return shown["output"]


async def test_a_structured_event_resumes_the_run_that_listens(api: Api) -> None:
    run_id = await listening(api, "order.paid")
    sent = event(type="order.paid", subject="A-1", data={"amount": 12}, partition=3)
    answer = await send(api, sent)
    assert answer.status_code == 202, answer.text
    shown = data(answer)["attributes"]
    assert (shown["run-ids"], shown["offers"], shown["is-new"]) == ([run_id], 1, True)
    assert (shown["event-id"], shown["source"], shown["event-type"]) == (
        sent["id"],
        "/tests",
        "order.paid",
    )
    assert await heard(api, run_id) == [sent]


@pytest.mark.parametrize(
    ("media", "body", "read"),
    [
        ("application/json", b'{"amount": 12}', {"data": {"amount": 12}}),
        ("application/vnd.x+json; charset=utf-8", b"[1]", {"data": [1]}),
        ("text/plain; charset=utf-8", "é".encode(), {"data": "é"}),
        ("image/png", b"\x89PNG", {"data_base64": "iVBORw=="}),
    ],
)
async def test_a_binary_event_has_its_attributes_in_headers(
    api: Api, media: str, body: bytes, read: dict[str, Any]
) -> None:
    type_ = f"binary-{next(_numbers)}"
    run_id = await listening(api, type_)
    attributes = {"ce-specversion": "1.0", "ce-id": "7", "ce-source": f"/{type_}", "ce-type": type_}
    headers = {**attributes, "ce-subject": "caf%C3%A9", "content-type": media}
    answer = await api.post("/events", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    (found,) = await heard(api, run_id)
    assert found == {
        "specversion": "1.0",
        "id": "7",
        "source": f"/{type_}",
        "type": type_,
        "subject": "café",
        "datacontenttype": media,
        **read,
    }


async def test_a_binary_event_may_have_no_data(api: Api) -> None:
    headers = {"ce-specversion": "1.0", "ce-id": "8", "ce-source": "/s", "ce-type": "t"}
    answer = await api.post("/events", headers=headers)
    assert answer.status_code == 202, answer.text


async def test_a_repeated_event_is_accepted_and_not_offered_again(api: Api) -> None:
    run_id = await listening(api, "again")
    sent = event(type="again")
    first = data(await send(api, sent))
    second = data(await send(api, sent))
    assert second["id"] == first["id"]
    assert (second["attributes"]["is-new"], second["attributes"]["offers"]) == (False, 0)
    assert second["attributes"]["run-ids"] == [run_id]


@pytest.mark.parametrize(
    ("attributes", "pointer"),
    [
        ({"id": "GONE"}, "/id"),
        ({"id": ""}, "/id"),
        ({"source": 7}, "/source"),
        ({"type": None}, "/type"),
        ({"specversion": "0.3"}, "/specversion"),
        ({"time": "yesterday"}, "/time"),
        ({"time": "2026-13-01T00:00:00Z"}, "/time"),
        ({"subject": "x" * 3_000}, "/subject"),
        ({"subject": "two\nlines"}, "/subject"),
        ({"Upper": "x"}, "/Upper"),
        ({"nested": {"a": 1}}, "/nested"),
        ({"ratio": 1.5}, "/ratio"),
        ({"big": 2**40}, "/big"),
        ({"data_base64": "not base64!"}, "/data_base64"),
        ({"data": 1, "data_base64": "AA=="}, "/data_base64"),
    ],
)
async def test_what_is_no_event_is_refused_with_its_place(
    api: Api, attributes: dict[str, Any], pointer: str
) -> None:
    answer = await send(api, event(**attributes))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["source"] == {"pointer": pointer}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"id":"a","id":"b"}'])
async def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    assert (await send(api, body)).status_code in (400, 422)


@pytest.mark.parametrize(
    ("headers", "header"),
    [
        ({"ce-id": ""}, "ce-id"),
        ({"ce-data": "x"}, "ce-data"),
        ({"ce-subject": "%ff"}, "ce-subject"),
        ({"ce-some-name": "x"}, "ce-some-name"),
        ({"ce-time": "now"}, "ce-time"),
    ],
)
async def test_a_header_that_is_wrong_is_named(
    api: Api, headers: dict[str, str], header: str
) -> None:
    known = {"ce-specversion": "1.0", "ce-id": "9", "ce-source": "/s", "ce-type": "t"}
    answer = await api.post("/events", headers={**known, **headers})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["source"] == {"header": header}


@pytest.mark.parametrize(
    "media", ["application/json", "application/cloudevents-batch+json", "application/cloudevents"]
)
async def test_a_body_in_neither_form_is_415(api: Api, media: str) -> None:
    answer = await send(api, event(), **{"content-type": media})
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")
    assert "application/cloudevents+json" in answer.json()["errors"][0]["details"]


async def test_an_event_that_is_too_large_is_413(api: Api) -> None:
    answer = await send(api, event(data="x" * 2_200_000))
    assert answer.status_code == 413


async def test_a_large_event_is_kept_whole(api: Api) -> None:
    run_id = await listening(api, "large", read="data")
    text = "x" * 500_000
    await send(api, event(type="large", data=text))
    assert await heard(api, run_id) == [text]


async def test_a_viewer_may_not_send_events(api: Api) -> None:
    assert (await send(api, event(), key="viewer")).status_code == 403
    assert (await send(api, event(), key="operator")).status_code == 202


async def test_names_of_the_answer_follow_the_key_inflection(api: Api) -> None:
    answer = await send(api, event(), **{"key-inflection": "camel"})
    assert {"eventId", "runIds", "isNew"} <= data(answer)["attributes"].keys()
