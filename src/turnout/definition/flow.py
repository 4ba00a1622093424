"""Where control can go: a document's lists of tasks as graphs, read from the text as it is.

Lints look at drafts that may have errors elsewhere. Hence nothing here needs a document without
problems: a list in which a name, a ``then`` or a case cannot be understood is marked, and what is
marked is not judged.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from turnout.definition.findings import Spot
from turnout.definition.task_list import DIRECTIVES
from turnout.domain.json import Json

CONTINUE, EXIT, END = DIRECTIVES

_LISTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "for": (("do",),),
    "do": (("do",),),
    "try": (("try",), ("catch", "do")),
    "fork": (("fork", "branches"),),
    "listen": (("foreach", "do"),),
}
"""Keyword → where a task of that type holds lists of tasks; ``for`` stands before ``do``."""

_KEYWORDS = (*_LISTS, "set", "switch", "raise", "wait", "call", "emit", "run")
_PARALLEL = frozenset(("fork",))


@dataclass(frozen=True, slots=True)
class Way:
    """One way from a task.

    Attributes:
        to: a directive, or the name of a task in the same list.
        spot: the ``then`` that says so, or the task where nothing does.
        skips: whether it is the way of a task that its ``if`` leaves out.
    """

    to: str
    spot: Spot
    skips: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One task in its list.

    Attributes:
        spot: the task.
        keyword: its type, or ``""`` where that is not known.
        lists: the lists of tasks in it, in the order of the language.
        ways: where it may lead once it has come to its end.
    """

    spot: Spot
    keyword: str
    lists: "tuple[TaskList, ...]"
    ways: tuple[Way, ...]

    @property
    def name(self) -> str:
        """The task's name, short enough to be said."""
        return self.spot.name[:100]


@dataclass(frozen=True, slots=True)
class TaskList:
    """A list of tasks.

    Attributes:
        steps: its tasks.
        positions: name → index of its task.
        certain: whether all of it was understood.
        parallel: whether its tasks all begin at once.
    """

    steps: tuple[Step, ...]
    positions: dict[str, int]
    certain: bool
    parallel: bool = False

    def position(self, index: int, way: Way) -> int | None:
        """Return the index to which a way leads from a task; None where it leaves the list."""
        if way.to == CONTINUE:
            return index + 1 if index + 1 < len(self.steps) else None
        if way.to in DIRECTIVES:
            return None
        return self.positions[way.to]


def task_list_of(spot: Spot, parallel: bool = False) -> TaskList:
    """Read a list of tasks and all lists in it."""
    named = list(_named(spot.value))
    positions = {name: at for at, (_, name) in enumerate(named)}
    steps = tuple(_step(spot.item(index).member(name)) for index, name in named)
    certain = (
        isinstance(spot.value, list)
        and 0 < len(positions) == len(spot.value)
        and all(way.to in positions or way.to in DIRECTIVES for step in steps for way in step.ways)
    )
    return TaskList(steps, positions, certain, parallel)


def _named(value: Json) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, dict) and len(item) == 1:
            yield index, next(iter(item))


def _step(task: Spot) -> Step:
    found = task.value if isinstance(task.value, dict) else {}
    keyword = next((keyword for keyword in _KEYWORDS if keyword in found), "")
    lists = tuple(
        task_list_of(inner, keyword in _PARALLEL)
        for path in _LISTS.get(keyword, ())
        if (inner := task.at(*path)) is not None
    )
    return Step(task, keyword, lists, tuple(_ways(task, keyword)))


def _ways(task: Spot, keyword: str) -> Iterator[Way]:
    if task.has("if"):
        yield Way(CONTINUE, task, skips=True)
    if keyword == "raise":
        return
    cases = list(_cases(task)) if keyword == "switch" else []
    for case in cases:
        yield _then(case) if case.has("then") else Way("", case)
    if all(case.has("when") for case in cases):
        yield _then(task)
    caught = task.at("catch") if keyword == "try" else None
    if caught is not None and caught.has("then"):
        yield _then(caught)


def _cases(task: Spot) -> Iterator[Spot]:
    cases = task.member("switch")
    for index, name in _named(cases.value):
        yield cases.item(index).member(name)


def _then(spot: Spot) -> Way:
    then = spot.at("then")
    if then is None:
        return Way(CONTINUE, spot)
    return Way(then.value if isinstance(then.value, str) else "", then)
