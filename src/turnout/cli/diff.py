"""``turnout diff``: what differs between two versions, in sentences."""

from typing import Annotated, Any

import typer

from turnout.cli import render, versions
from turnout.cli.failure import Failure
from turnout.cli.promote import Workflow
from turnout.cli.remote import Remote, examples, remote
from turnout.cli.resource import Answer, Resource

_MARKS = {
    "added": ("+", "green"),
    "removed": ("-", "red"),
    "changed": ("~", "yellow"),
    "moved": (">", "cyan"),
}


@examples(
    "turnout diff onboarding v7 v8",
    "turnout diff onboarding v7 draft",
    "turnout diff onboarding    # what is live against the draft",
)
@remote
def diff(
    remote: Remote,
    workflow: Workflow,
    old: Annotated[
        str | None, typer.Argument(help="v7, 7, an id or draft; default: what is live.")
    ] = None,
    new: Annotated[str, typer.Argument(help="v8, 8, an id or draft.")] = versions.DRAFT,
) -> None:
    """Show what differs between two versions, or between a version and the draft."""
    found = remote.workflow(workflow)
    listed = versions.of(remote.client, found)
    before = versions.find(listed, found, old) if old else baseline(listed)
    if before is None:
        raise Failure(f"Nothing of {found['handle']} is live here; name the version to compare.")
    after = versions.find(listed, found, new)
    answer = compare(remote, before, after)
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    render.say(f"{versions.label(before)} → {versions.label(after)}")
    tell(answer)


def baseline(listed: list[Resource]) -> Resource | None:
    """What a change is compared with: the version that was last alone at 100 % here."""
    live = [each for each in listed if each["live"]]
    control = [each for each in live if each["rollout-label"] == "control"]
    return next(iter(control or live), None)


def compare(remote: Remote, before: Resource, after: Resource) -> Answer:
    """Ask for the differences that ``after`` has from ``before``."""
    return remote.client.get(f"/workflow-versions/{after.id}/diff", against=before.id)


def tell(answer: Answer) -> None:
    """Print differences, a line each."""
    changes: list[dict[str, Any]] = answer.data["attributes"]["changes"]
    for each in changes:
        mark, style = _MARKS.get(each["kind"], ("~", ""))
        render.say(f"  {mark} {each['sentence']}", style)
    if not changes:
        render.say("  No difference in what they do.", "dim")
