"""Versions as commands name them: ``v7``, ``7``, ``draft`` or an id."""

from collections.abc import Iterable

from turnout.cli.client import Client
from turnout.cli.failure import Failure, Usage
from turnout.cli.resource import Resource

DRAFT = "draft"


def label(version: Resource) -> str:
    """``v7``, or ``draft``."""
    number = version.get("number")
    return DRAFT if number is None else f"v{number}"


def of(client: Client, workflow: Resource) -> list[Resource]:
    """Draft, treatment, control, then the rest, newest first."""
    return list(client.every("/workflow-versions", filters={"workflow-id": workflow.id}))


def find(versions: Iterable[Resource], workflow: Resource, reference: str) -> Resource:
    """The version, or draft, that a reference names.

    Raises:
        Usage: it is neither a number nor an id. Failure: the workflow has no such version.
    """
    wanted = _label_of(reference)
    listed = list(versions)
    for version in listed:
        if wanted in (label(version), version.id):
            return version
    known = ", ".join(label(each) for each in listed) or "none yet"
    raise Failure(f"{workflow['handle']} has no version {reference}; it has {known}.")


def shares(versions: Iterable[Resource]) -> dict[str, float]:
    """Label → percent, of the versions that are live here."""
    return {label(each): each["rollout-percentage"] for each in versions if each["live"]}


def _label_of(reference: str) -> str:
    number = reference.lower().removeprefix("v")
    if number.isascii() and number.isdecimal():
        return f"v{int(number)}"
    if reference == DRAFT or reference.startswith("wflv_"):
        return reference
    raise Usage(f"{reference!r} names no version; write v7, 7 or its id.")
