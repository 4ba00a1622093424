"""The conventions that every operation keeps."""

import asyncio
import json

import pytest
from tests.api.conftest import WAITING, Api, code, data, greeting

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_both_content_types_are_read_and_the_accepted_one_is_answered(api: Api) -> None:
    handle = await api.workflow()
    body = json.dumps({"data": {"type": "workflow", "attributes": {"description": "x"}}})
    for media in (
        "application/json",
        "application/vnd.api+json",
        "application/json; charset=utf-8",
    ):
        sent = {"content-type": media, "accept": media}
        answer = await api.send("PATCH", f"/workflows/{handle}", content=body, headers=sent)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == media.split(";")[0]


async def test_another_content_type_is_415(api: Api) -> None:
    sent = {"content-type": "application/x-www-form-urlencoded"}
    answer = await api.send("POST", "/workflows", content=b"name=x", headers=sent)
    assert (answer.status_code, code(answer)) == (415, "unsupported_media_type")


async def test_names_are_inflected_in_both_directions_but_never_inside_data(api: Api) -> None:
    camel, snake = {"key-inflection": "camel"}, {"key-inflection": "snake"}
    definition = greeting().replace("greeting:", "some-greeting:")
    made = await api.post(
        "/workflows",
        {"name": "Inflected", "assignmentKey": ".name", "definition": definition},
        headers=camel,
    )
    assert made.status_code == 201, made.text
    attributes = data(made)["attributes"]
    assert attributes["assignmentKey"] == ".name"
    assert "activeDeployment" in data(made)["relationships"]
    handle = attributes["handle"]
    await api.post(
        f"/workflows/{handle}/publish",
        {"revision": 1, "rollout_percentage": 100},
        headers=snake,
    )
    run = await api.post(
        f"/workflows/{handle}/trigger",
        {"fields": {"name": "A", "kebab-name": {"snake_name": 1}}},
        headers=snake,
    )
    shown = data(run)["attributes"]
    assert shown["input"] == {"name": "A", "kebab-name": {"snake_name": 1}}
    assert "some-greeting" in shown["output"]
    assert "basis_points" in shown["assignment"]
    assert "processing_time_seconds" in data(run)["meta"]


async def test_the_pointer_of_an_error_is_written_as_the_client_writes(api: Api) -> None:
    handle = await api.workflow(publish=False)
    answer = await api.post(
        f"/workflows/{handle}/publish",
        {"revision": 1, "rolloutPercentage": 33.333},
        headers={"key-inflection": "camel"},
    )
    source = answer.json()["errors"][0]["source"]
    assert source == {"pointer": "/data/attributes/rolloutPercentage"}


