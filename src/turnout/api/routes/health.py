"""Is the process up, and can it work? Without a key: it says yes or no and nothing else."""

from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from turnout.api.endpoint import refusal, rendered, respond
from turnout.api.errors import MethodNotAllowed
from turnout.api.inflection import Inflection
from turnout.api.operation import Answer, Headers
from turnout.bootstrap import Turnout
from turnout.domain.errors import Busy, TurnoutError
from turnout.domain.instant import SECOND

Check = Callable[[Turnout], Awaitable[None]]


async def is_alive(_: Turnout) -> None:
    """The process answers, so it is."""


class Readiness:
    """The store answers and a worker does its work; looked at once a second at most.

    Anybody may ask, so asking often must not keep the workers busy.
    """

    def __init__(self) -> None:
        self._good_until = 0

    async def __call__(self, turnout: Turnout) -> None:
        """Look.

        Raises:
            Busy: one of them does not.
        """
        now = turnout.ports.now()
        if now < self._good_until:
            return
        try:
            await turnout.ports.store.read(lambda tx: tx.environments.all())
            await turnout.ports.workers.ready()
        except Busy:
            raise
        except Exception as error:
            raise Busy("Turnout is up, but cannot work yet; try again shortly.") from error
        self._good_until = now + SECOND


class Health:
    """An ASGI application that answers ``{"status": "ok"}``, or what keeps it from that."""

    def __init__(self, check: Check) -> None:
        self._check = check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: D102
        answer: Answer
        try:
            if scope["method"] not in ("GET", "HEAD"):
                raise MethodNotAllowed("GET, HEAD")
            await self._check(scope["app"].state.turnout)
            answer = Answer({"status": "ok"})
        except TurnoutError as error:
            answer = refusal(error, Inflection.KEBAB)
        body = None if answer.document is None else rendered(answer.document, Inflection.KEBAB)
        await respond(scope, send, Headers(scope["headers"]), answer, body)
