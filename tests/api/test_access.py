"""Every operation and every role: who gets in, and that nobody else does."""

import pytest
from tests.api.conftest import Api, code, data

from turnout.api.access import NEEDED, check_table
from turnout.api.app import PREFIX
from turnout.domain.ids import Prefix
from turnout.domain.role import Role

pytestmark = pytest.mark.asyncio(loop_scope="module")

NO_ONE = "01h455vb4pex5vsknk084sn02q"
"""The suffix of ids that nothing here has."""

KINDS = {
    "workflows": Prefix.WORKFLOW,
    "workflow-versions": Prefix.VERSION,
    "rollouts": Prefix.ROLLOUT,
    "workflow-runs": Prefix.RUN,
    "reviews": Prefix.REVIEW,
    "api-keys": Prefix.API_KEY,
}


def concrete(operation: str) -> tuple[str, str]:
    """Method and path of an operation, on a thing that does not exist."""
    method, path = operation.split(" ")
    noun = path.split("/")[1]
    return method, path.replace("{id}", f"{KINDS.get(noun, '')}_{NO_ONE}")


@pytest.mark.parametrize("operation", sorted(NEEDED))
async def test_a_role_gets_in_exactly_where_the_table_says(api: Api, operation: str) -> None:
    method, path = concrete(operation)
    for role in Role:
        answer = await api.send(method, path, key=role.word)
        if role < NEEDED[operation]:
            assert (answer.status_code, code(answer)) == (403, "role_too_low"), role
        else:
            assert answer.status_code not in (401, 403, 405, 500), (role, answer.text)


@pytest.mark.parametrize("operation", sorted(NEEDED))
async def test_nobody_gets_in_without_a_good_key(api: Api, operation: str) -> None:
    method, path = concrete(operation)
    revoked = await api.key(Role.ADMIN)
    await api.send("GET", "/workflows", key=revoked)
    await revoke(api, revoked)
    good = api.keys["admin"]
    wrong = ("", "Bearer", "Bearer ", "Bearer wrong", f"Basic {good}", good, f"Bearer {good} x")
    for header in (*wrong, f"Bearer {revoked}", "Bearer " + "x" * 5000):
        answer = await api.http.request(method, PREFIX + path, headers={"authorization": header})
        assert (answer.status_code, code(answer)) == (401, "unauthenticated"), header
        assert answer.headers["www-authenticate"] == "Bearer"
    bare = await api.http.request(method, PREFIX + path)
    assert bare.status_code == 401


async def revoke(api: Api, secret: str) -> None:
    from turnout.use_cases.authenticate import authenticate

    caller = await authenticate(api.turnout.ports.store, secret)
    done = await api.send("DELETE", f"/api-keys/{caller.key.id}")
    assert done.status_code == 204


async def test_every_path_that_is_served_is_in_the_table(api: Api) -> None:
    served = set(api.app.paths)
    known = {PREFIX + operation.split(" ")[1] for operation in NEEDED}
    assert served == known | {"/healthz", "/readyz"}


VERBS = {
    "decide": Role.OPERATOR,
    "trigger": Role.OPERATOR,
    "events": Role.OPERATOR,
    "cancel": Role.OPERATOR,
    "retry": Role.OPERATOR,
    "rerun": Role.OPERATOR,
    "stop": Role.OPERATOR,
    "revert": Role.OPERATOR,
    "copy": Role.EDITOR,
    "restore": Role.EDITOR,
    "publish": Role.PUBLISHER,
    "promote": Role.PUBLISHER,
    "complete": Role.PUBLISHER,
    "pause": Role.PUBLISHER,
    "resume": Role.PUBLISHER,
    "archive": Role.PUBLISHER,
}
ADMIN_ONLY = {"POST /environments", "GET /api-keys", "POST /api-keys", "DELETE /api-keys/{id}"}


async def test_the_table_gives_each_role_what_the_roles_are_for() -> None:
    for operation, needed in NEEDED.items():
        method, path = operation.split(" ")
        verb = path.rsplit("/", 1)[1]
        if operation in ADMIN_ONLY:
            assert needed is Role.ADMIN, operation
        elif method == "GET":
            assert needed is Role.VIEWER, operation
        elif path.startswith("/workflow-runs/"):
            assert needed is Role.OPERATOR, operation
        elif verb in VERBS:
            assert needed is VERBS[verb], operation
        elif verb != "validate":
            # Nothing else that changes anything is open below those who draft.
            assert needed >= Role.EDITOR, operation


