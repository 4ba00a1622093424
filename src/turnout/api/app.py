"""The application: everything that is served, built from the table of operations."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import orjson
from fastapi import FastAPI
from orjson import Fragment
from starlette.routing import Route
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
from turnout.api.routes import OPERATIONS
from turnout.api.routes.health import Health, Readiness, is_alive
from turnout.api.schema import ANY_OBJECT
from turnout.bootstrap import running
from turnout.domain.errors import NotFound, TurnoutError
from turnout.settings import Settings

PREFIX = "/api/v1"


class _Application(FastAPI):
    """FastAPI with one frame around its router.

    The framework's own layers (its error pages, exception handlers, exit stacks, telemetry) would
    do for every request what the frame and the endpoints do already.
    """

    def build_middleware_stack(self) -> ASGIApp:
        """The router, framed."""
        return Frame(self.router)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The ASGI application; its lifespan starts and ends the whole product.

    Args:
        settings: None to load them from the environment.

    Raises:
        RuntimeError: an operation that the table of roles does not know.
    """
    log.configure()
    operations = (*OPERATIONS, _OPENAPI)
    check_table(each.name for each in operations)
    app = _Application(
        title="Turnout",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(settings or settings_module.load()),
    )
    app.state.known_callers = KnownCallers()
    for path, endpoint in _endpoints(operations).items():
        app.router.routes.append(Route(PREFIX + path, endpoint))
    app.router.routes.append(Route("/healthz", Health(is_alive)))
    app.router.routes.append(Route("/readyz", Health(Readiness())))
    app.router.redirect_slashes = False
    app.router.default = _not_found
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
