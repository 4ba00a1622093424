"""``turnout workflow``: create, list, show, change and take out of use."""

from pathlib import Path
from typing import Annotated, Any

import typer

from turnout.cli import render, versions
from turnout.cli.failure import Usage
from turnout.cli.files import read_text
from turnout.cli.promote import Workflow
from turnout.cli.remote import Remote, add, confirm, examples, path_part, remote
from turnout.cli.resource import Resource

app = typer.Typer(no_args_is_help=True, help="Workflows: create, list, show, change.")

Reason = Annotated[str, typer.Option("--message", "-m", help="Why; kept in the audit log.")]
Description = Annotated[str | None, typer.Option(help="What it is for.")]
AssignmentKey = Annotated[
    str | None,
    typer.Option(help="Expression over the input: one key always gets the same version."),
]
Outcome = Annotated[
    str | None, typer.Option(help="Expression over the output that tells how a run was decided.")
]


@examples("turnout workflow list", "turnout workflow list --archived --json")
@remote
def list_(
    remote: Remote,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones.")] = False,
) -> None:
    """List the workflows."""
    filters = {"archived": True} if archived else {}
    found = list(remote.client.every("/workflows", filters=filters))
    if remote.printed_all(found):
        return
    remote.begin()
    render.table(
        ("handle", "name", "status", "created"),
        [(w["handle"], w["name"], w["status"], render.when(w["created-at"])) for w in found],
        empty="No workflows yet; `turnout workflow create NAME` makes one.",
    )


@examples("turnout workflow show onboarding")
@remote
def show(remote: Remote, workflow: Workflow) -> None:
    """Show a workflow and its versions."""
    found = remote.workflow(workflow)
    if remote.json:
        render.as_json(found.raw)
        return
    remote.begin(str(found["handle"]))
    tell(found)
    tell_versions(versions.of(remote.client, found))


@examples(
    "turnout workflow create onboarding --file onboarding.yaml",
    "turnout workflow create 'Customer onboarding' --handle onboarding "
    "--assignment-key .accountId --outcome .decision",
)
@remote
def create(
    remote: Remote,
    name: Annotated[str, typer.Argument(help="Its name, for people.")],
    handle: Annotated[
        str | None, typer.Option(help="Its handle; default: made from the name.")
    ] = None,
    description: Description = None,
    assignment_key: AssignmentKey = None,
    outcome: Outcome = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="The first draft.")] = None,
) -> None:
    """Create a workflow, with a first draft when a file comes along."""
    attributes = {
        "name": name,
        "handle": handle,
        "description": description,
        "assignment-key": assignment_key,
        "outcome": outcome,
        "definition": read_text(file) if file else None,
    }
    answer = remote.client.post(
        "/workflows", {name: value for name, value in attributes.items() if value is not None}
    )
    if remote.printed(answer):
        return
    handle = str(answer.one["handle"])
    remote.begin(handle)
    render.say(f"created{', with a draft at revision 1' if file else ''}")
    step = f"publish {handle}" if file else f"draft save {handle} FILE"
    render.say(f"next: turnout {step}", "dim")


@examples(
    "turnout workflow update onboarding --assignment-key .accountId",
    "turnout workflow update onboarding --outcome ''    # an empty expression takes it away",
)
@remote
def update(
    remote: Remote,
    workflow: Workflow,
    name: Annotated[str | None, typer.Option(help="Its name, for people.")] = None,
    description: Description = None,
    assignment_key: AssignmentKey = None,
    outcome: Outcome = None,
) -> None:
    """Change name, description, assignment key or outcome expression."""
    wanted: dict[str, Any] = {
        "name": name,
        "description": description,
        "assignment-key": assignment_key,
        "outcome": outcome,
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if not wanted:
        raise Usage("Say what to change: --name, --description, --assignment-key or --outcome.")
    for expression in ("assignment-key", "outcome"):
        if wanted.get(expression) == "":
            wanted[expression] = None
    before = remote.workflow(workflow)
    answer = remote.client.patch(f"/workflows/{path_part(before.id)}", wanted)
    if remote.printed(answer):
        return
    remote.begin(str(before["handle"]))
    for attribute in wanted:
        render.say(f"{attribute}: {_shown(before[attribute])} → {_shown(answer.one[attribute])}")


@examples("turnout workflow copy onboarding 'Onboarding for partners' --handle partners")
@remote
def copy(
    remote: Remote,
    workflow: Workflow,
    name: Annotated[str | None, typer.Argument(help="The copy's name.")] = None,
    handle: Annotated[str | None, typer.Option(help="The copy's handle.")] = None,
) -> None:
    """Make a new workflow whose draft is a copy of this one's."""
    wanted = {"name": name, "handle": handle}
    found = remote.workflow(workflow)
    answer = remote.client.post(
        f"/workflows/{path_part(found.id)}/copy",
        {name: value for name, value in wanted.items() if value is not None},
    )
    if not remote.printed(answer):
        remote.begin(str(answer.one["handle"]))
        render.say(f"copied from {found['handle']}")


@examples("turnout workflow pause onboarding -m 'Vendor is down'")
@remote
def pause(remote: Remote, workflow: Workflow, message: Reason = "") -> None:
    """Refuse new runs in this environment; runs in flight go on."""
    _set_status(remote, workflow, "pause", message)


@examples("turnout workflow resume onboarding")
@remote
def resume(remote: Remote, workflow: Workflow, message: Reason = "") -> None:
    """Accept new runs again."""
    _set_status(remote, workflow, "resume", message)


@examples("turnout workflow archive onboarding --yes -m 'Replaced by onboarding-2'")
@remote
def archive(
    remote: Remote,
    workflow: Workflow,
    message: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a workflow out of use, everywhere and for good; it stays readable."""
    if not confirm(
        f"Archive {workflow} everywhere? It is final.",
        yes=yes,
        otherwise="Archiving is final; without a terminal it needs --yes.",
    ):
        raise typer.Exit(1)
    _set_status(remote, workflow, "archive", message)


def _set_status(remote: Remote, reference: str, verb: str, reason: str) -> None:
    before = remote.workflow(reference)
    answer = remote.client.post(f"/workflows/{path_part(before.id)}/{verb}", {"reason": reason})
    if not remote.printed(answer):
        remote.begin(str(before["handle"]))
        render.say(f"{before['status']} → {answer.one['status']}")


def tell(workflow: Resource) -> None:
    """Print a workflow's attributes."""
    render.facts(
        (
            ("name", workflow["name"]),
            ("description", workflow["description"]),
            ("status", workflow["status"]),
            ("assignment key", workflow["assignment-key"]),
            ("outcome", workflow["outcome"]),
            ("id", workflow.id),
        )
    )


def tell_versions(listed: list[Resource]) -> None:
    """Print a table of versions, as this environment sees them."""
    render.table(
        ("version", "here", "share", "runs", "in flight", "published", "description"),
        [
            (
                versions.label(each),
                each.get("badge") or each["status"],
                render.percent(each["rollout-percentage"]),
                each["runs"],
                each["in-flight"],
                render.when(each["published-at"]),
                each["description"],
            )
            for each in listed
        ],
        empty="Neither draft nor version yet.",
    )


def _shown(value: object) -> str:
    return str(value) if value not in (None, "") else "none"


add(app, list_, show, create, update, copy, pause, resume, archive)
