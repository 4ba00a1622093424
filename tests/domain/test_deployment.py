"""Shares: what a percentage may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.domain.deployment import basis_points
from turnout.domain.errors import Invalid

WHERE = "/data/attributes/rollout-percentage"


@given(st.integers(1, 10_000))
def test_every_hundredth_of_a_percent_is_read_exactly(points: int) -> None:
    assert basis_points(points / 100, pointer=WHERE) == points
    assert basis_points(float(f"{points / 100:.2f}"), pointer=WHERE) == points


@pytest.mark.parametrize(
    ("percentage", "code"),
    [
        (0, "share_out_of_range"),
        (-1, "share_out_of_range"),
        (100.001, "share_out_of_range"),
        (101, "share_out_of_range"),
        (10**400, "share_out_of_range"),
        (float("nan"), "share_out_of_range"),
        (float("inf"), "share_out_of_range"),
        (33.333, "share_too_fine"),
        (0.015, "share_too_fine"),
        ("ten", "invalid_value"),
        ("10", "invalid_value"),
        (None, "invalid_value"),
        (True, "invalid_value"),
        ([10], "invalid_value"),
    ],
)
def test_anything_else_is_refused_with_its_place(percentage: object, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        basis_points(percentage, pointer=WHERE)
    assert refused.value.code == code
    assert refused.value.pointer == WHERE


def test_a_running_rollout_may_be_set_to_zero() -> None:
    assert basis_points(0, pointer=WHERE, lowest=0) == 0
