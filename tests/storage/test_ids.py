"""Ids: one spelling each, ordered by time."""

import pytest

from turnout.domain.ids import Prefix
from turnout.storage.ids import NotAnId, TypeIds, first_at, from_bytes, to_bytes

ids = TypeIds()
GOOD = "wfr_01h455vb4pex5vsknk084sn02q"


def test_later_ids_sort_after_earlier_ones_as_text_and_as_bytes() -> None:
    made = [ids.new(Prefix.RUN) for _ in range(10_000)]
    assert made == sorted(set(made))
    raw = [to_bytes(Prefix.RUN, id_) for id_ in made]
    assert raw == sorted(raw)


@pytest.mark.parametrize("prefix", list(Prefix))
def test_an_id_goes_to_16_bytes_and_back(prefix: Prefix) -> None:
    id_ = ids.new(prefix)
    raw = to_bytes(prefix, id_)
    assert len(raw) == 16
    assert from_bytes(prefix, raw) == id_


@pytest.mark.parametrize(
    "text",
    [
        "",
        "wfr",
        "wfr_",
        "01h455vb4pex5vsknk084sn02q",
        GOOD[:-1],
        GOOD + "q",
        GOOD.upper(),
        GOOD.replace("0", "o"),
        GOOD.replace("0", "l"),
        "wfr_81h455vb4pex5vsknk084sn02q",
        "wfr_01h455vb4pex5vsknk084sn02é",
        "wfr_01h455vb4pex5vsknk084sn02\ud800",
        "wfl_01h455vb4pex5vsknk084sn02q",
        "wfr__1h455vb4pex5vsknk084sn02q",
        " " + GOOD,
    ],
)
def test_every_other_spelling_is_no_id(text: str) -> None:
    assert to_bytes(Prefix.RUN, GOOD)
    with pytest.raises(NotAnId):
        to_bytes(Prefix.RUN, text)


def test_a_bound_of_time_lies_below_the_ids_of_its_millisecond() -> None:
    raw = to_bytes(Prefix.RUN, ids.new(Prefix.RUN))
    milliseconds = int.from_bytes(raw[:6], "big")
    assert first_at(milliseconds) < raw < first_at(milliseconds + 1)
    assert first_at(-5) == bytes(16)
