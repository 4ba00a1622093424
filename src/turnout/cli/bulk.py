"""Bulk actions on runs, as commands carry them out: counted, confirmed, followed to their end."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from rich.progress import Progress

from turnout.cli import render
from turnout.cli.failure import ExitCode, Failure, Usage
from turnout.cli.remote import Remote, is_terminal
from turnout.cli.resource import Resource

PAST = {
    "suspend": "suspended",
    "resume": "resumed",
    "cancel": "cancelled",
    "retry": "retried",
}
"""Verb → what a run is then."""

_PATH = "/workflow-runs/bulk"
_LOOK_SECONDS = 0.5
_TRIES = 10
"""Runs may come and go between a count and its use."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What to do to which runs, and why; filters by the name within ``filter[…]``."""

    verb: str
    filters: Mapping[str, Any]
    reason: str = ""

    @property
    def query(self) -> dict[str, Any]:
        """The filters as parameters."""
        return {f"filter[{name}]": value for name, value in self.filters.items()}

    @property
    def attributes(self) -> dict[str, Any]:
        """The body, but for the count."""
        return {"action": self.verb, "reason": self.reason}


def count(remote: Remote, bulk: Bulk) -> int:
    """How many runs it would change now."""
    found: int = remote.client.post(_PATH, bulk.attributes, **bulk.query).body["meta"]["count"]
    return found


def carry_out(remote: Remote, bulk: Bulk, expected: int) -> Resource:
    """Do it, to exactly so many runs, and follow it to its end.

    Raises:
        Failure: another number matches; its exit code is that of a conflict.
    """
    wanted = {**bulk.attributes, "expected-count": expected}
    found = remote.client.post(_PATH, wanted, **bulk.query).one
    quiet = not sys.stderr.isatty()
    with Progress(console=render.console(stderr=True), transient=True, disable=quiet) as progress:
        task = progress.add_task("Runs", total=expected)
        while found["status"] == "working":
            progress.update(task, completed=found["done"] + found["refused"])
            found = remote.client.get(f"{_PATH}/{found.id}", wait=_LOOK_SECONDS).one
    return found


def tell(bulk: Resource) -> None:
    """Print what it came to."""
    told = [f"{bulk['done']} {PAST[bulk['action']]}"]
    told += [f"{many} refused ({code})" for code, many in sorted(bulk["refusals"].items())]
    left = bulk["count"] - bulk["done"] - bulk["refused"]
    if left:
        told.append(f"{left} left as they were, because the key may do this no longer")
    render.say(", ".join(told))


def exit_as(bulk: Resource) -> None:
    """End the command with 1 where a run was not changed."""
    if bulk["done"] < bulk["count"]:
        raise Failure("")


def confirmed(remote: Remote, bulk: Bulk, *, yes: bool, named: int | None) -> Resource | None:
    """Ask with the count, and do it; None where nothing matches.

    Args:
        yes: the person said so already. named: to so many runs.

    Raises:
        Usage: nobody can be asked. Failure: the answer was no, or the count is another.
    """
    if not is_terminal() and not (yes and named is not None):
        raise Usage(
            f"Without a terminal nobody can be asked: {bulk.verb} needs --yes --count N. "
            f"{_matching(count(remote, bulk))} now."
        )
    if yes:
        return all_of_them(remote, bulk) if named is None else carry_out(remote, bulk, named)
    while matching := count(remote, bulk):
        if named not in (None, matching):
            raise Failure(f"{_matching(matching)} now, not {named}.", ExitCode.CONFLICT)
        if not typer.confirm(f"{bulk.verb.title()} {_runs(matching)}?"):
            raise Failure("Nothing was changed.")
        try:
            return carry_out(remote, bulk, matching)
        except Failure as failure:
            if failure.code is not ExitCode.CONFLICT:
                raise
            # Runs came or went while the question stood there: it is asked anew.
            render.warn(failure.message)
    return None


def all_of_them(remote: Remote, bulk: Bulk) -> Resource:
    """Do it to however many there are, as somebody decided who wants no number."""
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            return carry_out(remote, bulk, count(remote, bulk))
        except Failure as failure:
            if failure.code is not ExitCode.CONFLICT or not tries_left:
                raise
    raise AssertionError("the last try returns or raises")


def _matching(count: int) -> str:
    return f"{_runs(count)} {'matches' if count == 1 else 'match'}"


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"
