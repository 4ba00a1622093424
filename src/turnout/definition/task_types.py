"""Checks of each type of task."""

import re
from collections.abc import Collection

from turnout.definition.data_flow import export_block, output_block
from turnout.definition.duration_checks import duration
from turnout.definition.error_checks import error_or_name
from turnout.definition.events import emit, listen
from turnout.definition.expression_checks import (
    condition,
    expression,
    text_or_expression,
    value,
)
from turnout.definition.expressions import KEYWORDS, NOT_YET_VARIABLES, VARIABLES
from turnout.definition.findings import Check, Spot
from turnout.definition.http_call import http_arguments
from turnout.definition.human_review import human_review_arguments
from turnout.definition.shapes import boolean, is_text, members, wrong_type
from turnout.definition.task_list import TaskType, directive, named_item, task_list
from turnout.definition.try_task import CATCH, caught, tried

DEFAULT_EACH = "item"
DEFAULT_AT = "index"
MAX_INLINE_ITEMS = 1_000
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_RESERVED = VARIABLES | NOT_YET_VARIABLES | KEYWORDS | {"output", "ENV"}
_CALLS_NOT_YET = ("a2a", "asyncapi", "grpc", "mcp", "openapi")


def tasks(spot: Spot) -> None:
    """Check a list of tasks of every type that is supported."""
    task_list(spot, TASK_TYPES)


def _nothing(spot: Spot) -> None:
    """Leave a member to the check of the whole task."""


def _set(spot: Spot) -> None:
    if isinstance(spot.value, str):
        if "${" not in spot.value:
            spot.error(
                "invalid_value",
                "`set` must be an object or an expression in `${ }`.",
                "Write `${ … }` around it.",
            )
        else:
            text_or_expression(spot)
    elif isinstance(spot.value, dict):
        if not spot.value:
            spot.error("invalid_value", "`set` sets nothing.", "Give it at least one member.")
        value(spot)
    else:
        wrong_type(spot, "an object or an expression")


def _switch(task: Spot, names: Collection[str]) -> None:
    spot = task.member("switch")
    if not isinstance(spot.value, list):
        wrong_type(spot, "a list of cases", "Begin each case with `- name:`.")
        return
    if not spot.value:
        spot.error("invalid_value", "`switch` has no cases.", "Add a case with `when` and `then`.")
    seen: set[str] = set()
    defaults: list[Spot] = []
    for item in spot.items():
        case = named_item(item, "case")
        if case is None:
            continue
        if case.name in seen:
            case.error_of_member("duplicate_name", f"There is another case `{case.name}` here.")
        seen.add(case.name)
        _case(case, names)
        if isinstance(case.value, dict) and "when" not in case.value:
            defaults.append(case)
    for case in defaults[1:]:
        case.error_of_member(
            "second_default",
            f"`{case.name}` is a second case without `when`.",
            "Only one case can be the default.",
        )
    if not defaults and not task.has("then"):
        spot.warning(
            "switch_without_default",
            f"When no case of `{task.name}` matches, the flow goes on with the next task.",
            "Add a case without `when`, or say so with `then: continue`.",
        )


def _case(case: Spot, names: Collection[str]) -> None:
    def then(spot: Spot) -> None:
        directive(spot, names)

    members(case, {"when": condition, "then": then}, ("then",))


def _for(spot: Spot) -> None:
    members(spot, {"each": _variable_name, "at": _variable_name, "in": _collection}, ("in",))
    each, at = loop_variables(spot)
    if each == at:
        spot.error("duplicate_name", f"`each` and `at` are both `{each}`.", "Rename one of them.")


def loop_variables(spot: Spot) -> tuple[str, str]:
    """Return the names that ``for`` gives to the item and its index."""
    found = spot.value if isinstance(spot.value, dict) else {}
    each, at = found.get("each", DEFAULT_EACH), found.get("at", DEFAULT_AT)
    return (
        each if isinstance(each, str) else DEFAULT_EACH,
        at if isinstance(at, str) else DEFAULT_AT,
    )


