"""Bad input gets a clear 4xx that names the place, and leaves nothing half-written."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.api.conftest import Api, code, data, greeting

from turnout.domain.ids import Prefix

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"content-type": "application/json"}


def pointer(answer: Any) -> str:
    found: str = answer.json()["errors"][0]["source"]["pointer"]
    return found


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"data": {"attributes": {"name": NaN}}}',
        b'{"data": {"attributes": {"name": -Infinity}}}',
        b'{"data": {"attributes": {"name": 1e999}}}',
        b'{"data": {"attributes": {"name": "a", "name": "b"}}}',
        b'{"data": {"attributes": {"name": "\\ud800"}}}',
        b'{"data": {"attributes": {"\\udfff": 1}}}',
        b'{"data": {"attributes": {"name": "\xff"}}}',
        b'\xef\xbb\xbf{"data": {}}',
        b'{"data": ' + b"[" * 101 + b"]" * 101 + b"}",
        b'{"data": ' + b"[" * 100_000,
        b'{"data": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}",
        b'{"data": ' + b"1" * 5_000 + b"}",
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)
@pytest.mark.parametrize("path", ["/workflows", "/workflows/nowhere/trigger"])
async def test_what_is_not_plain_json_is_400(api: Api, path: str, body: bytes) -> None:
    answer = await api.send("POST", path, content=body, headers=JSON)
    assert (answer.status_code, code(answer)) == (400, "invalid_json"), answer.text


async def test_a_syntax_error_is_told_with_its_place(api: Api) -> None:
    answer = await api.send("POST", "/workflows", content=b'{"data":\n  oops}', headers=JSON)
    assert "line 2, column 3" in answer.json()["errors"][0]["details"]


@pytest.mark.parametrize(
    ("document", "where", "what"),
    [
        ([], "", "invalid_value"),
        ("text", "", "invalid_value"),
        ({"data": []}, "/data", "invalid_value"),
        ({"data": None}, "/data", "invalid_value"),
        ({"data": {"attributes": 7}}, "/data/attributes", "invalid_value"),
        ({"data": {"type": 7}}, "/data/type", "invalid_value"),
        ({"daten": {}}, "/daten", "unknown_attribute"),
        ({"data": {"attribs": {}}}, "/data/attribs", "unknown_attribute"),
        ({"data": {"attributes": {"na/me~": 1, "name": "x"}}}, "/data/attributes/na~1me~0",
         "unknown_attribute"),
        ({"data": {"attributes": {}}}, "/data/attributes/name", "missing_value"),
        ({"data": {"attributes": {"name": 7}}}, "/data/attributes/name", "invalid_value"),
        ({"data": {"attributes": {"name": None}}}, "/data/attributes/name", "invalid_value"),
        ({"data": {"attributes": {"name": " "}}}, "/data/attributes/handle", "invalid_value"),
        ({"data": {"attributes": {"name": "a\0b"}}}, "/data/attributes/name", "invalid_value"),
        ({"data": {"attributes": {"name": "x" * 9999}}}, "/data/attributes/name", "invalid_value"),
        ({"data": {"attributes": {"name": "x", "handle": "a_b"}}}, "/data/attributes/handle",
         "invalid_value"),
        ({"data": {"attributes": {"name": "x", "outcome": ".a ||"}}}, "/data/attributes/outcome",
         "invalid_value"),
        ({"data": {"attributes": {"name": "x", "assignment-key": "env"}}},
         "/data/attributes/assignment-key", "invalid_value"),
    ],
    ids=str,
)  # fmt: skip
async def test_an_attribute_that_is_wrong_is_pointed_at(
    api: Api, document: object, where: str, what: str
) -> None:
    answer = await api.send("POST", "/workflows", json=document)
    assert (answer.status_code, code(answer)) == (422, what), answer.text
    assert answer.json()["errors"][0].get("source", {}).get("pointer", "") == where


async def test_every_wrong_attribute_has_an_error_of_its_own(api: Api) -> None:
    answer = await api.post("/workflows", {"handel": "x", "description": 7})
    errors = {each["source"]["pointer"]: each for each in answer.json()["errors"]}
    assert errors.keys() == {
        f"/data/attributes/{name}" for name in ("handel", "description", "name")
    }
    assert "handle" in errors["/data/attributes/handel"]["details"]


async def test_a_body_of_more_than_2_mib_is_413_however_it_comes(api: Api) -> None:
    handle = await api.workflow()
    for path in ("/workflows", f"/workflows/{handle}/trigger"):
        whole = await api.send("POST", path, content=b" " * 10_000_000, headers=JSON)
        assert (whole.status_code, code(whole)) == (413, "too_large")
        assert whole.headers["connection"] == "close"
        taken = []

        async def endless(taken: list[int] = taken) -> AsyncIterator[bytes]:
            while True:
                taken.append(1)
                yield b" " * 65_536

        chunked = await api.send("POST", path, content=endless(), headers=JSON)
        assert (chunked.status_code, code(chunked)) == (413, "too_large")
        assert len(taken) < 40


async def test_a_definition_of_more_than_1_mib_is_413(api: Api) -> None:
    answer = await api.post("/workflows", {"name": "big", "definition": "#" * 1_048_577})
    assert (answer.status_code, code(answer)) == (413, "too_large")
    assert (await api.get("/workflows/big")).status_code == 404


BAD_DEFINITIONS = {
    "unknown task type": greeting().replace("set:", "sett:"),
    "then to nowhere": greeting() + "      then: nowhere\n",
    "not YAML": "a: [",
    "an alias bomb": "a: &a [x]\n"
    + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 10)}]\n"
        for n in range(20)
    ),
    "hostile": greeting().replace('\\"Hello \\" + .name', "env"),
    "empty": "",
}


@pytest.mark.parametrize("why", BAD_DEFINITIONS)
async def test_a_bad_definition_is_kept_as_a_draft_and_refused_at_publishing(
    api: Api, why: str
) -> None:
    handle = await api.workflow(BAD_DEFINITIONS[why] or " ", publish=False)
    checked = await api.post(f"/workflows/{handle}/draft/validate")
    assert data(checked)["attributes"]["valid"] is False
    refused = await api.post(f"/workflows/{handle}/publish", {"revision": 1})
    assert (refused.status_code, code(refused)) == (422, "definition_invalid"), refused.text
    first = refused.json()["errors"][0]
    assert first["source"] == {"pointer": "/data/attributes/definition"}
    assert first["meta"]["line"] >= 1
    assert first["meta"]["code"]
    assert (await api.get(f"/workflows/{handle}/draft")).status_code == 200
    nothing = await api.post(f"/workflows/{handle}/trigger", {})
    assert (nothing.status_code, code(nothing)) == (409, "never_published")


SHARES = [
    (0, "share_out_of_range"),
    (-1, "share_out_of_range"),
    (100.001, "share_out_of_range"),
    (33.333, "share_too_fine"),
    ("ten", "invalid_value"),
    (None, "invalid_value"),
    (True, "invalid_value"),
    ([25], "invalid_value"),
    (10**400, "share_out_of_range"),
]


@pytest.mark.parametrize(("share", "what"), SHARES, ids=str)
async def test_a_share_that_is_none_is_refused_everywhere(
    api: Api, share: object, what: str
) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    for verb, more in (("publish", {"revision": 1}), ("revert", {"version-id": first}),
                       ("promote", {"version-id": first})):  # fmt: skip
        sent = {**more, "rollout-percentage": share}
        answer = await api.post(f"/workflows/{handle}/{verb}", sent)
        assert (answer.status_code, code(answer)) == (422, what), answer.text
        assert pointer(answer) == "/data/attributes/rollout-percentage"


async def test_refusals_about_traffic(api: Api) -> None:
    handle = await api.workflow(publish=False)
    path = f"/workflows/{handle}"
    half = await api.post(f"{path}/publish", {"revision": 1, "rollout-percentage": 50})
    assert (half.status_code, code(half)) == (422, "first_deploy_not_full")
    first = await api.publish(handle)
    no_draft = await api.post(f"{path}/publish", {"revision": 1})
    assert (no_draft.status_code, code(no_draft)) == (404, "no_draft")
    live = await api.post(f"{path}/revert", {"version-id": first["id"]})
    assert (live.status_code, code(live)) == (409, "already_live")
    other = await api.workflow()
    foreign = (await api.trigger(other))["relationships"]["workflow-version"]["data"]["id"]
    missing = await api.post(f"{path}/revert", {"version-id": foreign})
    assert (missing.status_code, code(missing)) == (404, "not_found")
    no_id = await api.post(f"{path}/revert", {"version-id": "v7"})
    assert (no_id.status_code, code(no_id)) == (422, "invalid_value")
    second = await api.next_version(handle, "decline", **{"rollout-percentage": 25})
    assert second["attributes"]["badge"] == "Treatment • 25 %"
    saved = await api.send("PUT", f"{path}/draft", {"definition": greeting("review")},
                           headers={"if-none-match": "*"})  # fmt: skip
    assert saved.status_code == 201
    assert data(saved)["attributes"]["revision"] == 3
    active = await api.post(f"{path}/publish", {"revision": 3})
    assert (active.status_code, code(active)) == (409, "rollout_active")
    superseding = await api.post(f"{path}/publish", {"revision": 3, "supersede": True})
    assert superseding.status_code == 201


async def test_a_version_that_was_never_live_here_is_not_reverted_to(api: Api) -> None:
    from turnout.domain.role import Role

    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    sandbox = await api.key(Role.ADMIN, "sandbox")
    answer = await api.post(f"/workflows/{handle}/revert", {"version-id": first}, key=sandbox)
    assert (answer.status_code, code(answer)) == (409, "never_live")


@pytest.mark.parametrize(
    "path",
    [
        "/workflows/nowhere",
        "/workflows/Upper",
        "/workflows/a_b",
        "/workflows/%00",
        "/workflows/%ff",
        "/workflows/..%2fapi-keys",
        "/workflow-runs/nonsense",
        "/workflow-runs/wfr_01h455vb4pex5vsknk084sn02q",
        "/workflow-runs/wfr_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "/workflow-runs/wfl_01h455vb4pex5vsknk084sn02q",
        "/rollouts/%F0%9F%92%A9",
        "/workflow-versions/v7",
        "/workflow-versions/wflv_01h455vb4pex5vsknk084sn02q/definition",
        "/rollouts?filter[workflow-id]=nowhere",
        "/workflow-versions?filter[workflow-id]=nowhere",
        "/workflow-versions?filter[workflow-id]=wfl_zzz",
        "/workflow-runs?filter[workflow-id]=%F0%9F%92%A9",
    ],
)
async def test_what_is_not_here_is_404(api: Api, path: str) -> None:
    answer = await api.get(path)
    assert (answer.status_code, code(answer)) == (404, "not_found"), answer.text


async def test_an_input_that_does_not_fit_the_schema_is_422_with_its_place(api: Api) -> None:
    schema = "input: {schema: {document: {type: object, properties: {age: {type: integer}}}}}\n"
    handle = await api.workflow(greeting().replace("do:\n", schema + "do:\n"))
    answer = await api.post(f"/workflows/{handle}/trigger", {"fields": {"name": "A", "age": "x"}})
    assert (answer.status_code, code(answer)) == (422, "input_invalid"), answer.text
    assert pointer(answer) == "/data/attributes/fields/age"


@pytest.mark.parametrize(
    ("attributes", "where"),
    [
        ({"fields": []}, "/data/attributes/fields"),
        ({"fields": None}, "/data/attributes/fields"),
        ({"field": {}}, "/data/attributes/field"),
        ({"fields": {}, "version": "v7"}, "/data/attributes/version"),
    ],
    ids=str,
)
async def test_a_trigger_takes_fields_and_nothing_else(
    api: Api, attributes: dict[str, Any], where: str
) -> None:
    handle = await api.workflow()
    answer = await api.post(f"/workflows/{handle}/trigger", attributes)
    assert answer.status_code == 422
    assert pointer(answer) == where


async def test_input_passes_as_it_came(api: Api) -> None:
    handle = await api.workflow()
    fields = '{"name":"A","big":9007199254740993,"e":"é\\u0000","f":1.5,"x":{}}'
    body = f'{{"data":{{"attributes":{{"fields":{fields}}}}}}}'.encode()
    made = await api.send("POST", f"/workflows/{handle}/trigger", content=body, headers=JSON)
    assert made.status_code == 200, made.text
    assert data(made)["attributes"]["input"] == json.loads(fields)
    read = await api.get(f"/workflow-runs/{data(made)['id']}")
    assert data(read)["attributes"]["input"] == json.loads(fields)


async def test_an_integer_that_would_lose_digits_is_refused(api: Api) -> None:
    handle = await api.workflow()
    answer = await api.post(f"/workflows/{handle}/trigger", {"fields": {"account": 10**25}})
    assert (answer.status_code, code(answer)) == (400, "invalid_json")
    assert "send it as text" in answer.text


def text_attributes(described: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(method, path, attribute) of every attribute that may be text."""
    found = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            # An event has a form of its own, and tests of its own.
            if "application/json" not in content:
                continue
            schema = content["application/json"]["schema"]["properties"]["data"]
            for name, each in schema["properties"]["attributes"]["properties"].items():
                ways = [each, *each.get("anyOf", ())]
                if any("string" in (way.get("type") or "") for way in ways):
                    found.append((method.upper(), path, name))
    return found


