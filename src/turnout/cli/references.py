"""Runs and rollouts by the end of their ids."""

from turnout.cli.client import Client
from turnout.cli.failure import Failure, Usage
from turnout.cli.resource import Resource

SEARCHED = 2_000
"""How many of the newest are searched for a suffix; a whole id finds any."""

_ID_LENGTH = 26
_SHORTEST = 4


def find(client: Client, collection: str, prefix: str, reference: str) -> Resource:
    """The one resource whose id is or ends with a reference.

    Args:
        collection: its path: ``/rollouts``.
        prefix: of its ids: ``rol``.

    Raises:
        Failure: there is none, or more than one.
        Usage: too short a suffix to mean one.
    """
    suffix = reference.strip().lstrip("…").lower()
    noun = collection.rsplit("/", 1)[-1].removeprefix("workflow-").removesuffix("s")
    bare = suffix.removeprefix(f"{prefix}_")
    if not (bare.isascii() and bare.isalnum()):
        raise Usage(f"{reference!r} names no {noun}; write its id or the end of it.")
    if len(bare) == _ID_LENGTH:
        return client.get(f"{collection}/{prefix}_{bare}").one
    if len(bare) < _SHORTEST:
        raise Usage(f"{reference!r} is too short; write at least {_SHORTEST} characters.")
    found = [each for each in client.every(collection, SEARCHED) if each.id.endswith(bare)]
    if len(found) == 1:
        return client.get(f"{collection}/{found[0].id}").one
    if not found:
        raise Failure(
            f"No {noun} here ends with {bare}, of the {SEARCHED} newest; write its whole id."
        )
    listed = ", ".join(each.id for each in found[:3])
    raise Failure(f"{len(found)} {noun}s end with {bare}: {listed}; write more of the id.")
