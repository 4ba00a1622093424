"""Error codes, statuses and exit codes."""

from docs.generate.markdown import table
from turnout.api.errors import STATUS
from turnout.cli.failure import ExitCode, refused
from turnout.domain.errors import TITLES


def codes() -> str:
    """Every stable code with its title."""
    return table(("code", "title"), ((f"`{code}`", title) for code, title in TITLES.items()))


def statuses() -> str:
    """Every kind of refusal, with its HTTP status and the command line's exit code."""
    rows = sorted((status, kind.__name__, exit_code(status)) for kind, status in STATUS.items())
    return table(("HTTP status", "kind", "exit code of the command line"), rows)


def exit_codes() -> str:
    """Every exit code with its word."""
    return table(("exit code", "meaning"), ((code.value, _word(code)) for code in ExitCode))


def exit_code(status: int) -> str:
    """The exit code for a server's refusal, with its word."""
    code = refused("", status).code
    return f"{code.value} {_word(code)}"


def _word(code: ExitCode) -> str:
    return code.name.lower()
