"""``turnout draft``: show, save, compare and discard the one draft of a workflow."""

from pathlib import Path
from typing import Annotated

import typer

from turnout.cli import problems, render, versions
from turnout.cli.diff import baseline, compare
from turnout.cli.diff import tell as tell_changes
from turnout.cli.failure import Failure, Usage
from turnout.cli.files import read_text
from turnout.cli.promote import Workflow
from turnout.cli.remote import Remote, add, confirm, examples, is_terminal, path_part, remote
from turnout.cli.resource import Answer, Resource

app = typer.Typer(no_args_is_help=True, help="Drafts: show, save, compare, discard.")

Revision = Annotated[
    int | None, typer.Option("--revision", "-r", min=0, help="The revision that you worked on.")
]


@examples("turnout draft show onboarding", "turnout draft show onboarding --text > onboarding.yaml")
@remote
def show(
    remote: Remote,
    workflow: Workflow,
    text: Annotated[bool, typer.Option("--text", help="Print the definition alone.")] = False,
) -> None:
    """Show the draft: its text, revision and problems."""
    found = remote.workflow(workflow)
    answer = remote.client.get(path(found))
    if text:
        typer.echo(answer.one["definition"], nl=False)
        return
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    render.say(f"draft · revision {answer.one['revision']}", "bold")
    render.say(answer.one["definition"].rstrip("\n"))
    problems.tell(answer.one["problems"], answer.one["definition"])


@examples(
    "turnout draft save onboarding onboarding.yaml",
    "turnout draft save onboarding onboarding.yaml --revision 3",
)
@remote
def save(
    remote: Remote,
    workflow: Workflow,
    file: Annotated[Path, typer.Argument(help="The definition, YAML or JSON; - is stdin.")],
    revision: Revision = None,
) -> None:
    """Save a file as the draft: a new one, or the next revision of the one that is there.

    A draft that is there is only replaced when you say which revision you worked on; without a
    terminal with --revision.
    """
    text = read_text(file)
    found = remote.workflow(workflow)
    before = current(remote, found)
    if before is not None and revision is None:
        number = before.one["revision"]
        otherwise = (
            f"There is a draft at revision {number}; without a terminal, say that you worked on it "
            f"with --revision {number}."
        )
        if not confirm(f"Replace the draft at revision {number}?", yes=False, otherwise=otherwise):
            raise Failure("Nothing was saved.")
        revision = number
    answer = put(remote, found, text, before, revision)
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    was = f"revision {before.one['revision']}" if before else "none"
    render.say(f"draft: {was} → revision {answer.one['revision']}")
    problems.tell(answer.one["problems"], text)


@examples("turnout draft diff onboarding")
@remote
def diff(remote: Remote, workflow: Workflow) -> None:
    """Show what the draft changes, against what is live."""
    found = remote.workflow(workflow)
    listed = versions.of(remote.client, found)
    after = versions.find(listed, found, versions.DRAFT)
    before = baseline(listed)
    if before is None:
        raise Failure(f"Nothing of {found['handle']} is live here to compare the draft with.")
    answer = compare(remote, before, after)
    if remote.printed(answer):
        return
    remote.begin(str(found["handle"]))
    render.say(f"{versions.label(before)} → draft")
    tell_changes(answer)


@examples("turnout draft discard onboarding --revision 3 --yes")
@remote
def discard(
    remote: Remote,
    workflow: Workflow,
    revision: Revision = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Set the draft aside; `restore` brings it back by the id that is printed."""
    found = remote.workflow(workflow)
    before = remote.client.get(path(found))
    number = before.one["revision"]
    if revision is None and not (yes and is_terminal()) and not is_terminal():
        raise Usage(f"Without a terminal, discarding needs --yes --revision {number}.")
    if not confirm(
        f"Discard the draft at revision {number}?",
        yes=yes,
        otherwise=f"Without a terminal, discarding needs --yes --revision {number}.",
    ):
        raise Failure("Nothing was discarded.")
    remote.client.delete(path(found), if_match=etag(number if revision is None else revision))
    if remote.json:
        render.as_json({"id": before.one.id, "set-aside": True})
        return
    remote.begin(str(found["handle"]))
    render.say(f"draft: revision {number} → none; it was set aside")
    render.say(f"To have it back: turnout restore {found['handle']} {before.one.id}", "dim")


def path(workflow: Resource) -> str:
    """Where a workflow's draft is."""
    return f"/workflows/{path_part(workflow.id)}/draft"


def etag(revision: int) -> str:
    """The entity tag of a revision."""
    return f'"{revision}"'


def current(remote: Remote, workflow: Resource) -> Answer | None:
    """The draft, or None when there is none."""
    if workflow.related("draft") is None:
        return None
    return remote.client.get(path(workflow))


def put(
    remote: Remote, workflow: Resource, text: str, before: Answer | None, revision: int | None
) -> Answer:
    """Save a text over ``revision``, or as the first one where there is no draft."""
    first = before is None and not revision
    if_match = None if first else etag(revision or 0)
    return remote.client.put(path(workflow), {"definition": text}, if_match=if_match)


add(app, show, save, diff, discard)
