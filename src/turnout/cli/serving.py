"""The server process: uvicorn around the API, and what is printed once it listens."""

import importlib
import logging
import os
import resource
import shutil
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from structlog.typing import EventDict, Processor, WrappedLogger

from turnout import bootstrap, sample
from turnout.cli import render, server_file
from turnout.cli.failure import Failure, as_failure
from turnout.cli.protocol import Protocol
from turnout.cli.server_file import RunningServer
from turnout.domain.errors import TurnoutError
from turnout.settings import Settings, SettingsError, as_environment

APP = "turnout.api.app", "create_app"
"""The API is named, not imported: the two rooms do not know each other."""

_GRACE_SECONDS = 3
_OPEN_FILES = 65_536
_log = logging.getLogger("uvicorn.error")

_Message = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve: ``url`` is where this machine reaches it."""

    settings: Settings
    url: str
    port: int
    with_sample: bool


def run(plan: Plan, bound: socket.socket) -> None:
    """Serve on a listening socket until a signal ends it.

    Raises:
        Failure: the app cannot start; says why.
    """
    _allow_many_connections()
    # The app loads its settings by itself, from the environment.
    os.environ.update(as_environment(plan.settings) | {"TURNOUT_PORT": str(plan.port)})
    # What goes wrong at the start is told once, by this command.
    _log.setLevel(logging.CRITICAL)
    module, factory = APP
    app = _App(getattr(importlib.import_module(module), factory)())
    if sys.stderr.isatty():
        _log_failures_alone()
    try:
        _Server(plan, app).run(sockets=[bound])
    except SystemExit:
        if app.failure is None:
            _take_leave()
            raise
    if app.failure is not None:
        raise app.failure


def _log_failures_alone() -> None:
    """On a terminal, requests that went well would only hide what is to be seen."""
    configured: list[Processor] = structlog.get_config()["processors"]
    structlog.configure(processors=[_failed_request, *configured])


def _failed_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    if event["event"] != "request":
        return event
    if 0 < event["status"] < HTTPStatus.BAD_REQUEST:  # 0: nothing was answered
        raise structlog.DropEvent
    told = " ".join(str(event.pop(name)) for name in ("method", "path", "status"))
    return {**event, "event": told}


def _take_leave() -> None:
    """Tell a person that the end is no loss; a program has the exit code."""
    if sys.stdout.isatty():
        render.say()  # the line that shows ^C
        render.say("Ended. Nothing is lost: runs that were under way go on at the next start.")


def _allow_many_connections() -> None:
    """Use as many open files as the machine allows: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _App:
    """The API, with the reason kept when it does not start."""

    def __init__(self, api: Any) -> None:
        self.api = api
        self.failure: Failure | None = None

    def __call__(
        self,
        scope: _Message,
        receive: Callable[[], Awaitable[_Message]],
        send: Callable[[_Message], Awaitable[None]],
    ) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self._live(scope, receive, send)
        answer: Awaitable[None] = self.api(scope, receive, send)
        return answer

    async def _live(self, scope: _Message, receive: Any, send: Any) -> None:
        try:
            await self.api(scope, receive, send)
        except Exception as error:
            self.failure = _failure(error)
            raise


def _failure(error: Exception) -> Failure:
    """Why the server does not start, as one line; what nobody foresaw with its traceback."""
    if isinstance(error, SettingsError):
        return as_failure(error)
    if isinstance(error, TurnoutError):
        return Failure(str(error))  # exit 1 whatever it was
    if isinstance(error, OSError):
        told = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return Failure(f"The server cannot start: {told}.")
    traceback.print_exception(error)
    return Failure(f"The server failed: {error!r}.")


class _Server(uvicorn.Server):
    """Says where it is as soon as it accepts requests."""

    def __init__(self, plan: Plan, app: _App) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop" if sys.platform != "win32" else "asyncio",
                http=Protocol,
                ws="none",
                interface="asgi3",
                lifespan="on",
                access_log=False,
                log_config=None,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
            )
        )
        self._plan = plan
        self._app = app

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then load the sample if wanted, then say where it is."""
        await super().startup(sockets)
        _log.setLevel(logging.ERROR)
        if self.should_exit:
            return
        try:
            await self._begin()
        except Exception as error:
            # Not raised from here: what was started is to be ended in order.
            self._app.failure = _failure(error)
            self.should_exit = True

    async def _begin(self) -> None:
        plan = self._plan
        turnout: bootstrap.Turnout = self._app.api.state.turnout
        if plan.with_sample:
            await bootstrap.load_sample(turnout)
        server_file.write(plan.settings.data_dir, RunningServer(plan.url, os.getpid()))
        _announce(plan, await bootstrap.machine_key(turnout))


def _announce(plan: Plan, key: str) -> None:
    render.say(f"Turnout serves {plan.settings.data_dir} at {plan.url}", "bold")
    if plan.settings.public_url:
        render.say(f"People reach it at {plan.settings.public_url}")
    render.say(f"API:  {plan.url}/api/v1 (described in {plan.url}/api/v1/openapi.json)")
    render.say(f"Key:  {key}")
    render.say("Try in another terminal, in this folder:")
    if shutil.which("turnout") is None:
        render.say(f'  export PATH="{Path(sys.executable).parent}:$PATH"')
    for command in _commands(plan):
        render.say(f"  {command}")
    if sys.stderr.isatty():
        render.say("Requests that fail are told here; all are logged with `2> turnout.log`.", "dim")
    render.say("Ctrl-C ends it.", "dim")
    sys.stdout.flush()


def _commands(plan: Plan) -> tuple[str, ...]:
    if plan.with_sample:
        handle = sample.HANDLE
        return (
            f"turnout status {handle}",
            f"turnout draft diff {handle}",
            f"turnout publish {handle} --percent 25 -m 'Review fewer look-alikes'",
        )
    return (
        "turnout workflow create 'My workflow' --handle my-workflow --file my-workflow.yaml",
        "turnout publish my-workflow",
        "turnout trigger my-workflow --input '{}'",
    )
