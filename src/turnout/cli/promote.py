"""``turnout promote``: deploy a published version where it was never live."""

from typing import Annotated

import typer

from turnout.cli import versions
from turnout.cli.changes import tell_shares
from turnout.cli.remote import Remote, examples, path_part, remote
from turnout.domain.deployment import basis_points

Workflow = Annotated[str, typer.Argument(help="Handle or id of the workflow.")]
Version = Annotated[str, typer.Argument(help="Version: v7, 7 or its id.")]
Percent = Annotated[
    float, typer.Option("--percent", "-p", help="Its share of new runs, 0.01 to 100.")
]
Message = Annotated[str, typer.Option("--message", "-m", help="Why; kept in history and audit.")]


@examples(
    "turnout promote onboarding v7",
    "turnout promote onboarding v7 --percent 10 -m 'Tried in sandbox'",
)
@remote
def promote(
    remote: Remote,
    workflow: Workflow,
    version: Version,
    percent: Percent = 100,
    message: Message = "",
    supersede: Annotated[
        bool, typer.Option("--supersede", help="End a running rollout for it.")
    ] = False,
) -> None:
    """Deploy a published version in an environment where it was never live."""
    deploy(
        remote,
        "promote",
        workflow,
        version,
        percent,
        {"description": message} | ({"supersede": True} if supersede else {}),
    )


def deploy(
    remote: Remote,
    verb: str,
    reference: str,
    version: str,
    percent: float,
    attributes: dict[str, object],
) -> None:
    """Deploy a published version: promote or revert."""
    share = share_of_new_runs(percent)
    workflow = remote.workflow(reference)
    before = versions.of(remote.client, workflow)
    chosen = versions.find(before, workflow, version)
    wanted = {"version-id": chosen.id, "rollout-percentage": share, **attributes}
    answer = remote.client.post(f"/workflows/{path_part(workflow.id)}/{verb}", wanted)
    tell_shares(remote, workflow, before, answer)


def share_of_new_runs(percent: float, *, lowest: int = 1) -> float:
    """A percentage as it was written: 25, not 25.0.

    Args:
        lowest: the smallest acceptable share in basis points.

    Raises:
        Invalid: it is none that a version can have.
    """
    # Refused before anything is asked, shown or sent.
    wanted = int(percent) if percent.is_integer() else percent
    basis_points(wanted, pointer="", lowest=lowest)
    return wanted
