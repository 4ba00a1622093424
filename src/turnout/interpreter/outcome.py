"""A run's outcome: a short text that says how it was decided."""

from turnout.domain.json import Json
from turnout.interpreter.errors import Fault
from turnout.interpreter.json_text import text
from turnout.interpreter.program import Program
from turnout.interpreter.state import End

OUTCOME_LENGTH = 200
"""Characters that an outcome may have; a longer one is none."""


def outcome(program: Program, end: End) -> str | None:
    """The run's outcome: text as it is, other scalars as JSON; None for all else."""
    if program.outcome is None or end.phase != "completed":
        return None
    try:
        value = program.outcome.evaluate(end.output, _no_variable, 0.0, program.limits.output)
    except Fault:
        return None
    if value is None or isinstance(value, dict | list):
        return None
    written = value if isinstance(value, str) else text(value).decode()
    return written if 0 < len(written) <= OUTCOME_LENGTH else None


def _no_variable(name: str, members: frozenset[str] | None) -> Json:
    return None
