"""``turnout status``: what is live, and what goes on."""

from typing import Annotated

import typer

from turnout.cli import render, rollouts, versions, workflows
from turnout.cli.remote import Remote, examples, remote
from turnout.cli.resource import Resource


@examples("turnout status", "turnout status onboarding")
@remote
def status(
    remote: Remote,
    workflow: Annotated[str | None, typer.Argument(help="Handle or id of a workflow.")] = None,
) -> None:
    """Show what is live: of all workflows, or of one with its rollout."""
    if workflow is None:
        _all(remote)
    else:
        _one(remote, workflow)


def _all(remote: Remote) -> None:
    found = list(remote.client.every("/workflows"))
    if remote.printed_all(found):
        return
    remote.begin()
    render.table(
        ("workflow", "status", "live", "draft", "runs", "in flight"),
        [_row(each, versions.of(remote.client, each)) for each in found],
        empty="No workflows yet; `turnout workflow create NAME` makes one.",
    )


def _row(workflow: Resource, listed: list[Resource]) -> tuple[object, ...]:
    live = " · ".join(f"{name} {share:g} %" for name, share in versions.shares(listed).items())
    return (
        workflow["handle"],
        workflow["status"],
        live or "nothing",
        "yes" if workflow.related("draft") else "",
        sum(each["runs"] for each in listed),
        sum(each["in-flight"] for each in listed),
    )


def _one(remote: Remote, reference: str) -> None:
    workflow = remote.workflow(reference)
    listed = versions.of(remote.client, workflow)
    newest = next(remote.client.every("/rollouts", 1, {"workflow-id": workflow.id}), None)
    active = newest if newest is not None and newest["state"] == "active" else None
    if remote.json:
        render.as_json(
            {
                "workflow": workflow.raw,
                "versions": [each.raw for each in listed],
                "rollout": active.raw if active else None,
            }
        )
        return
    remote.begin(str(workflow["handle"]))
    workflows.tell(workflow)
    render.say()
    workflows.tell_versions(listed)
    if active is not None:
        render.say()
        rollouts.tell(active)
