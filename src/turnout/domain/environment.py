"""Environments: where versions are live and runs happen."""

import re
from dataclasses import dataclass

from turnout.domain.errors import Invalid
from turnout.domain.instant import Instant

PRODUCTION = "production"
SANDBOX = "sandbox"
INITIAL = (PRODUCTION, SANDBOX)
"""Names of the environments that exist from the start."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class Environment:
    """A place of its own for live versions, pauses and runs.

    Attributes:
        id: ``env_…``. name: unique, lower case, given by people.
    """

    id: str
    name: str
    created_at: Instant


def create(id_: str, name: str, now: Instant) -> Environment:
    """Make an environment.

    Raises:
        Invalid: the name is not lower-case letters, digits and hyphens.
    """
    if not _NAME.fullmatch(name):
        raise Invalid(
            "invalid_value",
            f"The name {name[:80]!r} must be 1 to 63 lower-case letters, digits or hyphens, "
            "starting with a letter.",
            "/data/attributes/name",
        )
    return Environment(id_, name, now)
