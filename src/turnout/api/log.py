"""Logs: one line per event on stderr, as JSON, or in colour where a person watches.

Never a body, a secret or a query string: they may hold what customers entered.
"""

import sys
from contextvars import ContextVar
from time import perf_counter, time_ns

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from turnout.domain.instant import iso

REQUEST: ContextVar[str | None] = ContextVar("request", default=None)
"""Id of the request that is being answered; stands in every line that is logged meanwhile."""


_WATCHED = sys.stderr.isatty()
"""Whether a person watches the lines as they come."""


def configure() -> None:
    """Set up structlog for this process."""
    # Tracebacks without the values of variables: those hold keys and what customers entered.
    shown: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if _WATCHED
        else [structlog.processors.format_exc_info, _render]
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            _with_request,
            *shown,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
        logger_factory=_Lines,
        cache_logger_on_first_use=True,
    )


def request(*, started: float, **told: object) -> None:
    """One line about an answered request.

    There are more of these than of all others together, so where nobody watches they are written
    without structlog's steps, in the same form.

    Args:
        started: when it came, as ``perf_counter`` tells.
        told: what else the line says.
    """
    told["ms"] = round((perf_counter() - started) * 1000, 2)
    if _WATCHED:
        structlog.get_logger("turnout.api").info("request", **told)
        return
    event = {**told, "event": "request", "level": "info", "at": iso(time_ns() // 1000)}
    _LINES.info(_render(None, "", event))


class _Lines:
    """Writes lines to whatever stderr is at that moment."""

    def __init__(self, *_: object) -> None:
        pass

    def info(self, line: str) -> None:
        """Write one line."""
        sys.stderr.write(line + "\n")

    debug = warning = error = critical = info


_LINES = _Lines()


def _with_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    request = REQUEST.get()
    if request is not None:
        event.setdefault("request", request)
    return event


def _render(_: WrappedLogger, __: str, event: EventDict) -> str:
    return orjson.dumps(event, default=repr).decode()
