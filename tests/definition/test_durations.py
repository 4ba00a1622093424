"""Durations are whole microseconds, and never depend on the date."""

import pytest

from turnout.definition.duration import MAX_DURATION, InvalidDuration, parse_duration, sum_duration


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("PT1S", 1_000_000),
        ("PT0S", 0),
        ("PT0.000001S", 1),
        ("PT1.5M", 90_000_000),
        ("P1DT2H3M4S", 93_784_000_000),
        ("P1W", 604_800_000_000),
        ("P3650D", MAX_DURATION),
    ],
)
def test_iso_8601_durations_are_read(text: str, microseconds: int) -> None:
    assert parse_duration(text) == microseconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "1S", "P1DT", "-PT1S", "P1Y", "P1M", "PT1S ", "P3651D", "PT１S"]
)
def test_others_are_refused(text: str) -> None:
    with pytest.raises(InvalidDuration):
        parse_duration(text)


def test_parts_add_up() -> None:
    assert sum_duration({"days": 1, "seconds": 2, "milliseconds": 3}) == 86_402_003_000
