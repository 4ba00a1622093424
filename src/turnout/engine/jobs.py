"""The job table of a worker process: what the server may ask of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from turnout.domain.assignment import ArmLabel, assign
from turnout.domain.json import Json
from turnout.engine.evaluate import AssignmentKeys
from turnout.engine.programs import Missing, Programs
from turnout.engine.run_jobs import advance, begin, trace
from turnout.interpreter.compiled import Limits
from turnout.interpreter.fold import Divergence
from turnout.interpreter.program import REVISION

Answer = tuple[str, Any]
"""``done``, ``missing``, ``diverged`` or ``failed``, and what goes with it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An input that is no JSON, or holds a number beyond all doubles; what ``begin`` tells."""

    told: list[Any]


class Jobs:
    """Does jobs; keeps what it compiled between them.

    Args:
        compile_cpu: see ``Limits``.
        note: tells the server what is being done, should it be the last that is heard.
        limits: of runs that are accepted now.
    """

    def __init__(
        self, compile_cpu: float, note: Callable[[str], None], limits: Limits | None = None
    ) -> None:
        self._programs = Programs(compile_cpu, limits)
        self._keys = AssignmentKeys()
        self._note = note
        self._cpu = 0.0
        self._references: list[Any] = []
        self._table: dict[str, Callable[..., Any]] = {
            "check": self.check,
            "accept": self.accept,
            "assign": self.assign,
            "begin": self.begin,
            "advance": self.advance,
            "settle": self.settle,
            "trace": self.trace,
        }

    @property
    def compiled(self) -> int:
        """How many programs were compiled so far; each of them stays in memory for a while."""
        return self._programs.compiled

    def do(self, name: str, cpu: float, arguments: list[Any]) -> Answer:
        """Do one job.

        Args:
            name: of the table.
            cpu: seconds of processor time, for which the timer runs already.
            arguments: program references first, then the job's own.
        """
        self._references, *rest = arguments
        self._cpu = cpu
        self._programs.learn(self._references)
        try:
            return "done", self._table[name](*rest)
        except Missing:
            return "missing", None
        except Divergence as error:
            return "diverged", str(error)
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            return "failed", f"{name}: {type(error).__name__}: {error}"

    def check(self, text: str, assignment_key: str | None, outcome: str | None) -> Any:
        """Problems, canonical JSON, its hash, and the summary of a draft's text."""
        # Only the slow lane checks: the YAML reader is a third of a worker's start.
        from turnout.engine.check_job import check

        return check(text, assignment_key, outcome, self._note)

    def accept(
        self,
        run_id: str,
        now: int,
        input_: bytes,
        expression: str | None,
        salt: str | None,
        basis_points: int,
        deployment_id: str,
    ) -> Any:
        """The assignment key, then what ``begin`` gives for the version it leads to."""
        value = self._read(input_)
        if isinstance(value, Unreadable):
            return [None, *value.told]
        key = self._keys.key(expression, value)
        assignment = assign(
            key=key,
            run_id=run_id,
            salt=salt,
            basis_points=basis_points,
            deployment_id=deployment_id,
        )
        is_control = assignment.arm is ArmLabel.CONTROL and len(self._references) > 1
        return [key, *self._begin(int(is_control), run_id, now, value)]

    def assign(self, input_: bytes, expression: str) -> str | None:
        """The assignment key alone."""
        value = self._read(input_)
        return None if isinstance(value, Unreadable) else self._keys.key(expression, value)

    def begin(self, run_id: str, now: int, input_: bytes) -> Any:
        """A new run's input problems, the interpreter's revision, and how far it goes."""
        value = self._read(input_)
        return value.told if isinstance(value, Unreadable) else self._begin(0, run_id, now, value)

    def advance(self, state: bytes | None, journal: list[Any], entry: list[Any]) -> Any:
        """How far a run goes with one more outside entry."""
        return advance(self._program(0), state, journal, entry)

    def settle(
        self, state: bytes | None, journal: list[Any], entry: list[Any], overrun: bytes
    ) -> Any:
        """The end of a run whose advance by ``entry`` overran: nothing of it is run again."""
        return advance(self._program(0), state, journal, entry, orjson.loads(overrun))

    def trace(self, journal: list[Any]) -> bytes:
        """The trace of a run's tasks."""
        return trace(self._program(0), journal)

    def _begin(self, at: int, run_id: str, now: int, value: Json) -> list[Any]:
        content_hash = self._references[at][0]
        return begin(self._program(at), content_hash, run_id, now, value)

    @staticmethod
    def _read(input_: bytes) -> Json | Unreadable:
        try:
            value: Json = orjson.loads(input_)
        except orjson.JSONDecodeError as error:
            return Unreadable([[("", f"It is no JSON that can be kept: {error}.")], REVISION, None])
        return value

    def _program(self, at: int) -> Any:
        return self._programs.get(self._references[at], self._cpu)
