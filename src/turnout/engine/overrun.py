"""What becomes of a job that broke a limit twice, and the memory of who did so lately."""

from collections import OrderedDict
from collections.abc import Iterable

import orjson

from turnout.domain.journal import EntryKind
from turnout.domain.problem import Problem, Severity
from turnout.domain.run import Phase
from turnout.engine.job import Overran
from turnout.engine.limits import MIB, Limits
from turnout.interpreter.errors import fault
from turnout.use_cases.workers import Advance, Checked, End, NewEntry

_REMEMBERED = 1024
_PROVEN = 10_000


def detail(overran: Overran, limits: Limits) -> str:
    """Which limit, and what its author can do."""
    if overran.limit == "defect":
        return f"Turnout itself failed on it, please report this: {overran.note}"
    broke = {
        "cpu": f"It needed more than {limits.slow_cpu:g} s of processor time.",
        "wall": f"It took longer than {limits.slow_wall:g} s.",
        "memory": f"It needed more than {limits.memory // MIB} MiB of memory.",
        "depth": "Its values nest too deeply.",
        "size": f"Its result is larger than {limits.frame // MIB} MiB.",
    }.get(overran.limit, "It crashed its worker process.")
    where = f" It was busy with `{overran.note}`." if overran.note else ""
    return f"{broke}{where} Look for endless recursion, huge ranges or repeated strings."


def body(overran: Overran, limits: Limits) -> bytes:
    """The body of an ``overrun`` entry."""
    return orjson.dumps({"limit": overran.limit, "detail": detail(overran, limits)})


def faulted(entry: NewEntry, told: bytes) -> Advance:
    """The end of a run that not even a worker could write: its program does not compile any more.

    Args:
        entry: what it was to take.
        told: the body of the ``overrun`` entry.
    """
    limit = orjson.loads(told)
    error = fault("runtime", f"The run broke its {limit['limit']} limit: {limit['detail']}").error
    first = entry.sequence + 1
    ended = orjson.dumps({"phase": Phase.FAULTED.value, "error": error})
    entries = (
        entry,
        NewEntry(first, EntryKind.OVERRUN, entry.at, told),
        NewEntry(first + 1, EntryKind.ENDED, entry.at, ended),
    )
    return Advance(entries, None, (), (), End(Phase.FAULTED, None, orjson.dumps(error), None))


def unchecked(text: str, overran: Overran, limits: Limits) -> Checked:
    """The findings on a text whose check overran: one, at the expression if that is known."""
    line = column = None
    if overran.note and text.count(overran.note) == 1:
        before = text[: text.index(overran.note)]
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
    problem = Problem(
        Severity.ERROR,
        "limit_exceeded",
        f"Checking this definition broke a limit. {detail(overran, limits)}",
        "",
        line,
        column,
        "Make the expression smaller; even compiling it must stay within the limits.",
    )
    return Checked((problem,), None, None, None)


class Proven:
    """What finished a job within the fast limits; forgetting it costs no more than a new trial."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def add(self, names: Iterable[str]) -> None:
        """Remember each; what was remembered first goes when there are too many."""
        self._names.update(dict.fromkeys(names))
        while len(self._names) > _PROVEN:
            self._names.popitem(last=False)

    def discard(self, name: str) -> None:
        """Forget it."""
        self._names.pop(name, None)

    def holds(self, names: Iterable[str]) -> bool:
        """Whether every one of them is remembered."""
        return all(name in self._names for name in names)


class Suspects:
    """Who overran lately, so that it does not keep killing fast workers.

    Args:
        seconds: how long it is remembered.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: OrderedDict[str, float] = OrderedDict()

    def add(self, name: str, now: float) -> None:
        """Remember ``name`` from ``now`` (seconds of a monotonic clock) on."""
        self._until[name] = now + self._seconds
        self._until.move_to_end(name)
        if len(self._until) > _REMEMBERED:
            self._until.popitem(last=False)

    def holds(self, name: str, now: float) -> bool:
        """Whether ``name`` is still remembered at ``now``."""
        until = self._until.get(name)
        if until is None:
            return False
        if until <= now:
            del self._until[name]
            return False
        return True
