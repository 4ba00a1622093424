"""Instants as text."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from turnout.domain.instant import SECOND, iso, parse

# From the year 1000 on, because strftime writes earlier ones without their leading zero.
INSTANTS = st.integers(-30_000_000_000 * SECOND, 253_402_300_800 * SECOND - 1)


@given(INSTANTS)
@example(0)
@example(1_778_767_320 * SECOND)
@example(-1)
def test_an_instant_reads_as_iso_8601_with_all_its_microseconds(instant: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=instant)
    assert iso(instant) == moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@given(INSTANTS)
def test_an_instant_comes_back_from_its_text(instant: int) -> None:
    assert parse(iso(instant)) == instant


@given(INSTANTS, INSTANTS)
def test_texts_sort_as_their_instants_do(one: int, other: int) -> None:
    assert (iso(one) < iso(other)) == (one < other)
