"""Tasks that nothing leads to, and jumps back that nothing leads out of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from turnout.definition.findings import Spot
from turnout.definition.flow import CONTINUE, END, EXIT, Step, TaskList, Way

_PURE = frozenset(("set", "switch", "do", "for"))
_ENDED_FROM_OUTSIDE = frozenset(("try", "fork"))
"""Inside, an error or another branch is a way out of a loop as good as any."""

_MOST_JUMPS = 100
"""Each is followed through its list; nobody reads more problems."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What of a list of tasks can be reached, and how the list can be left.

    Attributes:
        tasks: the list.
        inner: per task, the same for the lists in it.
        ways: per task, where it can lead; none for one that never comes to its end.
        reached: indexes of the tasks that the flow can come to.
        completes: whether the task that holds the list can come to its end.
        stops: whether the run can end or fault in it.
    """

    tasks: TaskList
    inner: tuple[tuple["Reach", ...], ...]
    ways: tuple[tuple[Way, ...], ...]
    reached: frozenset[int]
    completes: bool
    stops: bool

    def next(self, index: int) -> list[int]:
        """Return the indexes of the tasks to which one leads."""
        found = (self.tasks.position(index, way) for way in self.ways[index])
        return [position for position in found if position is not None]

    def leaves(self, index: int) -> bool:
        """Whether a task can lead out of the list, or end the run."""
        return self.completes_at(index) or self.stops_at(index)

    def completes_at(self, index: int) -> bool:
        """Whether the list can come to its end with this task."""
        return any(
            way.to == EXIT or (way.to == CONTINUE and index + 1 == len(self.tasks.steps))
            for way in self.ways[index]
        )

    def stops_at(self, index: int) -> bool:
        """Whether the run can end or fault with this task, or in it."""
        return (
            self.tasks.steps[index].keyword == "raise"
            or any(way.to == END for way in self.ways[index])
            or any(inner.stops for inner in self.inner[index])
        )


def reach(tasks: TaskList) -> Reach:
    """Find out what can be reached; where a list is not certain, everything can."""
    inner = tuple(tuple(map(reach, step.lists)) for step in tasks.steps)
    ways = tuple(
        step.ways if _comes_to_its_end(step, lists) else tuple(w for w in step.ways if w.skips)
        for step, lists in zip(tasks.steps, inner, strict=True)
    )
    everything = frozenset(range(len(tasks.steps)))
    if not tasks.certain:
        return Reach(tasks, inner, ways, everything, completes=True, stops=True)
    found = Reach(tasks, inner, ways, everything, completes=True, stops=False)
    reached = everything if tasks.parallel else found_from((0,), _edges(found))
    return Reach(
        tasks,
        inner,
        ways,
        reached,
        completes=tasks.parallel or any(map(found.completes_at, reached)),
        stops=any(map(found.stops_at, reached)),
    )


def found_from(starts: Iterable[int], edges: Mapping[int, list[int]]) -> frozenset[int]:
    """Return the nodes of a graph that ``starts`` lead to, themselves included."""
    found = set(starts)
    rest = list(found)
    while rest:
        new = [node for node in edges[rest.pop()] if node not in found]
        found.update(new)
        rest.extend(new)
    return frozenset(found)


def check_reachability(root: Spot, tasks: TaskList) -> None:
    """Report the unreachable tasks and endless loops of a whole document."""
    _check(reach(tasks), ended_from_outside=root.has("timeout"))


def _comes_to_its_end(step: Step, lists: tuple[Reach, ...]) -> bool:
    if step.keyword == "do":
        return all(inner.completes for inner in lists)
    if step.keyword == "try":
        # A `catch` without tasks of its own ends the task.
        return len(lists) < 2 or any(inner.completes for inner in lists)
    return True


def _edges(found: Reach) -> dict[int, list[int]]:
    return {index: found.next(index) for index in range(len(found.tasks.steps))}


def _check(found: Reach, ended_from_outside: bool) -> None:
    if found.tasks.certain and not found.tasks.parallel:
        _report_unreachable(found)
        if not ended_from_outside:
            _report_endless(found)
    for index in sorted(found.reached):
        step = found.tasks.steps[index]
        outside = step.keyword in _ENDED_FROM_OUTSIDE or step.spot.has("timeout")
        for inner in found.inner[index]:
            _check(inner, ended_from_outside or outside)


# what nothing leads to


def _report_unreachable(found: Reach) -> None:
    edges = _edges(found)
    missed = sorted(frozenset(edges) - found.reached)
    led_to = {index for each in missed for index in edges[each] if index != each}
    told: set[int] = set()
    # First what nothing at all leads to, with all that hangs on it; then those in a ring.
    for index in sorted(missed, key=led_to.__contains__):
        if index in told:
            continue
        behind = found_from((index,), edges) - found.reached - told
        told |= behind
        names = [found.tasks.steps[each].name for each in sorted(behind - {index})]
        _report_missed(found, index, names)


def _report_missed(found: Reach, index: int, behind: list[str]) -> None:
    step = found.tasks.steps[index]
    why = _why_not(found, index - 1)
    more = f" Nor is what follows it: {_listed(behind)}." if behind else ""
    step.spot.warning(
        "unreachable_task",
        f"`{step.name}` is never reached: {why}.{more}",
        f"Lead to it with `then: {step.name}`, or remove it.",
    )


def _why_not(found: Reach, index: int) -> str:
    """Say why the flow does not go on behind a task."""
    step = found.tasks.steps[index]
    name = f"`{step.name}` before it"
    if index not in found.reached and found.ways[index]:
        return f"no task that is reached leads to it, `{step.name}` before it neither"
    if step.keyword == "raise":
        return f"{name} always raises its error"
    if not found.ways[index]:
        return f"{name} never comes to its end"
    if step.keyword == "switch":
        return f"every way of {name} leads elsewhere"
    to = found.ways[index][0].to
    if to == END:
        return f"{name} ends the workflow"
    if to == EXIT:
        return f"{name} leaves this list of tasks"
    return f"{name} goes to `{to[:100]}`"


# what nothing leads out of


def _report_endless(found: Reach) -> None:
    edges = _edges(found)
    leaving = [index for index in found.reached if found.leaves(index)]
    trapped = found.reached - found_from(leaving, _reversed(edges))
    jumps = [
        (index, way, target)
        for index in sorted(trapped)
        for way in found.ways[index]
        if (target := found.tasks.position(index, way)) is not None and target <= index
    ]
    told: set[int] = set()
    for index, way, target in jumps[:_MOST_JUMPS]:
        if index not in told and index in (loop := found_from((target,), edges)):
            _report_loop(found, way, loop)
            told |= loop


def _report_loop(found: Reach, way: Way, loop: frozenset[int]) -> None:
    names = _listed([found.tasks.steps[index].name for index in sorted(loop)])
    message = f"`then: {way.to[:100]}` jumps back, and nothing leads out again from {names}."
    hint = "Lead out with a case of a `switch`: `then: end`, `then: exit` or a later task."
    if all(_is_pure(found, index) for index in loop):
        way.spot.error("endless_loop", message, hint)
    else:
        way.spot.warning_at_value("unbounded_loop", message, hint)


def _is_pure(found: Reach, index: int) -> bool:
    """Whether a task waits for nothing, so that a loop of such tasks only burns its limit."""
    return found.tasks.steps[index].keyword in _PURE and all(
        _is_pure(inner, each)
        for inner in found.inner[index]
        for each in range(len(inner.tasks.steps))
    )


def _listed(names: list[str]) -> str:
    shown = [f"`{name[:40]}`" for name in names[:4]]
    if len(names) > 4:
        return f"{', '.join(shown)} and {len(names) - 4} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def _reversed(edges: Mapping[int, list[int]]) -> dict[int, list[int]]:
    backwards: dict[int, list[int]] = {index: [] for index in edges}
    for index, following in edges.items():
        for each in following:
            backwards[each].append(index)
    return backwards
