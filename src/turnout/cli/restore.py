"""``turnout restore``: copy a version into the draft, or take up a draft that was set aside."""

from typing import Annotated

import typer

from turnout.cli import render, versions
from turnout.cli.failure import ExitCode, Failure
from turnout.cli.promote import Version, Workflow
from turnout.cli.remote import Remote, examples, path_part, remote
from turnout.cli.resource import Resource


@examples(
    "turnout restore onboarding v7",
    "turnout restore onboarding v7 --set-aside",
    "turnout restore onboarding wflv_01j…",
)
@remote
def restore(
    remote: Remote,
    workflow: Workflow,
    version: Version,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Keep a draft that is in the way aside.")
    ] = False,
) -> None:
    """Copy a published version into the draft, to edit and publish it again.

    The id of a draft that was set aside makes that one the draft again.
    """
    found = remote.workflow(workflow)
    listed = versions.of(remote.client, found)
    source, made = _source(remote, listed, found, version)
    drafts = [each for each in listed if versions.label(each) == versions.DRAFT]
    if drafts and not set_aside:
        raise Failure(
            f"{found['handle']} has a draft at revision {drafts[0]['revision']}: publish or "
            "discard it first, or keep it aside with --set-aside.",
            ExitCode.CONFLICT,
        )
    before = f"revision {drafts[0]['revision']} (set aside)" if drafts else "none"
    answer = remote.client.post(
        f"/workflow-versions/{source}/restore",
        {"set-aside": True} if set_aside else {},
    )
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    render.say(f"draft: {before} → revision {answer.one['revision']}, {made}")


def _source(
    remote: Remote, listed: list[Resource], workflow: Resource, reference: str
) -> tuple[str, str]:
    """Id to restore, and what becomes of it in words."""
    if reference.startswith("wflv_") and all(each.id != reference for each in listed):
        # Drafts that were set aside stand in no list.
        aside = remote.client.get(f"/workflow-versions/{path_part(reference)}").one
        if aside.related("workflow") == workflow.id:
            return aside.id, "which was set aside before"
    chosen = versions.find(listed, workflow, reference)
    return chosen.id, f"a copy of {versions.label(chosen)}"
