"""``turnout publish``: show what would change, then lock the draft as a version and deploy it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from turnout.cli import problems, render, versions
from turnout.cli.changes import tell_shares
from turnout.cli.diff import baseline, compare
from turnout.cli.diff import tell as tell_changes
from turnout.cli.drafts import current, path, put
from turnout.cli.failure import ExitCode, Failure, Usage
from turnout.cli.files import read_text
from turnout.cli.promote import Message, Workflow, share_of_new_runs
from turnout.cli.remote import Remote, examples, is_terminal, path_part, remote
from turnout.cli.resource import Answer, Resource


@dataclass(frozen=True, slots=True)
class _Asked:
    """The flags that stand for a person who reviewed the draft."""

    yes: bool
    revision: int | None
    percent: float | None


@examples(
    "turnout publish onboarding --percent 10 -m 'Lower the watch-list threshold'",
    "turnout publish onboarding --file onboarding.yaml --percent 25",
    "turnout publish onboarding --yes --revision 3 --percent 10",
)
@remote
def publish(
    remote: Remote,
    workflow: Workflow,
    percent: Annotated[
        float | None,
        typer.Option("--percent", "-p", help="Its share of new runs, 0.01 to 100; default 100."),
    ] = None,
    message: Message = "",
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="Save this as the draft first.")
    ] = None,
    revision: Annotated[
        int | None,
        typer.Option("--revision", "-r", min=1, help="The revision that you reviewed."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    supersede: Annotated[
        bool, typer.Option("--supersede", help="End a running rollout for it.")
    ] = False,
) -> None:
    """Publish the draft: lock it as the next version and send it a share of new runs.

    Shows what it changes against what is live, and asks; what is published is the revision that
    was shown. Without a terminal it needs --yes, --revision and --percent.
    """
    asked = _Asked(yes, revision, percent)
    _require_said(asked, workflow)
    share = share_of_new_runs(100.0 if percent is None else percent)
    text = None if file is None else read_text(file)
    found = remote.workflow(workflow)
    draft = _draft(remote, found, text, asked)
    listed = versions.of(remote.client, found)
    if not remote.json:
        _show(remote, found, listed, draft, yes=yes)
    if not yes and not typer.confirm(f"Publish revision {draft['revision']} at {share:g} %?"):
        raise Failure("Nothing was published.")
    wanted = {
        "revision": draft["revision"] if revision is None else revision,
        "rollout-percentage": share,
        "description": message,
    }
    answer = remote.client.post(
        f"/workflows/{path_part(found.id)}/publish",
        wanted | ({"supersede": True} if supersede else {}),
    )
    tell_shares(remote, found, listed, answer, begun=True)


def _require_said(asked: _Asked, workflow: str) -> None:
    said = asked.yes and asked.revision is not None and asked.percent is not None
    if not said and not is_terminal():
        raise Usage(
            "Without a terminal nobody can be asked: publish needs --yes --revision N --percent P. "
            f"`turnout draft show {workflow}` tells the revision."
        )


def _draft(remote: Remote, workflow: Resource, text: str | None, asked: _Asked) -> Resource:
    """The draft to publish, with a text saved into it where one is given."""
    before = current(remote, workflow)
    if text is not None:
        before = _saved(remote, workflow, text, before, asked)
    if before is None:
        before = remote.client.get(path(workflow))  # refuses: there is none
    draft = before.one
    if asked.revision not in (None, draft["revision"]):
        raise Failure(
            f"You reviewed revision {asked.revision}; the draft is at revision "
            f"{draft['revision']} now. `turnout draft diff {workflow['handle']}` shows it.",
            ExitCode.CONFLICT,
        )
    return draft


def _saved(
    remote: Remote, workflow: Resource, text: str, before: Answer | None, asked: _Asked
) -> Answer:
    """The draft with a text saved into it; the revision it will have must be the one named."""
    if before is not None and before.one["definition"] == text:
        return before
    base = before.one["revision"] if before else workflow["revisions"]
    if asked.revision not in (None, base + 1):
        raise Failure(
            f"The file would become revision {base + 1}, not {asked.revision}; "
            "review what is there, then publish with that revision.",
            ExitCode.CONFLICT,
        )
    if before is not None and not asked.yes:
        typer.confirm(f"Replace the draft at revision {base} with the file?", abort=True)
    return put(remote, workflow, text, before, base if before else None)


def _show(
    remote: Remote, workflow: Resource, listed: list[Resource], draft: Resource, *, yes: bool
) -> None:
    remote.begin(str(workflow["handle"]))
    errors = [each for each in draft["problems"] if each["severity"] == "error"]
    # Where nobody is asked, the server's refusal tells the errors next.
    told = [each for each in draft["problems"] if not (yes and each in errors)]
    problems.tell(told, draft["definition"])
    before = baseline(listed)
    if before is None:
        render.say("Nothing is live here yet: this is the first version.")
        return
    if errors:
        return
    render.say(f"{versions.label(before)} → draft, revision {draft['revision']}")
    tell_changes(compare(remote, before, draft))
