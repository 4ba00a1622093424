"""``turnout restore``: copy a version into the draft."""

from typing import Annotated

import typer

from turnout.cli import render, versions
from turnout.cli.promote import Version, Workflow
from turnout.cli.remote import Remote, examples, remote


@examples(
    "turnout restore onboarding v7",
    "turnout restore onboarding v7 --set-aside",
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
    """Copy a published version into the draft, to edit and publish it again."""
    found = remote.workflow(workflow)
    listed = versions.of(remote.client, found)
    chosen = versions.find(listed, found, version)
    drafts = [each for each in listed if versions.label(each) == versions.DRAFT]
    before = f"revision {drafts[0]['revision']} (set aside)" if drafts else "none"
    answer = remote.client.post(
        f"/workflow-versions/{chosen.id}/restore", {"set-aside": True} if set_aside else {}
    )
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    render.say(
        f"draft: {before} → revision {answer.one['revision']}, a copy of {versions.label(chosen)}"
    )