async def test_what_is_no_text_is_refused_in_every_attribute(api: Api) -> None:
    handle = await api.workflow()
    run = await api.trigger(handle)
    rollout = await api.rollout(handle)
    ids = {
        "workflows": handle,
        "rollouts": rollout["id"],
        "workflow-runs": run["id"],
        "workflow-versions": run["relationships"]["workflow-version"]["data"]["id"],
        # Nobody has it; what is sent is looked at first.
        "reviews": f"{Prefix.REVIEW}_01h455vb4pex5vsknk084sn02q",
    }
    every = text_attributes((await api.get("/openapi.json")).json())
    assert {"reason", "description", "name", "definition"} <= {name for _, _, name in every}
    for method, described, name in every:
        path = described.removeprefix("/api/v1")
        path = path.replace("{id}", ids.get(path.split("/")[1], ""))
        for escape, status in (("\\u0000", 422), ("\\ud800", 400), ("\\udc00\\ud800", 400)):
            body = f'{{"data":{{"attributes":{{"{name}":"a{escape}b"}}}}}}'
            answer = await api.send(method, path, content=body)
            where = f"{method} {path} {name} {escape}: {answer.text}"
            assert answer.status_code == status, where
            if status == 422:
                pointers = [each["source"]["pointer"] for each in answer.json()["errors"]]
                assert f"/data/attributes/{name}" in pointers, where