async def test_an_unknown_inflection_is_refused(api: Api) -> None:
    answer = await api.get("/workflows", headers={"key-inflection": "shouting"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"header": "Key-Inflection"}


async def test_pages_lead_forth_and_back(api: Api) -> None:
    handle = await api.workflow()
    ids = [(await api.trigger(handle, name=str(number)))["id"] for number in range(5)][::-1]
    path = "/workflow-runs"
    first = await api.get(path, params={"filter[workflow-id]": handle, "page[size]": "2"})
    assert [each["id"] for each in first.json()["data"]] == ids[:2]
    assert first.json()["links"]["prev"] is None
    second = await api.http.get(
        first.json()["links"]["next"], headers={"authorization": f"Bearer {api.keys['viewer']}"}
    )
    assert [each["id"] for each in second.json()["data"]] == ids[2:4]
    third = await api.get(second.json()["links"]["next"].removeprefix("/api/v1"))
    assert [each["id"] for each in third.json()["data"]] == ids[4:]
    assert third.json()["links"]["next"] is None
    back = await api.get(second.json()["links"]["prev"].removeprefix("/api/v1"))
    assert [each["id"] for each in back.json()["data"]] == ids[:2]


@pytest.mark.parametrize(
    "query",
    [
        "page[size]=0",
        "page[size]=101",
        "page[size]=ten",
        "page[size]=1e1",
        "page[after]=nonsense",
        "page[after]=wfl_01h455vb4pex5vsknk084sn02q",
        "page[size]=1&page[size]=2",
        "page[after]=wfr_01h455vb4pex5vsknk084sn02q&page[before]=wfr_01h455vb4pex5vsknk084sn02q",
        "filter[status]=sleeping",
        "filter[created-after]=yesterday",
        "filter[created-after]=99999-01-01",
        "filter[arm]=left",
        "filter[version-id]=v7",
        "fields[workflow-run]=nonsense",
        "include=nonsense",
        "filter[key]=%ff",
        "filter[key]=",
        "filter[key]=%00",
    ],
)
async def test_a_parameter_that_does_not_fit_is_400(api: Api, query: str) -> None:
    answer = await api.get(f"/workflow-runs?{query}")
    assert answer.status_code == 400, answer.text


async def test_an_unknown_parameter_is_named(api: Api) -> None:
    answer = await api.get("/workflow-runs?filter[state]=x")
    assert (answer.status_code, code(answer)) == (400, "unknown_parameter")
    assert answer.json()["errors"][0]["source"] == {"parameter": "filter[state]"}


async def test_runs_are_filtered(api: Api) -> None:
    handle = await api.workflow(outcome=".decision", **{"assignment-key": ".name"})
    run = await api.trigger(handle, name="Ada")
    other = await api.trigger(handle, name="Bob")
    version = run["relationships"]["workflow-version"]["data"]["id"]

    async def found(**filters: str) -> list[str]:
        wanted = {f"filter[{name.replace('_', '-')}]": value for name, value in filters.items()}
        answer = await api.get("/workflow-runs", params={"filter[workflow-id]": handle, **wanted})
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]]

    both = [other["id"], run["id"]]
    assert await found(status="completed,faulted") == both
    assert await found(status="waiting") == []
    assert await found(version_id=version) == both
    assert await found(outcome="approve") == both
    assert await found(outcome="decline") == []
    assert await found(created_after=run["attributes"]["created-at"]) == both
    assert await found(created_before=other["attributes"]["created-at"]) == [run["id"]]
    assert await found(environment="production") == both


async def test_fields_leave_out_the_rest_and_include_brings_more(api: Api) -> None:
    handle = await api.workflow()
    answer = await api.get(
        f"/workflows/{handle}?fields[workflow]=name,status&include=latest-published-version,"
        "active-deployment,draft&fields[workflow-version]=number"
    )
    assert data(answer)["attributes"] == {"name": handle, "status": "running"}
    included = {each["type"]: each for each in answer.json()["included"]}
    assert included["workflow-version"]["attributes"] == {"number": 1}
    versions = included["workflow-deployment"]["attributes"]["configuration"]["versions"]
    token = included["workflow-version"]["id"]
    assert versions == [{"token": token, "percentage": 100, "label": "treatment"}]


async def test_the_audit_log_has_pages_both_ways(api: Api) -> None:
    handle = await api.workflow()
    for verb in ("pause", "resume", "pause", "resume"):
        await api.post(f"/workflows/{handle}/{verb}", {"reason": "pages"})

    async def turn(link: str) -> tuple[list[str], dict[str, str | None]]:
        answer = await api.get(link.removeprefix("/api/v1"))
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["data"]], answer.json()["links"]

    newest, ways = await turn("/audit-logs?page[size]=2")
    assert ways["prev"] is None
    older, ways_back = await turn(ways["next"] or "")
    assert [int(newest[0]) - int(id_) for id_ in [*newest, *older]] == [0, 1, 2, 3]
    assert (await turn(ways_back["prev"] or ""))[0] == newest
    for wrong in ("evt_1", "-1", ""):
        assert (await api.get(f"/audit-logs?page[before]={wrong}")).status_code == 400


async def test_a_cursor_that_is_not_in_the_list_of_versions_is_400(api: Api) -> None:
    handle, other = await api.workflow(), await api.workflow()
    foreign = (await api.trigger(other))["relationships"]["workflow-version"]["data"]["id"]
    for way in ("after", "before"):
        wanted = {"filter[workflow-id]": handle, f"page[{way}]": foreign}
        answer = await api.get("/workflow-versions", params=wanted)
        assert (answer.status_code, code(answer)) == (400, "bad_request")


async def test_every_change_by_post_takes_an_idempotency_key(api: Api) -> None:
    described = (await api.get("/openapi.json")).json()["paths"]
    without = {
        path
        for path, methods in described.items()
        if "post" in methods
        and not any(each["name"] == "Idempotency-Key" for each in methods["post"]["parameters"])
    }
    # It stores nothing.
    assert without == {"/api/v1/workflows/{id}/draft/validate"}


