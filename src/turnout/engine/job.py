"""One piece of work for a worker process, and how it can go wrong."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from turnout.use_cases.workers import Program


class Overran(Exception):
    """A job broke a limit, or its worker.

    Attributes:
        limit: ``cpu``, ``wall``, ``memory``, ``depth``, ``size``, ``crash`` or ``defect``.
        note: what the job said it was doing last, ``""`` when it said nothing.
    """

    def __init__(self, limit: str, note: str = "") -> None:
        super().__init__(limit)
        self.limit = limit
        self.note = note


class Failed(Overran):
    """A job ended with an error that it should have dealt with: a defect of ours.

    Handled as an overrun, so that a run can never hang on one.
    """

    def __init__(self, what: str) -> None:
        super().__init__("defect", what)


@dataclass(eq=False, slots=True)
class Job:
    """A call into a worker.

    Attributes:
        name: of the worker's job table.
        arguments: what MessagePack can say.
        programs: what it runs; sent along to a worker that does not have them yet.
        group: a workflow's id; the slow lane takes turns between groups.
        cpu: seconds of processor time.
        fresh: whether it must be the first job of its worker.
        admitted: whether it goes on with a call that was let in before, full queue or not.
        repeated: whether its worker asked for its programs once more.
        future: its answer, or ``Overran``, ``Divergence`` or ``Busy``.
        note: what it said last.
    """

    name: str
    arguments: list[Any]
    programs: tuple[Program, ...]
    group: str
    cpu: float
    fresh: bool = False
    admitted: bool = False
    note: str = ""
    repeated: bool = False
    future: asyncio.Future[Any] = field(init=False, repr=False)

    def fail(self, error: Exception) -> None:
        """Answer with an error, unless nobody waits any more."""
        if not self.future.done():
            self.future.set_exception(error)
