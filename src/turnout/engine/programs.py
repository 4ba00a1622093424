"""The compiled programs that a worker process keeps."""

import signal
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from turnout.definition.parse import parse
from turnout.interpreter.compiled import Limits
from turnout.interpreter.program import Program, compile

_MOST = 256
_MOST_BYTES = 16 * 1024 * 1024

_Key = tuple[str, str | None]

Reference = tuple[str, str | None, bytes | None]
"""Content hash, outcome expression, and the canonical JSON unless it was sent before."""


class Missing(Exception):
    """The server believed that this worker has a program that it does not have any more."""


class Programs:
    """Compiled programs by content hash and outcome expression; the least used go first.

    Args:
        compile_cpu: seconds of processor time that compiling one may take; the job's own
            time starts anew afterwards, so that a first use does not count as an overrun.
        limits: of runs that are accepted now.
    """

    def __init__(self, compile_cpu: float, limits: Limits | None = None) -> None:
        self._compile_cpu = compile_cpu
        self._limits = limits
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._bytes = 0
        self.compiled = 0

    def learn(self, references: Iterable[Reference]) -> None:
        """Take in the definitions that come with a job, not compiled yet."""
        for content_hash, outcome, normalised in references:
            key = (content_hash, outcome)
            if normalised is not None and key not in self._kept:
                self._kept[key] = _Kept(normalised)
                self._bytes += len(normalised)
        while len(self._kept) > _MOST or (self._bytes > _MOST_BYTES and len(self._kept) > 2):
            _, gone = self._kept.popitem(last=False)
            self._bytes -= len(gone.normalised)

    def get(self, reference: Reference, cpu: float) -> Program:
        """The program of a reference, compiled now if it was not before.

        Args:
            cpu: seconds of processor time that the job has.

        Raises:
            Missing: its definition is not kept.
        """
        key = reference[0], reference[1]
        kept = self._kept.get(key)
        if kept is None:
            raise Missing
        self._kept.move_to_end(key)
        if kept.program is None:
            signal.setitimer(signal.ITIMER_PROF, max(self._compile_cpu, cpu))
            kept.program = compile(
                parse(kept.normalised), outcome=reference[1], limits=self._limits
            )
            self.compiled += 1
            signal.setitimer(signal.ITIMER_PROF, cpu)
        return kept.program


@dataclass(slots=True)
class _Kept:
    normalised: bytes
    program: Program | None = None
