"""Checks of ``try`` and ``fork``."""

from collections.abc import Callable, Collection

from turnout.definition.error_checks import error_filter
from turnout.definition.expression_checks import condition
from turnout.definition.findings import Check, Spot
from turnout.definition.retry_checks import retry_or_name
from turnout.definition.shapes import members
from turnout.definition.task_list import directive, names_in

CATCH = "catch"
"""Between a ``try`` and the tasks of its ``catch.do`` in their paths."""

DEFAULT_ERROR = "error"


def tried(check: Check) -> Check:
    """Return the check of the list of a ``try``; ``check`` is that of any list of tasks."""

    def tasks(spot: Spot) -> None:
        check(spot)
        if isinstance(spot.value, list) and CATCH in names_in(spot):
            spot.error(
                "reserved_name",
                f"A task in `try` cannot be named `{CATCH}`: its path would be that of what "
                "handles errors.",
                "Rename it.",
            )

    return tasks


def caught(check: Check, variable: Check) -> Callable[[Spot, Collection[str]], None]:
    """Return the check of a ``catch``, which needs the names of the tasks around it.

    Args:
        check: of a list of tasks. variable: of a variable's name.
    """

    def catch(task: Spot, names: Collection[str]) -> None:
        spot = task.at(CATCH)
        if spot is None:
            return
        name = spot.value.get("as") if isinstance(spot.value, dict) else None
        inside = spot.knowing(name if isinstance(name, str) else DEFAULT_ERROR)
        known = {
            "errors": _errors,
            "as": variable,
            "when": condition,
            "exceptWhen": condition,
            "retry": retry_or_name,
            "do": check,
            "then": lambda then: directive(then, names),
        }
        members(inside, known)

    return catch


def _errors(spot: Spot) -> None:
    members(spot, {"with": error_filter}, ("with",))
