"""Writes ``applicants.jsonl``: ``python -m turnout.sample.generate``.

The applicants are invented, from lists of first names and of surnames that nobody bears. The
seed is fixed: the checked-in file is what this module writes, on every machine. All chance comes
from ``Random.random``, whose sequence Python promises to keep.
"""

import json
from pathlib import Path
from random import Random
from typing import TypeVar

from turnout.domain.json import Json, JsonObject

T = TypeVar("T")

SEED = 20260514
COUNT = 200
FILE = Path(__file__).with_name("applicants.jsonl")

FIRST_NAMES = (
    "Ada", "Amir", "Bela", "Carla", "Dario", "Elif", "Emil", "Fatou", "Goran", "Hanna", "Ines",
    "Ivo", "Jana", "Kenji", "Lea", "Mara", "Nils", "Olga", "Pilar", "Quim", "Rosa", "Samir", "Tove",
    "Yuna",
)  # fmt: skip
SURNAMES = (
    "Alderwick", "Bramhollow", "Corvanel", "Dunmarrow", "Eskerling", "Fenwether", "Galdamer",
    "Hollinquist", "Ironvale", "Jarrowmeer", "Kestavik", "Lindermoss", "Morvantes", "Nightwell",
    "Ostervane", "Pellamore", "Quillander", "Ravensby", "Silvermark", "Thornequay",
)  # fmt: skip

COUNTRIES = {
    "DE": 20, "FR": 16, "ES": 14, "IT": 13, "NL": 10, "BE": 6, "AT": 6, "PT": 5, "IE": 3, "SE": 2,
    "CH": 2, "GB": 1, "US": 1, "JP": 1,
}  # fmt: skip
"""ISO 3166 code → weight; the last four are not covered by the sample's policy."""

DOCUMENT_TYPES = {"passport": 4, "identity-card": 5, "driving-licence": 2, "residence-permit": 1}
STATUSES = {"verified": 94, "unreadable": 5, "rejected": 1}
WATCHLIST_SCORES = {(0, 19): 66, (20, 39): 15, (40, 54): 11, (55, 84): 5, (85, 100): 3}
"""(lowest, highest) → weight."""


def generate() -> list[JsonObject]:
    """The applicants, each with an id of its own."""
    chance = Random(SEED)
    return [_applicant(chance, number) for number in range(1, COUNT + 1)]


def text() -> str:
    """The file's text: one applicant a line, as JSON."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in generate())


def _applicant(chance: Random, number: int) -> JsonObject:
    return {
        "applicantId": f"applicant-{number:03}",
        "name": f"{_one_of(chance, FIRST_NAMES)} {_one_of(chance, SURNAMES)}",
        "country": _weighted(chance, COUNTRIES),
        "age": _between(chance, 18, 79) if chance.random() < 0.97 else _between(chance, 15, 17),
        "documents": _documents(chance),
        "watchlistScore": _between(chance, *_weighted(chance, WATCHLIST_SCORES)),
    }


def _documents(chance: Random) -> list[Json]:
    left = dict(DOCUMENT_TYPES)
    documents: list[Json] = []
    for _ in range(_weighted(chance, {1: 5, 2: 4, 3: 1})):
        kind = _weighted(chance, left)
        del left[kind]  # nobody hands in two passports
        documents.append(
            {
                "type": kind,
                "status": _weighted(chance, STATUSES),
                "expiresInDays": _between(chance, -120, 3600),
            }
        )
    return documents


def _between(chance: Random, lowest: int, highest: int) -> int:
    return lowest + int(chance.random() * (highest - lowest + 1))


def _one_of(chance: Random, choices: tuple[str, ...]) -> str:
    return choices[_between(chance, 0, len(choices) - 1)]


def _weighted(chance: Random, weights: dict[T, int]) -> T:
    mark = chance.random() * sum(weights.values())
    for choice, weight in weights.items():
        mark -= weight
        if mark < 0:
            return choice
    raise AssertionError("random() is below 1, so a choice came before this line")


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8", newline="\n")
