"""What use-case tests run on: the whole product without HTTP, driven from synchronous code."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import orjson

from turnout import bootstrap
from turnout.bootstrap import Turnout
from turnout.domain.json import Json
from turnout.domain.role import Role
from turnout.domain.run import Run
from turnout.settings import Settings
from turnout.use_cases.caller import Caller, Claim
from turnout.use_cases.create_api_key import create_api_key
from turnout.use_cases.trigger import trigger

T = TypeVar("T")


class Machine:
    """A Turnout in a folder, with real SQLite and real workers; one caller per environment."""

    def __init__(self, folder: Path, **chosen: Any) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        settings = Settings(data_dir=folder, fast_workers=1, slow_workers=1, **chosen)
        self.turnout: Turnout = self.do(
            self._stack.enter_async_context(bootstrap.running(settings))
        )
        self.callers = {name: self._caller(name) for name in ("production", "sandbox")}

    def close(self) -> None:
        self.do(self._stack.aclose())
        self._runner.close()

    def do(self, work: Awaitable[T]) -> T:
        async def run() -> T:
            return await work

        return self._runner.run(run())

    def call(self, verb: Callable[..., Awaitable[T]], *args: object, **kwargs: object) -> T:
        """Run a use case in production."""
        return self.do(verb(self.turnout.ports, self.callers["production"], *args, **kwargs))

    def trigger(
        self,
        handle: str,
        fields: Json,
        *,
        environment: str = "production",
        claim: Claim | None = None,
    ) -> Run:
        caller = self.callers[environment]
        asking = Caller(caller.key, caller.environment, claim)
        turnout = self.turnout
        work = trigger(turnout.ports, turnout.traffic, asking, handle, orjson.dumps(fields))
        return self.do(work).run

    def _caller(self, environment: str) -> Caller:
        made = self.do(
            create_api_key(self.turnout.ports, None, environment=environment, role=Role.ADMIN)
        )
        return Caller(made.key, made.environment)


def workflow(answer: str) -> str:
    """A definition that answers ``{"version": answer}``; it takes an ``account``."""
    return f"""\
document: {{dsl: '1.0.3', namespace: tests, name: flow, version: '1.0.0'}}
do:
  - answer:
      set:
        version: {answer}
        account: ${{ .account }}
"""