@pytest.mark.parametrize(
    "key", [b"a\x00b", b"\xed\xa0\x80", b"\xff", "é".encode()], ids=["nul", "half", "byte", "e"]
)
async def test_an_idempotency_key_that_is_no_plain_text_is_400(api: Api, key: bytes) -> None:
    headers: Any = {"idempotency-key": key}
    answer = await api.post("/workflows", {"name": "x"}, headers=headers)
    assert answer.status_code == 400


@pytest.mark.parametrize("value", ["%00", "a%00b", "%ED%A0%80", "%FF", "%ED%A0%80%ED%B0%80"])
async def test_a_query_that_is_no_text_is_400(api: Api, value: str) -> None:
    for path in (
        f"/workflow-runs?filter[key]={value}",
        f"/workflow-runs?filter[outcome]={value}",
        f"/workflows?filter[handle]={value}",
        f"/rollouts?filter[workflow-id]={value}",
    ):
        assert (await api.get(path)).status_code == 400, path


async def test_a_nul_in_an_input_is_data_like_any_other(api: Api) -> None:
    definition = greeting().replace("decision: approve", 'decision: "${ .name }"')
    handle = await api.workflow(definition, outcome=".decision", **{"assignment-key": ".name"})
    run = await api.trigger(handle, name="a\0b")
    assert run["attributes"]["output"]["decision"] == "a\0b"
    assert data(await api.get(f"/workflow-runs/{run['id']}"))["attributes"] == run["attributes"]
    assert (await api.get("/workflow-runs", params={"filter[workflow-id]": handle})).is_success
    half = await api.send(
        "POST",
        f"/workflows/{handle}/trigger",
        content='{"data":{"attributes":{"fields":{"name":"\\ud800"}}}}',
    )
    assert half.status_code == 400
