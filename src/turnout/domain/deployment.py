"""Deployments: immutable records of what is live where, with which shares."""

from dataclasses import dataclass

from turnout.domain.assignment import FULL, ArmLabel
from turnout.domain.errors import Invalid
from turnout.domain.instant import Instant


@dataclass(frozen=True, slots=True)
class Share:
    """One live version and its part of new runs.

    Attributes:
        basis_points: 1 … 10000.
        label: its side of an active rollout; a version live alone is its own treatment.
    """

    version_id: str
    basis_points: int
    label: ArmLabel


@dataclass(frozen=True, slots=True)
class Deployment:
    """Which versions are live in one environment, with which shares; never changed (I3).

    Attributes:
        id: ``wfd_…``.
        shares: one, or treatment and control; they add up to 10000 basis points.
        rollout_id: the rollout that brought it about.
    """

    id: str
    environment_id: str
    workflow_id: str
    shares: tuple[Share, ...]
    rollout_id: str
    created_at: Instant
    created_by: str

    @property
    def alone(self) -> str | None:
        """The version that is live alone, or None while two share."""
        return self.shares[0].version_id if len(self.shares) == 1 else None

    def share_of(self, version_id: str) -> Share | None:
        """The share of a version, or None when it is not live."""
        return next((share for share in self.shares if share.version_id == version_id), None)


def basis_points(percentage: object, *, pointer: str, lowest: int = 1) -> int:
    """Read a share given in percent: ``25``, ``0.01``, ``99.99``.

    Args:
        percentage: a number; text, booleans and everything else are refused.
        pointer: where it stands in the request.
        lowest: the smallest acceptable share in basis points.

    Raises:
        Invalid: not a number, out of range, or finer than 0.01 %.
    """
    if isinstance(percentage, bool) or not isinstance(percentage, int | float):
        raise Invalid(
            "invalid_value",
            f"A share is a number of percent, like 25; not {percentage!r}.",
            pointer,
        )
    # NaN fails both comparisons, infinities one.
    if not lowest <= percentage * 100 <= FULL:
        raise Invalid(
            "share_out_of_range",
            f"A share must be from {lowest / 100:g} to 100 percent; {percentage!r} is not.",
            pointer,
        )
    points = round(percentage * 100)
    # 33.33 * 100 is 3332.9999…: compare with what two decimals would have been.
    if points / 100 != percentage:
        raise Invalid(
            "share_too_fine",
            f"Shares resolve to 0.01 percent; {percentage!r} is finer. "
            f"The nearest is {points / 100:g}.",
            pointer,
        )
    return points
