"""The main job over HTTP: draft, publish, roll out, run, stop, revert, read the history."""

import pytest
from tests.api.conftest import Api, code, data, greeting

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_first_version_is_published_and_a_run_keeps_its_reason(api: Api) -> None:
    handle = await api.workflow(outcome=".decision")
    run = await api.trigger(handle, name="Ada")
    assert run["attributes"]["status"] == "completed"
    assert run["attributes"]["output"] == {"greeting": "Hello Ada", "decision": "approve"}
    assert run["attributes"]["outcome"] == "approve"
    assert run["attributes"]["reason-for-version"] == "v1 because it was live alone"
    read = data(await api.get(f"/workflow-runs/{run['id']}"))
    run["meta"] = read["meta"]
    assert read == run


async def test_a_second_version_takes_its_share_and_every_run_can_be_explained(api: Api) -> None:
    handle = await api.workflow(**{"assignment-key": ".name"})
    await api.next_version(handle, "decline", **{"rollout-percentage": 25})
    rollout = await api.rollout(handle)
    assert rollout["attributes"]["state"] == "active"
    arms = {arm["label"]: arm["percentage"] for arm in rollout["attributes"]["arms"]}
    assert arms == {"treatment": 25, "control": 75}
    for name in ("a", "b", "c", "d", "e", "f", "g", "h"):
        run = (await api.trigger(handle, name=name))["attributes"]
        why = run["assignment"]
        assert (why["key"], why["salt"]) == (name, rollout["id"])
        assert (why["arm"] == "treatment") == (why["bucket"] < 2500)
        assert run["output"]["decision"] == ("decline" if why["arm"] == "treatment" else "approve")


async def test_a_share_is_changed_by_whoever_saw_the_present_one(api: Api) -> None:
    handle = await api.workflow()
    await api.next_version(handle, "decline", **{"rollout-percentage": 25})
    rollout = await api.rollout(handle)
    path = f"/rollouts/{rollout['id']}"
    tag = (await api.get(path)).headers["etag"]
    changed = await api.send("PATCH", path, {"percentage": 50}, headers={"if-match": tag})
    assert data(changed)["attributes"]["percentage"] == 50
    stale = await api.send("PATCH", path, {"percentage": 60}, headers={"if-match": tag})
    assert (stale.status_code, code(stale)) == (412, "stale_object")
    assert stale.json()["errors"][0]["meta"] == {"revision": 2}
    blind = await api.send("PATCH", path, {"percentage": 60})
    assert (blind.status_code, code(blind)) == (428, "precondition_required")


async def test_stop_sends_all_new_runs_to_the_control(api: Api) -> None:
    handle = await api.workflow()
    await api.next_version(handle, "decline", **{"rollout-percentage": 99.99})
    rollout = await api.rollout(handle)
    stopped = await api.post(f"/rollouts/{rollout['id']}/stop", {"reason": "too many declined"})
    assert data(stopped)["attributes"]["state"] == "stopped"
    assert data(stopped)["attributes"]["reason"] == "too many declined"
    run = await api.trigger(handle)
    assert run["attributes"]["version-number"] == 1
    again = await api.post(f"/rollouts/{rollout['id']}/stop")
    assert (again.status_code, code(again)) == (409, "rollout_ended")


async def test_complete_sends_all_new_runs_to_the_treatment(api: Api) -> None:
    handle = await api.workflow()
    await api.next_version(handle, "decline", **{"rollout-percentage": 0.01})
    rollout = await api.rollout(handle)
    completed = await api.post(f"/rollouts/{rollout['id']}/complete")
    assert data(completed)["attributes"]["state"] == "completed"
    assert (await api.trigger(handle))["attributes"]["version-number"] == 2


async def test_revert_puts_the_same_version_live_again(api: Api) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    await api.next_version(handle, "decline")
    done = await api.post(
        f"/workflows/{handle}/revert", {"version-id": first, "description": "back"}
    )
    assert done.status_code == 201, done.text
    assert data(done)["attributes"]["kind"] == "revert"
    run = await api.trigger(handle)
    assert run["relationships"]["workflow-version"]["data"]["id"] == first


async def test_the_history_tells_all_of_it_newest_first(api: Api) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    await api.next_version(handle, "decline", **{"rollout-percentage": 25})
    await api.post(f"/rollouts/{(await api.rollout(handle))['id']}/complete")
    await api.post(f"/workflows/{handle}/revert", {"version-id": first, "description": "back"})
    events = (await api.get(f"/workflows/{handle}/history")).json()["data"]
    told = [(e["attributes"]["event"], e["attributes"]["version-number"]) for e in events]
    assert told == [("reverted-to", 1), ("completed", 2), ("published", 2), ("published", 1)]
    newest = events[0]["attributes"]
    assert [(s["number"], s["percentage"]) for s in newest["shares-before"]] == [(2, 100)]
    assert [(s["number"], s["percentage"]) for s in newest["shares-after"]] == [(1, 100)]
    assert newest["description"] == "back"


async def test_what_was_live_at_an_instant_can_be_asked(api: Api) -> None:
    handle = await api.workflow()
    then = data(await api.get(f"/workflows/{handle}"))["attributes"]["updated-at"]
    await api.next_version(handle, "decline")
    path = f"/workflows/{handle}/history"
    before = data(await api.get(path, params={"at": "2020-01-01T00:00:00Z"}))
    at_first = data(await api.get(path, params={"at": then}))
    at_last = data(await api.get(path, params={"at": "2100-01-01T00:00:00+01:00"}))
    assert before is None
    assert at_first["attributes"]["status"] == "inactive"
    assert at_last["attributes"]["status"] == "active"
    assert at_first["attributes"]["configuration"] != at_last["attributes"]["configuration"]


