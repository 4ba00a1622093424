"""The bucket formula: golden vectors, exact ends, nested ramps, shares (I4, I5, I6)."""

import math
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnout.domain.assignment import (
    FULL,
    ArmLabel,
    KeySource,
    arm_of,
    assign,
    bucket,
    usable_key,
)

SALT = "rol_01jzz2m5p3e9v8q4x7t6w5k0an"

# Computed with other programs (`sha256sum` and Perl's big integers): a change here shows.
GOLDEN = [
    ("rol_01jzz2m5p3e9v8q4x7t6w5k0an", "C-123", 1482),
    ("salt", "C-123", 5211),
    ("rol_01jzz2m5p3e9v8q4x7t6w5k0an", "", 1181),
    ("salt", "", 8883),
    ("rol_01jzz2m5p3e9v8q4x7t6w5k0an", "customer-0", 8875),
    ("salt", "customer-0", 3458),
    ("rol_01jzz2m5p3e9v8q4x7t6w5k0an", "é", 2881),
    ("salt", "é", 8351),
    ("rol_01jzz2m5p3e9v8q4x7t6w5k0an", "42", 5271),
    ("salt", "42", 2123),
]


@pytest.mark.parametrize(("salt", "key", "expected"), GOLDEN)
def test_the_formula_gives_the_golden_buckets(salt: str, key: str, expected: int) -> None:
    assert bucket(salt, key) == expected


@given(
    salt=st.text(st.characters(exclude_categories=["Cs"])),
    key=st.text(st.characters(exclude_categories=["Cs"])),
)
def test_a_bucket_is_the_first_64_bits_scaled_to_ten_thousand(salt: str, key: str) -> None:
    digest = sha256(salt.encode() + b"\x1f" + key.encode()).hexdigest()
    assert bucket(salt, key) == int(digest[:16], 16) * 10_000 // 2**64


@given(st.integers(0, FULL - 1))
def test_no_share_sends_nothing_and_a_full_one_everything(number: int) -> None:
    assert arm_of(number, 0) is ArmLabel.CONTROL
    assert arm_of(number, FULL) is ArmLabel.TREATMENT


@given(st.integers(0, FULL - 1), st.integers(0, FULL), st.integers(0, FULL))
def test_raising_a_share_keeps_every_key_in_the_treatment(number: int, one: int, two: int) -> None:
    low, high = sorted((one, two))
    if arm_of(number, low) is ArmLabel.TREATMENT:
        assert arm_of(number, high) is ArmLabel.TREATMENT
    if arm_of(number, high) is ArmLabel.CONTROL:
        assert arm_of(number, low) is ArmLabel.CONTROL


@pytest.mark.parametrize("percent", [1, 10, 25, 50, 99.99])
def test_the_share_of_many_keys_is_the_share_asked_for(percent: float) -> None:
    keys, points = 100_000, round(percent * 100)
    sent = sum(bucket(SALT, f"customer-{number}") < points for number in range(keys))
    share = points / FULL
    four_standard_errors = 4 * math.sqrt(share * (1 - share) / keys)
    print(f"{percent} %: {sent / keys:.5f} ± {four_standard_errors:.5f}")
    assert abs(sent / keys - share) <= four_standard_errors


def test_two_rollouts_pick_different_customers() -> None:
    keys = [f"customer-{number}" for number in range(10_000)]
    first = {key for key in keys if bucket("rol_a", key) < 1000}
    second = {key for key in keys if bucket("rol_b", key) < 1000}
    # Independent tenths overlap in a hundredth; the same tenth would overlap in a thousand.
    assert 40 <= len(first & second) <= 170


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("C-123", "C-123"),
        ("é" * 128, "é" * 128),
        (0, "0"),
        (-7, "-7"),
        (5.0, "5"),
        (2**53, str(2**53)),
        (-(2**53), str(-(2**53))),
    ],
)
def test_texts_and_integers_are_keys(value: str | int, key: str) -> None:
    assert usable_key(value) == key


@pytest.mark.parametrize(
    "value",
    ["", "é" * 129, "x" * 257, "\ud800", None, True, False, 1.5, 2**53 + 1, float("nan"),
     float("inf"), -1e300, [], ["a"], {}],
)  # fmt: skip
def test_anything_else_is_no_key(value: object) -> None:
    assert usable_key(value) is None  # type: ignore[arg-type]


def test_without_a_key_the_run_id_decides_and_the_assignment_says_so() -> None:
    made = assign(key=None, run_id="wfr_1", salt=SALT, basis_points=2500, deployment_id="wfd_1")
    assert made.key_source is KeySource.RUN_ID
    assert made.key == "wfr_1"
    assert made.bucket == bucket(SALT, "wfr_1")


def test_a_version_live_alone_has_no_arm() -> None:
    made = assign(key="C-1", run_id="wfr_1", salt=None, basis_points=FULL, deployment_id="wfd_1")
    assert (made.arm, made.bucket, made.salt) == (None, None, None)


@given(
    st.text(min_size=1, max_size=50).filter(lambda t: usable_key(t) is not None),
    st.integers(1, FULL - 1),
)
def test_anyone_can_recompute_the_arm_from_the_stored_assignment(key: str, points: int) -> None:
    made = assign(key=key, run_id="wfr_1", salt=SALT, basis_points=points, deployment_id="wfd_1")
    assert made.salt is not None
    assert arm_of(bucket(made.salt, made.key), made.basis_points) is made.arm
