"""The application: everything that is served, built from the table of operations."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI
from orjson import Fragment
from starlette.types import ASGIApp, Receive, Scope, Send

from turnout import settings as settings_module
from turnout.api import log
from turnout.api.access import NEEDED, check_table
from turnout.api.authentication import KnownCallers
from turnout.api.documents import types_of
from turnout.api.endpoint import Endpoint, refusal, rendered, respond
from turnout.api.frame import Frame
from turnout.api.inflection import Inflection
from turnout.api.openapi import describe
from turnout.api.operation import Answer, Call, Headers, Operation, Shown
from turnout.api.paths import Paths
from turnout.api.routes import OPERATIONS
from turnout.api.routes.health import Health, Readiness, is_alive
from turnout.api.schema import ANY_OBJECT
from turnout.bootstrap import running
from turnout.domain.errors import NotFound, TurnoutError
from turnout.settings import Settings

PREFIX = "/api/v1"


class Application(FastAPI):
    """FastAPI's state and lifespan around one frame and a table of paths.

    The framework's own layers (its error pages, exception handlers, exit stacks, telemetry) would
    do for every request what the frame and the endpoints do already.

    Attributes:
        paths: path → what answers it.
    """

    paths: Mapping[str, ASGIApp]

    def serve(self, paths: Mapping[str, ASGIApp]) -> None:
        """Answer these paths, and nothing else."""
        self.paths = paths
        self.router.default = _not_found
        self._framed = Frame(Paths(paths, self.router))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application."""
        scope["app"] = self
        await self._framed(scope, receive, send)


def create_app(settings: Settings | None = None) -> Application:
    """The ASGI application; its lifespan starts and ends the whole product.

    Args:
        settings: None to load them from the environment.

    Raises:
        RuntimeError: an operation that the table of roles does not know.
    """
    log.configure()
    operations = (*OPERATIONS, _OPENAPI)
    check_table(each.name for each in operations)
    app = Application(
        title="Turnout",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings or settings_module.load()),
    )
    app.state.known_callers = KnownCallers()
    app.serve(
        {PREFIX + path: endpoint for path, endpoint in _endpoints(operations).items()}
        | {"/healthz": Health(is_alive), "/readyz": Health(Readiness())}
    )
    return app


def _lifespan(
    settings: Settings,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings) as turnout:
            app.state.turnout = turnout
            yield

    return lifespan


def _endpoints(operations: tuple[Operation, ...]) -> dict[str, Endpoint]:
    by_path: dict[str, dict[str, Operation]] = {}
    for each in operations:
        by_path.setdefault(each.path, {})[each.method] = each
    types = types_of(operations)
    return {
        path: Endpoint(
            {method: (each, NEEDED[each.name]) for method, each in methods.items()}, types
        )
        for path, methods in by_path.items()
    }


async def _describe(_: Call) -> Answer:
    return Answer(Fragment(orjson.dumps(description())))


_OPENAPI = Operation(
    "GET",
    "/openapi.json",
    "read-openapi",
    "Read this description",
    _describe,
    (Shown(None, schema=ANY_OBJECT),),
)


def description() -> dict[str, Any]:
    """The OpenAPI description of everything under ``PREFIX``."""
    return describe((*OPERATIONS, _OPENAPI), PREFIX)


async def _not_found(scope: Scope, _: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close"})
        return
    error: TurnoutError = NotFound("not_found", f"There is nothing here; the API is at {PREFIX}.")
    answer = refusal(error, Inflection.KEBAB)
    body = None if answer.document is None else rendered(answer.document, Inflection.KEBAB)
    await respond(scope, send, Headers(scope["headers"]), answer, body)