async def test_promote_brings_a_version_into_an_environment_of_its_own(api: Api) -> None:
    from turnout.domain.role import Role

    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    sandbox = await api.key(Role.ADMIN, "sandbox")
    nothing = await api.post(f"/workflows/{handle}/trigger", {}, key=sandbox)
    assert (nothing.status_code, code(nothing)) == (409, "never_published")
    done = await api.post(f"/workflows/{handle}/promote", {"version-id": first}, key=sandbox)
    assert done.status_code == 201, done.text
    run = await api.post(f"/workflows/{handle}/trigger", {"fields": {"name": "B"}}, key=sandbox)
    assert run.status_code == 200
    elsewhere = await api.get(f"/workflow-runs/{data(run)['id']}")
    assert elsewhere.status_code == 404


async def test_restore_makes_a_draft_of_a_version_and_sets_another_aside(api: Api) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    made = await api.post(f"/workflow-versions/{first}/restore")
    assert made.status_code == 201
    assert data(made)["attributes"]["definition"] == greeting()
    assert data(made)["attributes"]["based-on"] == first
    in_the_way = await api.post(f"/workflow-versions/{first}/restore")
    assert (in_the_way.status_code, code(in_the_way)) == (409, "draft_exists")
    aside = await api.post(f"/workflow-versions/{first}/restore", {"set-aside": True})
    assert aside.status_code == 201
    assert data(aside)["id"] != data(made)["id"]


async def test_two_versions_are_compared_in_sentences(api: Api) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    second = await api.next_version(handle, "decline")
    path = f"/workflow-versions/{second['id']}/diff"
    changes = data(await api.get(path, params={"against": first}))["attributes"]["changes"]
    assert [each["path"] for each in changes] == ["greet"]
    assert "approve" in changes[0]["sentence"]
    assert "decline" in changes[0]["sentence"]
    same = data(await api.get(path, params={"against": second["id"]}))
    assert same["attributes"]["changes"] == []


async def test_pause_refuses_new_runs_and_resume_takes_them_again(api: Api) -> None:
    handle = await api.workflow()
    paused = await api.post(f"/workflows/{handle}/pause", {"reason": "audit"})
    assert data(paused)["attributes"]["status"] == "paused"
    refused = await api.post(f"/workflows/{handle}/trigger", {"fields": {"name": "A"}})
    assert (refused.status_code, code(refused)) == (409, "workflow_paused")
    resumed = await api.post(f"/workflows/{handle}/resume")
    assert data(resumed)["attributes"]["status"] == "running"
    await api.trigger(handle)


async def test_an_archived_workflow_is_hidden_and_final(api: Api) -> None:
    handle = await api.workflow()
    await api.post(f"/workflows/{handle}/archive")
    refused = await api.post(f"/workflows/{handle}/trigger", {})
    assert (refused.status_code, code(refused)) == (409, "workflow_archived")
    listed = await api.get("/workflows", params={"filter[handle]": handle})
    assert listed.json()["data"] == []
    copied = await api.post(f"/workflows/{handle}/copy", {"handle": f"{handle}-copy"})
    assert copied.status_code == 201
    assert data(copied)["relationships"]["draft"]["data"] is not None


async def test_a_waiting_run_is_cancelled_and_rerun(api: Api) -> None:
    from tests.api.conftest import WAITING

    handle = await api.workflow(WAITING)
    run = await api.trigger(handle)
    assert run["attributes"]["status"] == "waiting"
    done = await api.post(f"/workflow-runs/{run['id']}/cancel", {"reason": "not needed"})
    assert data(done)["attributes"]["status"] == "cancelled"
    assert data(done)["attributes"]["completed-at"] is not None
    again = await api.post(f"/workflow-runs/{run['id']}/cancel")
    assert (again.status_code, code(again)) == (409, "run_ended")
    not_faulted = await api.post(f"/workflow-runs/{run['id']}/retry")
    assert (not_faulted.status_code, code(not_faulted)) == (409, "run_not_faulted")
    rerun = await api.post(f"/workflow-runs/{run['id']}/rerun")
    assert data(rerun)["relationships"]["rerun-of"]["data"]["id"] == run["id"]


async def test_the_trace_shows_every_task(api: Api) -> None:
    handle = await api.workflow()
    run = await api.trigger(handle, name="Ada")
    trace = data(await api.get(f"/workflow-runs/{run['id']}/trace"))["attributes"]["trace"]
    assert [task["path"] for task in trace] == ["greet"]
    assert trace[0]["output"]["greeting"] == "Hello Ada"
    created = run["attributes"]["created-at"]
    assert (trace[0]["started-at"], trace[0]["ended-at"]) == (created, created)
    assert not [name for name in trace[0] if "_" in name]


async def test_every_change_is_in_the_audit_log(api: Api) -> None:
    handle = await api.workflow()
    workflow = data(await api.get(f"/workflows/{handle}"))["id"]
    await api.post(f"/workflows/{handle}/pause", {"reason": "audit"})
    newest = (await api.get("/audit-logs")).json()["data"][0]["attributes"]
    assert (newest["action"], newest["subject"]) == ("workflow.pause", workflow)
    assert (newest["before"], newest["after"]) == ({"paused": False}, {"paused": True})
    assert newest["reason"] == "audit"
