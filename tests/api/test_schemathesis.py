"""The description against what is served: no 5xx, and no answer outside its schema.

Schemathesis asks a real server on a free port. Half of the ids in paths are of things that exist.
"""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case, GenerationMode, openapi
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.conftest import WAITING, greeting

from turnout.api.app import PREFIX, create_app, description
from turnout.api.routes import OPERATIONS
from turnout.settings import Settings

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
NEVER = ("/archive", "/api-keys/{id}")
"""What would take away the things that the other requests need."""

there: dict[str, str] = {}
"""First part of a path → id of a thing that exists."""

patterns = {path: each.path_patterns["id"] for each in OPERATIONS if "{id}" in (path := each.path)}
"""Path → what its id looks like."""

config = SchemathesisConfig()
config.projects.default.generation.modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
schema = openapi.from_dict(description(), config=config)


@schema.hook("map_path_parameters")
def existing(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
    path = context.operation.path.removeprefix(PREFIX)
    # What was made to violate the schema must go on doing so.
    if not path_parameters or not re.fullmatch(patterns[path], str(path_parameters["id"])):
        return path_parameters
    if path.endswith(NEVER) or path_parameters["id"][-1] < "c":
        return path_parameters
    return {"id": there.get(path.split("/")[1], path_parameters["id"])}


@schema.hook("map_query")
def impatient(_: Any, query: dict[str, Any] | None) -> dict[str, Any] | None:
    valid = query and isinstance(query.get("wait"), int | float) and 0 <= query["wait"] <= 60
    return {**query, "wait": 0} if query and valid else query


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a real server, in which a rollout runs and a run waits."""
    folder = tmp_path_factory.mktemp("data")
    app = create_app(Settings(data_dir=folder, fast_workers=1, slow_workers=1))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        # The first connection waits in the socket's queue until the server has started.
        assert httpx.get(f"{base}/readyz", timeout=60).status_code == 200
        key = (folder / "admin-key").read_text().strip()
        with httpx.Client(base_url=base, headers={"authorization": f"Bearer {key}"}) as client:
            furnish(client)
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def furnish(client: httpx.Client) -> None:
    def post(path: str, **attributes: Any) -> dict[str, Any]:
        answer = client.post(PREFIX + path, json={"data": {"attributes": attributes}})
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()["data"]
        return found

    made = post("/workflows", name="flow", definition=WAITING, outcome=".decision")
    workflow = made["id"]
    first = post(f"/workflows/{workflow}/publish", revision=1)
    post(f"/workflow-versions/{first['id']}/restore")
    draft = {"data": {"attributes": {"definition": greeting()}}}
    path = f"{PREFIX}/workflows/{workflow}/draft"
    assert client.put(path, json=draft, headers={"if-match": '"2"'}).is_success
    post(f"/workflows/{workflow}/publish", revision=3, **{"rollout-percentage": 25})
    run = post(f"/workflows/{workflow}/trigger", fields={"name": "A"})
    rollouts = client.get(f"{PREFIX}/rollouts").json()["data"]
    there.update(
        {
            "workflows": workflow,
            "workflow-versions": first["id"],
            "workflow-runs": run["id"],
            "rollouts": rollouts[0]["id"],
        }
    )


@schema.parametrize()
@settings(
    max_examples=15,
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_described(case: Case, served: httpx.Client) -> None:
    headers = {"authorization": served.headers["authorization"]}
    answer = case.call(base_url=str(served.base_url), headers=headers)
    case.validate_response(answer, checks=CHECKS, headers=headers)


def test_the_served_description_is_the_one_that_is_tested(served: httpx.Client) -> None:
    assert served.get(f"{PREFIX}/openapi.json").json() == description()
