"""The real application on a real SQLite, one per module, asked over ASGI."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from turnout.api.app import create_app
from turnout.bootstrap import Turnout
from turnout.domain.role import Role
from turnout.settings import Settings
from turnout.use_cases.create_api_key import create_api_key

GREET = """\
document: {dsl: 1.0.3, namespace: test, name: greet, version: 1.0.0}
do:
  - greet:
      set:
        greeting: "${ \\"Hello \\" + .name }"
        decision: TEXT
"""

WAITING = """\
document: {dsl: 1.0.3, namespace: test, name: waiting, version: 1.0.0}
do:
  - pause:
      wait: {hours: 1}
"""

_counter = itertools.count(1)


def greeting(decision: str = "approve") -> str:
    """A definition that greets `.name` and decides."""
    return GREET.replace("TEXT", decision)


@dataclass
class Api:
    """A client with keys of every role."""

    http: httpx.AsyncClient
    app: FastAPI
    turnout: Turnout
    keys: dict[str, str] = field(default_factory=dict)

    async def send(
        self,
        method: str,
        path: str,
        attributes: dict[str, Any] | None = None,
        *,
        key: str = "admin",
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> httpx.Response:
        """Ask, with the key of a role, or with `key` itself where no role has that name."""
        sent = {"authorization": f"Bearer {self.keys.get(key, key)}", **(headers or {})}
        if attributes is not None:
            more["json"] = {"data": {"attributes": attributes}}
        return await self.http.request(method, f"/api/v1{path}", headers=sent, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.send("GET", path, **more)

    async def post(
        self, path: str, attributes: dict[str, Any] | None = None, **more: Any
    ) -> httpx.Response:
        return await self.send("POST", path, attributes, **more)

    async def key(self, role: Role, environment: str = "production") -> str:
        """A new key's secret."""
        made = await create_api_key(self.turnout.ports, None, environment=environment, role=role)
        return made.secret

    async def workflow(
        self, definition: str | None = None, *, publish: bool = True, **attributes: Any
    ) -> str:
        """A new workflow's handle; published at 100 % unless told otherwise."""
        handle = f"flow-{next(_counter)}"
        sent = {"name": handle, "definition": definition or greeting(), **attributes}
        made = await self.post("/workflows", sent)
        assert made.status_code == 201, made.text
        if publish:
            await self.publish(handle)
        return handle

    async def publish(self, handle: str, **attributes: Any) -> dict[str, Any]:
        """Publish the draft at its present revision; the version."""
        draft = (await self.get(f"/workflows/{handle}/draft")).json()["data"]["attributes"]
        wanted = {"revision": draft["revision"], **attributes}
        done = await self.post(f"/workflows/{handle}/publish", wanted)
        assert done.status_code == 201, done.text
        return data(done)

    async def next_version(self, handle: str, decision: str, **attributes: Any) -> dict[str, Any]:
        """Draft and publish another version."""
        saved = await self.send(
            "PUT",
            f"/workflows/{handle}/draft",
            {"definition": greeting(decision)},
            headers={"if-none-match": "*"},
        )
        assert saved.status_code == 201, saved.text
        return await self.publish(handle, **attributes)

    async def trigger(self, handle: str, **fields: Any) -> dict[str, Any]:
        """A new run."""
        done = await self.post(f"/workflows/{handle}/trigger", {"fields": fields or {"name": "A"}})
        assert done.status_code == 200, done.text
        return data(done)

    async def rollout(self, handle: str) -> dict[str, Any]:
        """The workflow's newest rollout."""
        found = await self.get("/rollouts", params={"filter[workflow-id]": handle})
        newest: dict[str, Any] = found.json()["data"][0]
        return newest


def data(response: httpx.Response) -> dict[str, Any]:
    """The one resource of an answer."""
    found: dict[str, Any] = response.json()["data"]
    return found


def code(response: httpx.Response) -> str:
    """The code of an answer's first error."""
    found: str = response.json()["errors"][0]["code"]
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), fast_workers=1, slow_workers=1)
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://turnout") as http:
            made = Api(http, app, app.state.turnout)
            for role in Role:
                made.keys[role.word] = await made.key(role)
            yield made