async def test_the_same_idempotency_key_does_its_work_once(api: Api) -> None:
    handle = await api.workflow()
    path, once = f"/workflows/{handle}/trigger", {"idempotency-key": "order-17"}
    answers = await asyncio.gather(
        *(api.post(path, {"fields": {"name": "A"}}, headers=once) for _ in range(5))
    )
    assert len({data(each)["id"] for each in answers}) == 1
    other = await api.post(path, {"fields": {"name": "B"}}, headers=once)
    assert (other.status_code, code(other)) == (409, "idempotency_conflict")
    query = await api.post(f"{path}?wait=1", {"fields": {"name": "A"}}, headers=once)
    assert query.status_code == 409


async def test_a_repeated_creation_answers_with_what_was_made(api: Api) -> None:
    once = {"idempotency-key": "make-one"}
    first = await api.post("/workflows", {"name": "Once"}, headers=once)
    again = await api.post("/workflows", {"name": "Once"}, headers=once)
    assert (first.status_code, again.status_code) == (201, 201)
    assert data(first)["id"] == data(again)["id"]


async def test_a_repeated_trigger_answers_even_when_its_version_is_not_live_any_more(
    api: Api,
) -> None:
    handle = await api.workflow()
    path, once = f"/workflows/{handle}/trigger", {"idempotency-key": "before-v2"}
    first = await api.post(path, {"fields": {"name": "A"}}, headers=once)
    await api.next_version(handle, "decline")
    again = await api.post(path, {"fields": {"name": "A"}}, headers=once)
    assert data(again)["id"] == data(first)["id"]
    assert data(again)["attributes"]["version-number"] == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_an_idempotency_key_that_cannot_be_one_is_400(api: Api, key: str) -> None:
    answer = await api.post("/workflows", {"name": "x"}, headers={"idempotency-key": key})
    assert answer.status_code == 400


async def test_a_secret_is_shown_once(api: Api) -> None:
    once = {"idempotency-key": "make-key"}
    made = await api.post("/api-keys", {"role": "viewer", "name": "board"}, headers=once)
    assert made.status_code == 201
    secret = data(made)["attributes"]["key"]
    assert (await api.get("/workflows", key=secret)).status_code == 200
    listed = await api.get("/api-keys")
    assert secret not in listed.text
    again = await api.post("/api-keys", {"role": "viewer", "name": "board"}, headers=once)
    assert (again.status_code, code(again)) == (409, "idempotency_conflict")


async def test_wait_answers_at_the_end_or_at_the_time(api: Api) -> None:
    handle = await api.workflow(WAITING.replace("hours: 1", "milliseconds: 20"))
    path = f"/workflows/{handle}/trigger"
    ended = await api.post(f"{path}?wait=30", {"fields": {}})
    assert data(ended)["attributes"]["status"] == "completed"
    endless = await api.workflow(WAITING)
    cut = await api.post(f"/workflows/{endless}/trigger?wait=0.01", {"fields": {}})
    assert data(cut)["attributes"]["status"] == "waiting"
    assert (await api.post(f"{path}?wait=61", {})).status_code == 400


