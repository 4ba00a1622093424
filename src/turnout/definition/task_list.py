"""Checks of a list of tasks, and of what every task has."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from turnout.definition.data_flow import export_block, input_block, output_block
from turnout.definition.duration_checks import timeout
from turnout.definition.expression_checks import condition
from turnout.definition.findings import Check, Spot, did_you_mean
from turnout.definition.shapes import any_object, is_object, is_text, members, wrong_type

DIRECTIVES = ("continue", "exit", "end")
MAX_NAME = 100

NOT_YET_TASKS = ("run",)


@dataclass(frozen=True, slots=True)
class TaskType:
    """How tasks of one type are checked.

    Attributes:
        members: name → check of the members that only this type has; the first is its keyword.
        required: names of those that must be there.
        within: checks what needs the names of the tasks around it, or None.
    """

    members: Mapping[str, Check]
    required: Sequence[str]
    within: Callable[[Spot, Collection[str]], None] | None = None


def task_list(spot: Spot, types: Mapping[str, TaskType], *, side_by_side: bool = False) -> None:
    """Check a list in which each item names one task.

    Args:
        spot: the list.
        types: keyword → type of task.
        side_by_side: whether its tasks are branches, none of which leads to another.
    """
    if not isinstance(spot.value, list):
        wrong_type(spot, "a list of tasks", "Begin each task with `- name:`.")
        return
    if not spot.value:
        spot.error("no_tasks", f"`{spot.name}` has no tasks.", "Add a task: `- name: {set: …}`.")
    names = {} if side_by_side else dict.fromkeys(names_in(spot))
    seen: set[str] = set()
    for item in spot.items():
        task = named_item(item, "task")
        if task is None:
            continue
        _check_name(task, seen)
        _check_task(task, names, types)


def names_in(spot: Spot) -> list[str]:
    """Return the names that a list of named items declares, in order."""
    return [name for item in spot.items() if isinstance(item.value, dict) for name in item.value]


def named_item(item: Spot, what: str) -> Spot | None:
    """Return the one member of a list's item; report an item that has another number of them."""
    if not is_object(item):
        return None
    found = list(item.members())
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"`{member.name[:40]}`" for member in found[:4]) or "none"
    item.error(
        "not_one_name",
        f"An item of this list must name exactly one {what}, this one has {names}.",
        f"Begin each {what} with `- name:` and indent what belongs to it.",
    )
    return None


def _check_name(task: Spot, seen: set[str]) -> None:
    name = task.name
    if name in DIRECTIVES:
        task.error_of_member("reserved_name", f"`{name}` is a directive and no name of a task.")
    elif not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        task.error_of_member(
            "invalid_name", f"A task's name has 1 to {MAX_NAME} printable characters."
        )
    elif "/" in name:
        task.error_of_member(
            "invalid_name",
            f"`{name}` has a `/`, which separates names in the path of a task.",
            f"Write `{name.replace('/', '-')}`.",
        )
    if name in seen:
        task.error_of_member(
            "duplicate_name", f"There is another task `{name}` in this list.", "Rename one of them."
        )
    seen.add(name)


def _check_task(task: Spot, names: Collection[str], types: Mapping[str, TaskType]) -> None:
    if not is_object(task):
        return
    keyword = _keyword(task, types)
    if keyword is None:
        return
    kind = types[keyword]

    def then(spot: Spot) -> None:
        directive(spot, names)

    known = {
        "if": condition,
        "input": input_block,
        "output": output_block,
        "export": export_block,
        "then": then,
        "metadata": any_object,
        "timeout": timeout,
        **kind.members,
    }
    members(task, known, kind.required)
    if kind.within is not None:
        kind.within(task, names)


def _keyword(task: Spot, types: Mapping[str, TaskType]) -> str | None:
    """Return which type of task it is; report a task that is of none, several or a later one."""
    assert isinstance(task.value, dict)
    for name in NOT_YET_TASKS:
        if name in task.value:
            task.member(name).not_supported_yet(name)
            return None
    found = [name for name in types if name in task.value]
    if found[:1] == ["for"]:
        # Its body stands under `do`, beside it.
        found = [name for name in found if name != "do"]
    if len(found) == 1:
        return found[0]
    if found:
        task.error_of_member(
            "several_task_types",
            f"`{task.name}` is several tasks in one: {', '.join(found)}.",
            "Make each of them a task of its own.",
        )
    else:
        _report_unknown_type(task, types)
    return None


_COMMON = frozenset(("if", "input", "output", "export", "then", "metadata", "timeout"))


def _report_unknown_type(task: Spot, types: Mapping[str, TaskType]) -> None:
    keywords = [*types, *NOT_YET_TASKS]
    strange = [member for member in task.members() if member.name not in _COMMON]
    for member in strange:
        if hint := did_you_mean(member.name, keywords):
            member.error_of_member(
                "unknown_task_type", f"`{member.name[:100]}` is no type of task.", hint
            )
            return
    (strange[0] if strange else task).error_of_member(
        "unknown_task_type",
        f"`{task.name}` does not say what to do.",
        f"Give it one of {', '.join(types)}.",
    )


def directive(spot: Spot, names: Collection[str]) -> None:
    """Check a ``then``: a directive, or a task of the same list."""
    if not is_text(spot):
        return
    target = str(spot.value)
    if "${" in target:
        spot.error(
            "then_is_expression",
            "`then` must name a task, it cannot be computed.",
            "Decide with a `switch`.",
        )
    elif target not in DIRECTIVES and target not in names:
        spot.error(
            "then_to_nowhere",
            f"There is no task `{target[:100]}` in this list.",
            did_you_mean(target, [*names, *DIRECTIVES])
            or "`then` goes to a task of the same list, or is continue, exit or end.",
        )
