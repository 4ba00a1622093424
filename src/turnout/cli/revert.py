"""``turnout revert``: put a version live again that was live before."""

from turnout.cli.promote import Message, Percent, Version, Workflow, deploy
from turnout.cli.remote import Remote, examples, remote


@examples(
    "turnout revert onboarding v7",
    "turnout revert onboarding v7 --percent 50 -m 'Too many declines'",
)
@remote
def revert(
    remote: Remote,
    workflow: Workflow,
    version: Version,
    percent: Percent = 100,
    message: Message = "",
) -> None:
    """Put a version live again that was live here before; it ends a running rollout."""
    deploy(remote, "revert", workflow, version, percent, {"description": message})
