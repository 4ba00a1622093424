"""What the machine runs: tasks whose expressions and schemas are compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from turnout.definition import model
from turnout.domain.json import JsonObject
from turnout.interpreter.compiler import Flow
from turnout.interpreter.durations import Length
from turnout.interpreter.expressions import Evaluable

if TYPE_CHECKING:
    from turnout.interpreter.handlers import Handler


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run, journaled with it.

    Attributes:
        steps: task executions.
        output: bytes of JSON that an expression, a request or the run's output may have.
        entries: journal entries of a run that goes on; its end may come on top.
        journal: bytes of those entries' bodies, as compact JSON.
    """

    steps: int = 100_000
    output: int = 1024 * 1024
    entries: int = 100_000
    journal: int = 64 * 1024 * 1024

    def bounds(self) -> dict[str, int]:
        """The limits as an ``accepted`` entry records them, by name."""
        return {
            "steps": self.steps,
            "output": self.output,
            "entries": self.entries,
            "journal": self.journal,
        }


@dataclass(frozen=True, slots=True)
class Block:
    """A list of tasks.

    Attributes:
        tasks: in order.
        positions: name → index.
    """

    tasks: tuple[CompiledTask, ...]
    positions: dict[str, int]


@dataclass(slots=True)
class CompiledTask:
    """A task ready to run; the workflow itself is the one with path ``""``.

    Attributes:
        name, path, reference, definition, then: as in ``model.Task``.
        handler: runs it.
        condition, input, output, export: its data flow.
        timeout: how long it may take, or None.
        body: what ``handler.prepare`` made of the rest.
        blocks: its lists of tasks: one, but a ``try`` has a second one in its ``catch``.
    """

    name: str
    path: str
    reference: str
    definition: JsonObject
    then: str
    handler: Handler
    condition: Evaluable | None = None
    input: Flow | None = None
    output: Flow | None = None
    export: Flow | None = None
    timeout: Length | None = None
    body: Any = None
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A definition ready to run.

    Attributes:
        definition: what it was made of.
        root: the workflow as a ``do``.
        tasks: name path → task; ``""`` is the root.
        outcome: the workflow's outcome expression, or None.
        limits: for runs that are accepted now.
    """

    definition: model.Definition
    root: CompiledTask
    tasks: Mapping[str, CompiledTask]
    outcome: Evaluable | None
    limits: Limits