def _variable_name(spot: Spot) -> None:
    if not is_text(spot):
        return
    name = str(spot.value)
    if name in _RESERVED:
        spot.error("reserved_name", f"`{name}` is taken.", "Choose another name.")
    elif not _VARIABLE.fullmatch(name):
        spot.error(
            "invalid_name",
            "A variable's name has letters, digits and `_`, and no `$`.",
            f"Write `{name[1:]}`." if _VARIABLE.fullmatch(name[1:]) else None,
        )


def _collection(spot: Spot) -> None:
    if isinstance(spot.value, str):
        expression(spot)
    elif isinstance(spot.value, list):
        if len(spot.value) > MAX_INLINE_ITEMS:
            spot.error(
                "too_many_values", f"An inline list has at most {MAX_INLINE_ITEMS} items here."
            )
        value(spot)
    else:
        wrong_type(spot, "an expression or a list")


def _loop_body(task: Spot, names: Collection[str]) -> None:
    inside = task.knowing(*loop_variables(task.member("for")))
    if inside.has("while"):
        condition(inside.member("while"))
    if inside.has("do"):
        tasks(inside.member("do"))


def _foreach(spot: Spot) -> None:
    each, at = subscription_variables(spot)
    if each == at:
        spot.error("duplicate_name", f"`item` and `at` are both `{each}`.", "Rename one of them.")
    members(
        spot.knowing(each, at),
        {
            "item": _variable_name,
            "at": _variable_name,
            "do": tasks,
            "output": output_block,
            "export": export_block,
        },
    )


def subscription_variables(spot: Spot) -> tuple[str, str]:
    """Return the names that ``foreach`` gives to the event and its index."""
    found = spot.value if isinstance(spot.value, dict) else {}
    each, at = found.get("item", DEFAULT_EACH), found.get("at", DEFAULT_AT)
    return (
        each if isinstance(each, str) else DEFAULT_EACH,
        at if isinstance(at, str) else DEFAULT_AT,
    )


def _raise(spot: Spot) -> None:
    members(spot, {"error": error_or_name}, ("error",))


def _call(task: Spot, names: Collection[str]) -> None:
    call = task.member("call")
    if not is_text(call):
        return
    if call.value in _CALLS_NOT_YET:
        call.not_supported_yet(f"call: {call.value}")
    elif call.value not in _CALLS:
        call.not_supported_yet(
            f"call: {str(call.value)[:100]}", "Functions cannot be called yet; `http` can."
        )
    elif not task.has("with"):
        call.error_of_member("missing_member", f"`{task.name}` has no `with`.", "Add `with`.")
    else:
        _CALLS[str(call.value)](task.member("with"))


_CALLS: dict[str, Check] = {
    "http": http_arguments,
    "human-review": human_review_arguments,
}


def _fork(spot: Spot) -> None:
    members(spot, {"branches": _branches, "compete": boolean}, ("branches",))


def _branches(spot: Spot) -> None:
    task_list(spot, TASK_TYPES, side_by_side=True)


TASK_TYPES = {
    "set": TaskType({"set": _set}, ("set",)),
    "switch": TaskType({"switch": _nothing}, ("switch",), _switch),
    "for": TaskType({"for": _for, "while": _nothing, "do": _nothing}, ("for", "do"), _loop_body),
    "do": TaskType({"do": tasks}, ("do",)),
    "fork": TaskType({"fork": _fork}, ("fork",)),
    "try": TaskType(
        {"try": tried(tasks), CATCH: _nothing}, ("try", CATCH), caught(tasks, _variable_name)
    ),
    "raise": TaskType({"raise": _raise}, ("raise",)),
    "wait": TaskType({"wait": duration}, ("wait",)),
    "emit": TaskType({"emit": emit}, ("emit",)),
    "listen": TaskType({"listen": listen, "foreach": _foreach}, ("listen",)),
    "call": TaskType({"call": _nothing, "with": _nothing}, ("call",), _call),
}
"""Keyword → type of task. ``for`` stands before ``do``, which its tasks have too."""
