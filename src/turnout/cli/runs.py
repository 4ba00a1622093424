"""``turnout runs``: list, show, watch, rerun; ``run_actions`` has the rest."""

import json
import time
from typing import Annotated, Any

import typer

from turnout.cli import render
from turnout.cli.failure import ExitCode
from turnout.cli.history import Limit
from turnout.cli.remote import Remote, add, examples, remote
from turnout.cli.resource import Resource
from turnout.cli.run_actions import (
    COMMANDS,
    Arm,
    AssignmentKey,
    Outcome,
    Run,
    Status,
    Version,
    Where,
    act,
    filters,
    find,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Runs: list, show, cancel, suspend, resume, retry, rerun, watch.",
)

ENDED = frozenset({"completed", "faulted", "cancelled"})


@examples(
    "turnout runs list onboarding --status faulted",
    "turnout runs list onboarding --arm treatment --outcome decline --limit 50",
)
@remote
def list_(
    remote: Remote,
    workflow: Annotated[str | None, typer.Argument(help="Handle or id of a workflow.")] = None,
    status: Status = None,
    version: Version = None,
    arm: Arm = None,
    outcome: Outcome = None,
    assignment_key: AssignmentKey = None,
    limit: Limit = 20,
) -> None:
    """List runs, newest first."""
    where = Where(workflow, version, status, arm, outcome, assignment_key)
    found, chosen = filters(remote, where)
    runs = list(remote.client.every("/workflow-runs", limit, chosen))
    if remote.printed_all(runs):
        return
    remote.begin(str(found["handle"]) if found else "")
    render.table(
        ("run", "status", "outcome", "version", "created", "why this version"),
        [
            (
                render.short(run.id),
                run["status"],
                run["outcome"],
                version_of(run),
                render.when(run["created-at"]),
                run["reason-for-version"],
            )
            for run in runs
        ],
        empty="No such runs.",
    )


@examples("turnout runs show 4h2k9z0q", "turnout runs show 4h2k9z0q --trace --json")
@remote
def show(
    remote: Remote,
    run: Run,
    trace: Annotated[bool, typer.Option("--trace", help="Every task, too.")] = False,
) -> None:
    """Show a run: its version and why, its input and output, or its fault."""
    found = find(remote, run)
    tasks = _trace(remote, found) if trace else None
    if remote.json:
        render.as_json(found.raw if tasks is None else {**found.raw, "trace": tasks})
        return
    workflow = remote.workflow(str(found.related("workflow")))
    remote.begin(str(workflow["handle"]))
    tell(found)
    if tasks is not None:
        render.table(
            ("task", "phase", "started", "ended", "attempts"),
            [
                (
                    _place(task),
                    task["phase"],
                    render.when(task["started-at"]),
                    render.when(task["ended-at"]),
                    task["attempts"],
                )
                for task in tasks
            ],
        )


@examples("turnout runs rerun 4h2k9z0q")
@remote
def rerun(remote: Remote, run: Run) -> None:
    """Start a new run with the same input, on what is live now."""
    act(remote, run, "rerun", {})


@examples("turnout runs watch 4h2k9z0q")
@remote
def watch(remote: Remote, run: Run) -> None:
    """Follow a run to its end; exits 3 when it faulted."""
    found = find(remote, run)
    workflow = remote.workflow(str(found.related("workflow")))
    remote.begin(str(workflow["handle"]))
    seen = None
    while True:
        if not remote.json and found["status"] != seen:
            render.say(f"{render.short(found.id)} {found['status']}")
        seen = found["status"]
        if seen in ENDED:
            break
        # A wait is answered at the end, or in a while: no need to ask more often.
        found = remote.client.get(f"/workflow-runs/{found.id}", wait=20).one
        if found["status"] not in ENDED:
            time.sleep(0.2)
    if remote.json:
        render.as_json(found.raw)
    else:
        tell(found)
    exit_as(found)


def version_of(run: Resource) -> str:
    """The run's version: ``v7``."""
    return f"v{run['version-number']}"


def tell(run: Resource) -> None:
    """Print a run."""
    render.facts(
        (
            ("run", run.id),
            ("status", run["status"]),
            ("outcome", run["outcome"]),
            ("version", run["reason-for-version"]),
            ("created", render.when(run["created-at"])),
            ("ended", render.when(run["completed-at"])),
            ("suspended", _suspension(run["suspension"])),
            ("rerun of", render.short(run.related("rerun-of"))),
            ("input", _compact(run["input"])),
            ("output", _compact(run["output"])),
            ("error", _compact(run["error"])),
        )
    )


def exit_as(run: Resource) -> None:
    """End the command with 3 when the run faulted."""
    if run["status"] == "faulted":
        raise typer.Exit(int(ExitCode.FAULTED))


def _trace(remote: Remote, run: Resource) -> list[dict[str, Any]]:
    data = remote.client.get(f"/workflow-runs/{run.id}/trace").data
    tasks: list[dict[str, Any]] = data["attributes"]["trace"]
    return tasks


def _place(task: dict[str, Any]) -> str:
    """A task's path, with the indexes of the loops around it: ``each/check [2]``."""
    indexes = ", ".join(str(index) for index in task["iteration"])
    return f"{task['path']} [{indexes}]" if indexes else str(task["path"])


def _suspension(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    why = found["problem"] or found["reason"]
    return f"{render.when(found['at'])} by {found['actor']}{': ' if why else ''}{why}"


def _compact(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


add(app, list_, show, *COMMANDS, rerun, watch)
