"""The sample: an identity-verification decision in two versions, and applicants to try it on.

Version 2 is more lenient in one rule, ``watchlistSimilar``, and the same in all others.
"""

from importlib.resources import files

import orjson

from turnout.domain.json import JsonObject

NAME = "Identity verification"
HANDLE = "identity-verification"
DESCRIPTION = "Approves, reviews or declines an applicant."
ASSIGNMENT_KEY = ".applicantId"
OUTCOME = ".decision"
VERSIONS = (1, 2)


def definition(version: int) -> str:
    """The text of a version, as its author wrote it.

    Args:
        version: one of ``VERSIONS``.

    Raises:
        ValueError: the sample has no such version.
    """
    if version not in VERSIONS:
        raise ValueError(f"The sample has the versions {VERSIONS}, not {version}.")
    return _read(f"{HANDLE}.v{version}.yaml")


def applicants() -> list[JsonObject]:
    """The 200 applicants: what ``definition`` takes as input, always in the same order."""
    return [orjson.loads(line) for line in _read("applicants.jsonl").splitlines()]


def _read(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")
