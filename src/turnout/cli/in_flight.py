"""What becomes of the runs that a stopped version still has in flight."""

from enum import StrEnum

import typer

from turnout.cli import render
from turnout.cli.bulk import Bulk, all_of_them, count, tell
from turnout.cli.remote import Remote, is_terminal
from turnout.cli.resource import Resource


class InFlight(StrEnum):
    """What can be done with them."""

    FINISH = "finish"
    SUSPEND = "suspend"
    CANCEL = "cancel"


def settle(
    remote: Remote, rollout: Resource, chosen: InFlight | None, reason: str
) -> Resource | None:
    """Do with a stopped rollout's treatment's runs what was chosen, or what a person chooses now.

    Returns:
        The bulk action; None where they finish, or where there is none.
    """
    version = next(arm for arm in rollout["arms"] if arm["label"] == "treatment")
    filters = {"version-id": version["version-id"]}
    if chosen is None and not remote.json and is_terminal():
        matching = count(remote, Bulk(InFlight.CANCEL, filters))
        chosen = _asked(f"v{version['number']}", matching) if matching else None
    if chosen in (None, InFlight.FINISH):
        return None
    done = all_of_them(remote, Bulk(str(chosen), filters, reason))
    if not remote.json:
        tell(done)
    return done


def _asked(version: str, matching: int) -> InFlight:
    runs = f"{matching} run{'' if matching == 1 else 's'}"
    words = ", ".join(InFlight)
    while True:
        said = typer.prompt(
            f"{runs} in flight on {version}: {words}?", default=str(InFlight.FINISH)
        )
        found = next((each for each in InFlight if each.startswith(said.strip().lower())), None)
        if said.strip() and found is not None:
            return found
        render.say(f"One of {words}.")
