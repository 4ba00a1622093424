"""How commands fail: one clear line on stderr, and an exit code that programs can rely on."""

from enum import IntEnum

from turnout.domain.errors import (
    BadRequest,
    Busy,
    Conflict,
    PreconditionRequired,
    Stale,
    TurnoutError,
)
from turnout.settings import SettingsError


class ExitCode(IntEnum):
    """What a command's end means."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    FAULTED = 3
    CONFLICT = 4
    UNREACHABLE = 5


class Failure(Exception):
    """The command cannot do what was asked.

    Attributes:
        code: the exit code.
        message: one line for people; empty when everything is said already.
        status: the HTTP status when it is a server's refusal, or None.
    """

    def __init__(
        self, message: str, code: ExitCode = ExitCode.REFUSED, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status = status


class Usage(Failure):
    """The command line itself must be another."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.USAGE)


_CODES: tuple[tuple[type[Exception], ExitCode], ...] = (
    (BadRequest, ExitCode.USAGE),
    (PreconditionRequired, ExitCode.USAGE),
    (Conflict, ExitCode.CONFLICT),
    (Stale, ExitCode.CONFLICT),
    (Busy, ExitCode.UNREACHABLE),
    (SettingsError, ExitCode.USAGE),
)


def as_failure(error: TurnoutError | SettingsError) -> Failure:
    """A refusal of this process's own, without a server in between."""
    code = next((code for kind, code in _CODES if isinstance(error, kind)), ExitCode.REFUSED)
    return Failure(str(error), code)


_BY_STATUS = {
    400: ExitCode.USAGE,
    409: ExitCode.CONFLICT,
    412: ExitCode.CONFLICT,
    428: ExitCode.USAGE,
    502: ExitCode.UNREACHABLE,
    503: ExitCode.UNREACHABLE,
    504: ExitCode.UNREACHABLE,
}


def refused(message: str, status: int) -> Failure:
    """A server's refusal with this HTTP status."""
    return Failure(message, _BY_STATUS.get(status, ExitCode.REFUSED), status)