async def test_an_operation_without_a_role_does_not_start() -> None:
    with pytest.raises(RuntimeError, match="GET /secrets"):
        check_table([*NEEDED, "GET /secrets"])
    with pytest.raises(RuntimeError, match="GET /workflows"):
        check_table(set(NEEDED) - {"GET /workflows"})


@pytest.mark.parametrize(
    ("handle", "attributes", "headers"),
    [
        ("", {"fields": {"name": "A"}}, {}),
        ("", {"fields": {"name": "B"}}, {"idempotency-key": "my-own"}),
        ("", {"unknown": 1}, {}),
        ("nowhere", {}, {}),
    ],
    ids=["a run", "its own earlier run", "a wrong request", "no workflow"],
)
async def test_a_key_revoked_after_it_triggered_learns_nothing_more(
    api: Api, handle: str, attributes: dict[str, object], headers: dict[str, str]
) -> None:
    there = await api.workflow()
    secret = await api.key(Role.OPERATOR)
    path = f"/workflows/{there}/trigger"
    for sent in ({}, headers):
        good = await api.post(path, {"fields": {"name": "B"}}, key=secret, headers=sent)
        assert good.status_code == 200
    await revoke(api, secret)
    for _ in range(2):
        answer = await api.post(
            f"/workflows/{handle or there}/trigger", attributes, key=secret, headers=headers
        )
        assert (answer.status_code, code(answer)) == (401, "unauthenticated")


async def test_another_environment_is_403_when_named_and_404_when_meant(api: Api) -> None:
    handle = await api.workflow()
    run = await api.trigger(handle)
    rollout = await api.rollout(handle)
    sandbox = await api.key(Role.ADMIN, "sandbox")
    for path in ("/workflow-runs", "/rollouts", "/api-keys", "/audit-logs"):
        named = await api.get(path, params={"filter[environment]": "production"}, key=sandbox)
        assert (named.status_code, code(named)) == (403, "wrong_environment")
        own = await api.get(path, params={"filter[environment]": "sandbox"}, key=sandbox)
        assert own.status_code == 200
    key = await api.post("/api-keys", {"role": "admin", "environment": "production"}, key=sandbox)
    assert (key.status_code, code(key)) == (403, "wrong_environment")
    for path in (f"/workflow-runs/{run['id']}", f"/workflow-runs/{run['id']}/trace",
                 f"/rollouts/{rollout['id']}"):  # fmt: skip
        assert (await api.get(path, key=sandbox)).status_code == 404
    keys = (await api.get("/api-keys")).json()["data"]
    foreign = await api.send("DELETE", f"/api-keys/{keys[0]['id']}", key=sandbox)
    assert foreign.status_code == 404
    for act in ("cancel", "retry", "rerun"):
        answer = await api.post(f"/workflow-runs/{run['id']}/{act}", key=sandbox)
        assert answer.status_code == 404
    assert (await api.post(f"/rollouts/{rollout['id']}/stop", key=sandbox)).status_code == 404
    listed = await api.get("/workflow-runs", params={"filter[workflow-id]": handle}, key=sandbox)
    assert listed.json()["data"] == []


async def test_an_operator_reverts_to_the_control_and_to_nothing_else(api: Api) -> None:
    handle = await api.workflow()
    first = (await api.trigger(handle))["relationships"]["workflow-version"]["data"]["id"]
    second = await api.next_version(handle, "decline")
    other = await api.post(f"/workflows/{handle}/revert", {"version-id": first}, key="operator")
    assert (other.status_code, code(other)) == (403, "role_too_low")
    await api.next_version(handle, "review", **{"rollout-percentage": 10})
    control = await api.post(
        f"/workflows/{handle}/revert", {"version-id": second["id"]}, key="operator"
    )
    assert control.status_code == 201, control.text
    assert data(control)["attributes"]["state"] == "stopped"
