"""Refusals as HTTP: which status, which headers, and the error envelope."""

from collections.abc import Sequence
from dataclasses import dataclass

from turnout.domain.bulk import CountChanged
from turnout.domain.errors import (
    TITLES,
    BadRequest,
    Busy,
    Conflict,
    DefinitionInvalid,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionRequired,
    Stale,
    TooLarge,
    TurnoutError,
    Unauthenticated,
)
from turnout.domain.problem import Problem
from turnout.use_cases.trigger import InputInvalid

ErrorObject = dict[str, object]


class BadParameter(BadRequest):
    """A query parameter that is unknown or cannot be read."""

    def __init__(self, parameter: str, details: str, code: str = "bad_request") -> None:
        super().__init__(code, details)
        self.parameter = parameter


class BadHeader(BadRequest):
    """A header that cannot be read."""

    def __init__(self, header: str, details: str) -> None:
        super().__init__("bad_request", details)
        self.header = header


class MethodNotAllowed(TurnoutError):
    """There is such a path, but not with this method."""

    def __init__(self, allowed: str) -> None:
        super().__init__("method_not_allowed", f"This path takes {allowed}.")
        self.allowed = allowed


class UnsupportedMediaType(TurnoutError):
    """A body that is not said to be JSON."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a request's body."""

    code: str
    details: str
    pointer: str


class AttributesInvalid(Invalid):
    """A body with wrong, missing or unknown attributes: one error each."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        super().__init__(first.code, first.details, first.pointer)
        self.findings = tuple(findings)


STATUS: dict[type[TurnoutError], int] = {
    BadRequest: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    Stale: 412,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    Invalid: 422,
    PreconditionRequired: 428,
    Busy: 503,
}
"""Refusal → status; a subclass has its base's."""


def status_of(error: TurnoutError) -> int:
    """The HTTP status of a refusal."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def headers_of(error: TurnoutError) -> dict[str, str]:
    """The headers that go with a refusal."""
    match error:
        case Unauthenticated():
            return {"www-authenticate": "Bearer"}
        case MethodNotAllowed():
            return {"allow": error.allowed}
        case Busy():
            return {"retry-after": str(error.retry_after)}
        case TooLarge():
            # What is left of the body is not read, so the connection cannot be used again.
            return {"connection": "close"}
        case _:
            return {}


def error_objects(error: TurnoutError) -> list[ErrorObject]:
    """A refusal as the members of ``errors``: usually one."""
    match error:
        case DefinitionInvalid():
            return [_definition(each) for each in error.problems]
        case InputInvalid():
            return [
                error_object(error.code, message, {"pointer": f"/data/attributes/fields{pointer}"})
                for pointer, message in error.problems
            ]
        case AttributesInvalid():
            return [
                error_object(each.code, each.details, {"pointer": each.pointer})
                for each in error.findings
            ]
        case CountChanged():
            found: dict[str, object] = {"count": error.count}
            return [error_object(error.code, error.details, _source(error), found)]
        case Stale():
            meta: dict[str, object] = {"revision": error.current or None}
            return [error_object(error.code, error.details, _source(error), meta)]
        case _:
            return [error_object(error.code, error.details, _source(error))]


def error_object(
    code: str,
    details: str,
    source: dict[str, str] | None = None,
    meta: dict[str, object] | None = None,
) -> ErrorObject:
    """One member of ``errors``."""
    found: ErrorObject = {"title": TITLES[code], "details": details, "code": code}
    if source:
        found["source"] = source
    if meta:
        found["meta"] = meta
    return found


def unexpected(request_id: str) -> ErrorObject:
    """The error for what should never happen; the log has the rest under this request id."""
    return error_object(
        "internal_error",
        f"Something went wrong in Turnout; its log says what, under request {request_id}.",
        meta={"request-id": request_id},
    )


def _source(error: TurnoutError) -> dict[str, str] | None:
    if isinstance(error, BadParameter):
        return {"parameter": error.parameter}
    if isinstance(error, BadHeader):
        return {"header": error.header}
    return {"pointer": error.pointer} if error.pointer else None


def _definition(problem: Problem) -> ErrorObject:
    return error_object(
        "definition_invalid",
        f"{problem.message} {problem.hint or ''}".strip(),
        {"pointer": "/data/attributes/definition"},
        {
            "code": problem.code,
            "message": problem.message,
            "path": problem.path,
            "line": problem.line,
            "column": problem.column,
            "hint": problem.hint,
        },
    )
