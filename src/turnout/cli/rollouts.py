"""``turnout rollout``: show, change the share, complete, stop, watch."""

import time
from typing import Annotated

import typer
from rich.live import Live
from rich.text import Text

from turnout.cli import references, render, versions
from turnout.cli.bulk import exit_as
from turnout.cli.changes import tell_shares
from turnout.cli.failure import ExitCode, Failure
from turnout.cli.in_flight import InFlight, settle
from turnout.cli.promote import Message, share_of_new_runs
from turnout.cli.remote import Remote, add, examples, remote
from turnout.cli.resource import Resource

app = typer.Typer(no_args_is_help=True, help="Rollouts: show, change the share, complete, stop.")

Reference = Annotated[
    str, typer.Argument(help="Handle of the workflow, or the rollout's id, or its last characters.")
]
Percent = Annotated[float, typer.Argument(help="The treatment's share, 0 to 100.")]


@examples("turnout rollout show onboarding", "turnout rollout show 4h2k9z0q --json")
@remote
def show(remote: Remote, rollout: Reference) -> None:
    """Show the newest rollout of a workflow, or any by its id."""
    found = find(remote, rollout)
    if remote.json:
        render.as_json(found.raw)
        return
    remote.begin(str(found["workflow-handle"]))
    tell(found)


@examples("turnout rollout set onboarding 50")
@remote
def set_(remote: Remote, rollout: Reference, percent: Percent) -> None:
    """Change the treatment's share; 100 completes the rollout, 0 stops it."""
    wanted = {"percentage": share_of_new_runs(percent, lowest=0)}
    found = find(remote, rollout, active=True)
    workflow = remote.workflow(str(found.related("workflow")))
    before = versions.of(remote.client, workflow)
    state = remote.client.get(f"/rollouts/{found.id}")
    answer = remote.client.patch(f"/rollouts/{found.id}", wanted, if_match=state.etag or '"0"')
    tell_shares(remote, workflow, before, answer)


@examples("turnout rollout complete onboarding -m 'Approvals up, no complaints'")
@remote
def complete(remote: Remote, rollout: Reference, message: Message = "") -> None:
    """Send all new runs to the treatment, and end the rollout."""
    _end(remote, rollout, "complete", message)


@examples(
    "turnout rollout stop onboarding -m 'Too many declines'",
    "turnout rollout stop onboarding --in-flight suspend",
)
@remote
def stop(
    remote: Remote,
    rollout: Reference,
    message: Message = "",
    in_flight: Annotated[
        InFlight | None,
        typer.Option(
            "--in-flight", help="What becomes of the stopped version's runs; on a terminal it asks."
        ),
    ] = None,
) -> None:
    """Send all new runs to the control, and end the rollout.

    Runs in flight on the stopped version finish on it, unless they are suspended or cancelled:
    right here, or later with `turnout runs suspend|cancel --version`.
    """
    found = find(remote, rollout, active=True)
    if remote.json:
        stopped = dict(remote.client.post(f"/rollouts/{found.id}/stop", {"reason": message}).data)
        try:
            done = settle(remote, found, in_flight, message)
            stopped |= {} if done is None else {"in-flight": done.raw}
        finally:  # it is stopped, whatever becomes of the rest
            render.as_json(stopped)
    else:
        _end(remote, rollout, "stop", message)
        done = settle(remote, found, in_flight, message)
    if done is not None:
        exit_as(done)


@examples("turnout rollout watch onboarding --every 5")
@remote
def watch(
    remote: Remote,
    rollout: Reference,
    every: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between looks.")] = 2,
) -> None:
    """Follow a rollout's arms until it ends."""
    found = find(remote, rollout)
    remote.begin(str(found["workflow-handle"]))
    with Live(console=render.console(), auto_refresh=False) as live:
        while True:
            if remote.json:
                render.as_json(found.raw)
            else:
                live.update(Text(render.plain(_line(found))), refresh=True)
            if found["state"] != "active":
                return
            time.sleep(every)
            found = remote.client.get(f"/rollouts/{found.id}").one


def find(remote: Remote, reference: str, *, active: bool = False) -> Resource:
    """A rollout by its workflow's handle (the active or newest one), its id or the id's end.

    Raises:
        Failure: there is none.
    """
    workflow = next(iter(_workflows(remote, reference)), None)
    if workflow is None:
        return references.find(remote.client, "/rollouts", "rol", reference)
    newest = next(remote.client.every("/rollouts", 1, {"workflow-id": workflow.id}), None)
    if newest is None or (active and newest["state"] != "active"):
        state = f"the last one is {newest['state']}" if newest else "it never had one"
        raise Failure(
            f"{workflow['handle']} has no active rollout here: {state}.", ExitCode.CONFLICT
        )
    return newest


def tell(rollout: Resource) -> None:
    """Print a rollout and its arms."""
    render.facts(
        (
            ("rollout", rollout.id),
            ("state", rollout["state"]),
            ("kind", rollout["kind"]),
            ("share", render.percent(rollout["percentage"])),
            ("assignment key", rollout["assignment-key"]),
            ("started", render.when(rollout["started-at"])),
            ("ended", render.when(rollout["ended-at"])),
        )
    )
    outcomes = sorted({name for arm in rollout["arms"] for name in arm["outcomes"]})
    render.table(
        ("arm", "version", "share", "runs", "in flight", "completed", "faulted", *outcomes),
        [
            (
                arm["label"],
                f"v{arm['number']}",
                render.percent(arm["percentage"]),
                arm["runs"],
                arm["in-flight"],
                arm["completed"],
                arm["faulted"],
                *(arm["outcomes"].get(name, 0) for name in outcomes),
            )
            for arm in rollout["arms"]
        ],
    )


def _workflows(remote: Remote, reference: str) -> list[Resource]:
    """The workflow with this handle or id, if there is one."""
    if reference.startswith("rol_"):
        return []
    if reference.startswith("wfl_"):
        return [remote.workflow(reference)]
    return list(remote.client.every("/workflows", 1, {"handle": reference}))


def _end(remote: Remote, reference: str, verb: str, reason: str) -> None:
    found = find(remote, reference, active=True)
    workflow = remote.workflow(str(found.related("workflow")))
    before = versions.of(remote.client, workflow)
    answer = remote.client.post(f"/rollouts/{found.id}/{verb}", {"reason": reason})
    tell_shares(remote, workflow, before, answer)


def _line(rollout: Resource) -> str:
    arms = [
        f"{arm['label']} v{arm['number']} {arm['percentage']:g} %: "
        f"{arm['runs']} runs, {arm['in-flight']} in flight, {arm['faulted']} faulted"
        for arm in rollout["arms"]
    ]
    return f"{rollout['state']} · " + " · ".join(arms)


add(app, show, set_, complete, stop, watch)
