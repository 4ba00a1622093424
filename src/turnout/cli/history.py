"""``turnout history``: what happened to the versions of a workflow."""

from typing import Annotated, Any

import typer

from turnout.cli import render, versions
from turnout.cli.promote import Workflow
from turnout.cli.remote import Remote, examples, path_part, remote

Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, at most.")]


@examples("turnout history onboarding", "turnout history onboarding --at 2026-05-14T02:00:00Z")
@remote
def history(
    remote: Remote,
    workflow: Workflow,
    limit: Limit = 20,
    at: Annotated[
        str | None, typer.Option(help="What was live at this instant (ISO 8601, UTC).")
    ] = None,
) -> None:
    """Show the version history, newest first; or what was live at an instant."""
    found = remote.workflow(workflow)
    path = f"/workflows/{path_part(found.id)}/history"
    if at is not None:
        answer = remote.client.get(path, at=at)
        if not remote.printed(answer):
            remote.begin(str(found["handle"]))
            labels = {each.id: versions.label(each) for each in versions.of(remote.client, found)}
            render.say(f"{render.when(at)}: {_live_then(answer.data, labels)}")
        return
    events = list(remote.client.every(path, limit))
    if remote.printed_all(events):
        return
    remote.begin(str(found["handle"]))
    render.table(
        ("when", "event", "version", "shares", "by", "why"),
        [
            (
                render.when(event["created-at"]),
                event["event"],
                f"v{event['version-number']}",
                render.change(by_label(event["shares-before"]), by_label(event["shares-after"])),
                event["actor"],
                event["description"],
            )
            for event in events
        ],
        empty="Nothing was published here yet.",
    )


def by_label(shares: list[dict[str, Any]] | None) -> dict[str, float]:
    """Label → percent, of a history event's shares."""
    return {f"v{each['number']}": each["percentage"] for each in shares or ()}


def _live_then(deployment: dict[str, Any] | None, labels: dict[str, str]) -> str:
    if deployment is None:
        return "nothing was live"
    return ", ".join(
        f"{labels[each['token']]} {render.percent(each['percentage'])}"
        for each in deployment["attributes"]["configuration"]["versions"]
    )
