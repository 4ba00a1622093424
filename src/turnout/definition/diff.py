"""What differs between two definitions, in sentences for those who answer for the change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from turnout.definition.model import Definition, Task
from turnout.definition.task_facts import TYPE_NAMES, Facts, task_facts, workflow_facts

_SHOWN = 200


class ChangeKind(StrEnum):
    """What happened to it."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: what happened.
        path: the task's name path, ``""`` for the workflow as a whole.
        sentence: the change in words.
        before, after: how it was and is written, None where it was or is not there. For a task
            that was added, removed or moved: its type and, moved, the task that it follows.
    """

    kind: ChangeKind
    path: str
    sentence: str
    before: str | None
    after: str | None


def diff(old: Definition, new: Definition) -> list[Change]:
    """Compare two definitions; the order is the workflow first, then tasks as they run."""
    workflow = _facts("", "The workflow's", workflow_facts(old), workflow_facts(new))
    return [*workflow, *_tasks("", old.tasks, new.tasks)]


def _tasks(scope: str, old: Sequence[Task], new: Sequence[Task]) -> Iterator[Change]:
    before = {task.name: task for task in old}
    after = {task.name: task for task in new}
    for task in old:
        if task.name not in after:
            yield _removed(task)
    moved = _moved([task.name for task in old], [task.name for task in new])
    previous = ""
    for task in new:
        if task.name not in before:
            yield _added(task, previous)
        else:
            if task.name in moved:
                yield _moved_change(task, moved[task.name], previous)
            yield from _changed(before[task.name], task)
        previous = task.name


def _added(task: Task, previous: str) -> Change:
    where = f"after {previous}" if previous else "as the first"
    kind = TYPE_NAMES[type(task)]
    sentence = f"Task {task.path} ({kind}) was added {where}."
    return Change(ChangeKind.ADDED, task.path, sentence, None, kind)


def _removed(task: Task) -> Change:
    kind = TYPE_NAMES[type(task)]
    sentence = f"Task {task.path} ({kind}) was removed."
    return Change(ChangeKind.REMOVED, task.path, sentence, kind, None)


def _moved_change(task: Task, was_after: str, is_after: str) -> Change:
    def place(name: str) -> str:
        return f"after {name}" if name else "first"

    sentence = f"Task {task.path} moved: it was {place(was_after)}, now it is {place(is_after)}."
    return Change(ChangeKind.MOVED, task.path, sentence, place(was_after), place(is_after))


def _moved(old: Sequence[str], new: Sequence[str]) -> dict[str, str]:
    """Return which common names changed their order → the name that each followed before.

    The longest common sequence stays; what is not in it moved. So taking one task to another
    place is one move, not one of everything it passed.
    """
    place = {name: index for index, name in enumerate(old)}
    common = [name for name in new if name in place]
    staying = _longest_rising([place[name] for name in common])
    follows = dict(zip(old, ["", *old], strict=False))
    return {name: follows[name] for name in common if place[name] not in staying}


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """Return the members of a longest rising subsequence, by patience sorting."""
    tops: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        pile = _first_not_below(tops, number)
        before[number] = tops[pile - 1] if pile else None
        tops[pile : pile + 1] = [number]
    rising: set[int] = set()
    at = tops[-1] if tops else None
    while at is not None:
        rising.add(at)
        at = before[at]
    return rising


def _first_not_below(tops: Sequence[int], number: int) -> int:
    low, high = 0, len(tops)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if tops[middle] < number else (low, middle)
    return low


def _changed(old: Task, new: Task) -> Iterator[Change]:
    if type(old) is not type(new):
        before, after = TYPE_NAMES[type(old)], TYPE_NAMES[type(new)]
        sentence = f"Task {new.path} became another type of task: {before} before, {after} now."
        yield Change(ChangeKind.CHANGED, new.path, sentence, before, after)
        return
    yield from _facts(new.path, f"Task {new.path}:", task_facts(old), task_facts(new))
    for was, is_now in zip(old.blocks, new.blocks, strict=True):
        yield from _tasks(new.path, was, is_now)


def _facts(path: str, subject: str, old: Facts, new: Facts) -> Iterator[Change]:
    for label in dict.fromkeys((*new, *old)):
        before, after = old.get(label), new.get(label)
        if before == after:
            continue
        if label == "order of the cases" and not _reordered(before, after):
            # Cases that came or went have facts of their own.
            continue
        kind, what = _what(before, after)
        yield Change(kind, path, f"{subject} {label} {what}.", before, after)


def _what(before: str | None, after: str | None) -> tuple[ChangeKind, str]:
    if before is None:
        return ChangeKind.ADDED, f"was added: {_shown(after)}"
    if after is None:
        return ChangeKind.REMOVED, f"was removed: {_shown(before)}"
    return ChangeKind.CHANGED, f"changed from {_shown(before)} to {_shown(after)}"


def _shown(text: str | None) -> str:
    text = " ".join((text or "").split())
    return f"`{text}`" if len(text) <= _SHOWN else f"`{text[: _SHOWN - 1]}…`"


def _reordered(before: str | None, after: str | None) -> bool:
    old, new = (before or "").split(", "), (after or "").split(", ")
    return [name for name in old if name in new] != [name for name in new if name in old]
