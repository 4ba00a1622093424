"""Calls that nothing of the workflow's own bounds in time."""

from turnout.definition.findings import Spot
from turnout.definition.flow import Step, TaskList

_ANSWERED_BY_SERVERS = ("http", "openapi")


def check_call_bounds(root: Spot, tasks: TaskList) -> None:
    """Warn of calls without a time-out, unless the workflow or a task around them has one."""
    if not root.has("timeout"):
        _check(tasks)


def _check(tasks: TaskList) -> None:
    for step in tasks.steps:
        if step.spot.has("timeout"):
            continue
        if _is_call(step):
            step.spot.warning(
                "call_without_timeout",
                f"`{step.name}` calls a server and does not say how long it may take.",
                "Add `timeout: { after: PT10S }` to it, or to a task around it.",
            )
        for inner in step.lists:
            _check(inner)


def _is_call(step: Step) -> bool:
    called = step.spot.at("call")
    return called is not None and called.value in _ANSWERED_BY_SERVERS
