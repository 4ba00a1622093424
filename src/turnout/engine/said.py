"""Port objects as what goes over the wire to a worker: lists of plain values."""

from collections.abc import Sequence
from typing import Any

from turnout.use_cases.workers import NewEntry, Offer


def offer(value: Offer) -> list[Any]:
    """What a worker needs of an offer, beside its programs."""
    return [
        value.run_id,
        value.now,
        value.input,
        value.assignment_key,
        value.salt,
        value.basis_points,
        value.deployment_id,
    ]


def entries(values: Sequence[NewEntry]) -> list[list[Any]]:
    """Journal entries, oldest first."""
    return [entry(value) for value in values]


def entry(value: NewEntry) -> list[Any]:
    """One journal entry."""
    return [
        value.sequence,
        value.kind.value,
        value.at,
        value.body,
        value.effect_key,
        value.attempt,
    ]
