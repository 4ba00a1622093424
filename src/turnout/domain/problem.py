"""What is wrong, or doubtful, in a definition, said so that its author can act on it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """An ``error`` keeps a draft from being published; a ``warning`` does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding, with the place in the text as written.

    Attributes:
        severity: whether publishing is refused for it.
        code: stable, snake case: ``unknown_task_type``.
        message: what is wrong, in one sentence.
        path: JSON pointer into the definition: ``/do/0/check/switch``.
        line: 1-based line in the text as written, None where there is no text.
        column: 1-based column, likewise.
        hint: what to do about it, or None.
    """

    severity: Severity
    code: str
    message: str
    path: str
    line: int | None = None
    column: int | None = None
    hint: str | None = None
