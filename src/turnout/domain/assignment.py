"""Which version a run gets, and why: the one implementation of the bucket formula.

``bucket = (first 64 bits of SHA-256(salt ‖ 0x1F ‖ key) × 10000) >> 64``; a run goes to the
treatment iff ``bucket < basis_points``. Raising the share keeps every key that was below it;
lowering never adds one. ``0`` sends nothing and ``10000`` everything, exactly.
"""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from turnout.domain.json import Json

FULL = 10_000
"""Basis points in 100 %; also the number of buckets."""

MAX_KEY_BYTES = 256
MAX_KEY_INTEGER = 2**53


class ArmLabel(StrEnum):
    """The two sides of an active rollout."""

    TREATMENT = "treatment"
    CONTROL = "control"


class KeySource(StrEnum):
    """Where an assignment's key came from.

    ``expression``: the workflow's assignment key gave a usable value. ``run-id``: it has no
    assignment key, or the key gave nothing usable for this input.
    """

    EXPRESSION = "expression"
    RUN_ID = "run-id"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Why a run got its version.

    Attributes:
        key: what was hashed; a customer's id, or the run's.
        key_source: where the key came from.
        salt: the rollout's, or None when one version was live alone.
        bucket: 0 … 9999, or None likewise.
        basis_points: the treatment's share at that moment, 0 … 10000.
        arm: which side, or None when one version was live alone.
        deployment_id: the deployment in force.
    """

    key: str
    key_source: KeySource
    salt: str | None
    bucket: int | None
    basis_points: int
    arm: ArmLabel | None
    deployment_id: str


def bucket(salt: str, key: str) -> int:
    """The bucket of a key under a salt: 0 … 9999."""
    digest = sha256(f"{salt}\x1f{key}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") * FULL) >> 64


def arm_of(bucket_: int, basis_points: int) -> ArmLabel:
    """The side of a bucket at a share of ``basis_points``."""
    return ArmLabel.TREATMENT if bucket_ < basis_points else ArmLabel.CONTROL


def usable_key(value: Json) -> str | None:
    """The key that an assignment expression's value stands for, or None when it is unusable.

    Usable are non-empty strings of at most 256 bytes of UTF-8 and integers within ±2^53.
    """
    if isinstance(value, str):
        try:
            size = len(value.encode())
        except UnicodeEncodeError:  # a lone surrogate: no bytes to hash
            return None
        return value if 0 < size <= MAX_KEY_BYTES else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # jq has one number type: 5.0 and 5 are the same key.
    if isinstance(value, float) and not value.is_integer():
        return None
    return str(int(value)) if abs(value) <= MAX_KEY_INTEGER else None


def assign(
    *, key: str | None, run_id: str, salt: str | None, basis_points: int, deployment_id: str
) -> Assignment:
    """Decide the arm of a new run.

    Args:
        key: the usable key, or None to fall back to the run's id.
        run_id: the new run's id.
        salt: the active rollout's, or None when one version is live alone.
        basis_points: the treatment's share; 10000 when one version is live alone.
        deployment_id: the deployment in force.
    """
    used = run_id if key is None else key
    source = KeySource.RUN_ID if key is None else KeySource.EXPRESSION
    number = None if salt is None else bucket(salt, used)
    arm = None if number is None else arm_of(number, basis_points)
    return Assignment(used, source, salt, number, basis_points, arm, deployment_id)
