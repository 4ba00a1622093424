"""``turnout runs``: list, show, cancel, retry, rerun, watch."""

import json
import time
from typing import Annotated, Any

import typer

from turnout.cli import references, render, versions
from turnout.cli.failure import ExitCode, Usage
from turnout.cli.history import Limit
from turnout.cli.remote import Remote, add, examples, remote
from turnout.cli.resource import Resource

app = typer.Typer(no_args_is_help=True, help="Runs: list, show, cancel, retry, rerun, watch.")

Run = Annotated[str, typer.Argument(help="The run's id, or the end of it.")]
Reason = Annotated[str, typer.Option("--message", "-m", help="Why; kept in the audit log.")]
ENDED = frozenset({"completed", "faulted", "cancelled"})


@examples(
    "turnout runs list onboarding --status faulted",
    "turnout runs list onboarding --arm treatment --outcome decline --limit 50",
)
@remote
def list_(
    remote: Remote,
    workflow: Annotated[str | None, typer.Argument(help="Handle or id of a workflow.")] = None,
    status: Annotated[str | None, typer.Option(help="completed, faulted, waiting …")] = None,
    version: Annotated[str | None, typer.Option(help="v7, 7 or an id.")] = None,
    arm: Annotated[str | None, typer.Option(help="treatment or control.")] = None,
    outcome: Annotated[str | None, typer.Option(help="How they were decided.")] = None,
    assignment_key: Annotated[str | None, typer.Option(help="Their assignment key.")] = None,
    limit: Limit = 20,
) -> None:
    """List runs, newest first."""
    found = remote.workflow(workflow) if workflow else None
    filters = {
        "workflow-id": found.id if found else None,
        "version-id": _version_id(remote, found, version),
        "status": status,
        "arm": arm,
        "outcome": outcome,
        "key": assignment_key,
    }
    runs = list(remote.client.every("/workflow-runs", limit, filters))
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


@examples("turnout runs cancel 4h2k9z0q -m 'Sent twice'")
@remote
def cancel(remote: Remote, run: Run, message: Reason = "") -> None:
    """End a run now."""
    _act(remote, run, "cancel", {"reason": message})


@examples("turnout runs retry 4h2k9z0q")
@remote
def retry(remote: Remote, run: Run, message: Reason = "") -> None:
    """Send a faulted run on from its failed task, on its own version."""
    _act(remote, run, "retry", {"reason": message})


@examples("turnout runs rerun 4h2k9z0q")
@remote
def rerun(remote: Remote, run: Run) -> None:
    """Start a new run with the same input, on what is live now."""
    _act(remote, run, "rerun", {})


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


def find(remote: Remote, reference: str) -> Resource:
    """A run by its id or the end of it."""
    return references.find(remote.client, "/workflow-runs", "wfr", reference)


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


def _act(remote: Remote, reference: str, verb: str, attributes: dict[str, Any]) -> None:
    before = find(remote, reference)
    answer = remote.client.post(f"/workflow-runs/{before.id}/{verb}", attributes)
    if remote.printed(answer):
        return
    workflow = remote.workflow(str(before.related("workflow")))
    remote.begin(str(workflow["handle"]))
    after = answer.one
    if after.id != before.id:
        render.say(f"{render.short(before.id)} → new run {after.id}: {after['status']}")
        render.say(str(after["reason-for-version"]), "dim")
    else:
        render.say(f"{render.short(before.id)} {before['status']} → {after['status']}")


def _trace(remote: Remote, run: Resource) -> list[dict[str, Any]]:
    data = remote.client.get(f"/workflow-runs/{run.id}/trace").data
    tasks: list[dict[str, Any]] = data["attributes"]["trace"]
    return tasks


def _place(task: dict[str, Any]) -> str:
    """A task's path, with the indexes of the loops around it: ``each/check [2]``."""
    indexes = ", ".join(str(index) for index in task["iteration"])
    return f"{task['path']} [{indexes}]" if indexes else str(task["path"])


def _version_id(remote: Remote, workflow: Resource | None, reference: str | None) -> str | None:
    if reference is None or reference.startswith("wflv_"):
        return reference
    if workflow is None:
        raise Usage("A version's number needs its workflow: `turnout runs list WORKFLOW …`.")
    return versions.find(versions.of(remote.client, workflow), workflow, reference).id


def _compact(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


add(app, list_, show, cancel, retry, rerun, watch)