class TestDraftPreconditions:
    async def save(self, api: Api, handle: str, **headers: str) -> tuple[int, str | None]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await api.send(
            "PUT", f"/workflows/{handle}/draft", {"definition": greeting("again")}, headers=sent
        )
        return answer.status_code, answer.headers.get("etag")

    async def test_a_draft_is_created_once_and_saved_on_what_was_seen(self, api: Api) -> None:
        handle = await api.workflow()
        assert await self.save(api, handle) == (428, None)
        assert await self.save(api, handle, if_match='"1"') == (412, None)
        assert await self.save(api, handle, if_match="*") == (412, None)
        # Revision 1 was published: no other text may go by that name.
        assert await self.save(api, handle, if_none_match="*") == (201, '"2"')
        assert await self.save(api, handle, if_none_match="*") == (412, None)
        assert await self.save(api, handle, if_match='"1"') == (412, None)
        assert await self.save(api, handle, if_match='"2"') == (200, '"3"')
        assert await self.save(api, handle, if_match='"2"') == (412, None)

    async def test_if_match_takes_lists_and_the_star_but_no_weak_tag(self, api: Api) -> None:
        handle = await api.workflow(publish=False)
        assert await self.save(api, handle, if_match='"7", "1"') == (200, '"2"')
        assert await self.save(api, handle, if_match="*") == (200, '"3"')
        assert await self.save(api, handle, if_match='W/"3"') == (412, None)
        assert await self.save(api, handle, if_match='"abc"') == (412, None)
        assert await self.save(api, handle, if_match="3") == (400, None)
        assert await self.save(api, handle, if_match="") == (400, None)

    async def test_a_stale_save_learns_the_present_revision(self, api: Api) -> None:
        handle = await api.workflow(publish=False)
        answer = await api.send(
            "PUT",
            f"/workflows/{handle}/draft",
            {"definition": "x"},
            headers={"if-match": '"9"'},
        )
        error = answer.json()["errors"][0]
        assert (error["title"], error["meta"]) == ("Stale object error", {"revision": 1})

    async def test_who_has_this_revision_gets_304(self, api: Api) -> None:
        handle = await api.workflow(publish=False)
        path = f"/workflows/{handle}/draft"
        tag = (await api.get(path)).headers["etag"]
        for seen in (tag, f"W/{tag}", f'"9", {tag}', "*"):
            same = await api.get(path, headers={"if-none-match": seen})
            assert (same.status_code, same.content) == (304, b"")
        changed = await api.get(path, headers={"if-none-match": '"9"'})
        assert changed.status_code == 200

    async def test_publishing_names_the_revision_that_was_reviewed(self, api: Api) -> None:
        handle = await api.workflow(publish=False)
        path = f"/workflows/{handle}/publish"
        blind = await api.post(path, {})
        assert (blind.status_code, code(blind)) == (428, "precondition_required")
        stale = await api.post(path, {"revision": 2})
        assert (stale.status_code, code(stale)) == (412, "stale_object")
        done = await api.post(path, {}, headers={"if-match": '"1"'})
        assert done.status_code == 201

    async def test_discarding_sets_it_aside(self, api: Api) -> None:
        handle = await api.workflow(publish=False)
        path = f"/workflows/{handle}/draft"
        stale = await api.send("DELETE", path, headers={"if-match": '"2"'})
        assert stale.status_code == 412
        assert (await api.send("DELETE", path)).status_code == 204
        gone = await api.get(path)
        assert (gone.status_code, code(gone)) == (404, "no_draft")

    async def test_a_draft_that_was_set_aside_is_named_and_restored(self, api: Api) -> None:
        handle = await api.workflow()
        path = f"/workflows/{handle}/draft"
        never = await api.get(path)
        assert "wflv_" not in never.json()["errors"][0]["details"]
        first = await api.trigger(handle)
        version = first["relationships"]["workflow-version"]["data"]["id"]
        before = data(await api.post(f"/workflow-versions/{version}/restore"))
        restore = f"/workflow-versions/{before['id']}/restore"
        assert (await api.post(restore)).status_code == 404
        assert (await api.send("DELETE", path)).status_code == 204
        gone = await api.get(path)
        assert before["id"] in gone.json()["errors"][0]["details"]
        assert (await api.post(restore, key="operator")).status_code == 403
        back = await api.post(restore)
        assert back.status_code == 201, back.text
        same = ("definition", "based-on", "authors", "problems")
        assert [data(back)["attributes"][name] for name in same] == [
            before["attributes"][name] for name in same
        ]
        assert data(back)["id"] == before["id"]
        assert data(back)["attributes"]["revision"] > before["attributes"]["revision"]
        assert (await api.post(restore)).status_code == 404

    async def test_a_draft_in_the_way_of_a_restored_one_changes_places_with_it(
        self, api: Api
    ) -> None:
        handle = await api.workflow(publish=False)
        path = f"/workflows/{handle}/draft"
        old = data(await api.get(path))
        assert (await api.send("DELETE", path)).status_code == 204
        text = {"definition": "changed"}
        new = await api.send("PUT", path, text, headers={"if-none-match": "*"})
        restore = f"/workflow-versions/{old['id']}/restore"
        assert code(await api.post(restore)) == "draft_exists"
        back = await api.post(restore, {"set-aside": True})
        assert data(back)["attributes"]["definition"] == old["attributes"]["definition"]
        assert (await api.send("DELETE", path)).status_code == 204
        gone = await api.get(path)
        assert old["id"] in gone.json()["errors"][0]["details"]
        again = await api.post(f"/workflow-versions/{data(new)['id']}/restore")
        assert data(again)["attributes"]["definition"] == "changed"
