"""Badges: the table of what people see after each change."""

import pytest

from tests.domain.traffic import Traffic


@pytest.fixture
def traffic() -> Traffic:
    """v7 is live alone."""
    made = Traffic()
    made.publish("v7", 100)
    return made


def test_after_publishing_v8_to_all(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    assert traffic.badges == {"v8": "Live"}


def test_after_publishing_v8_to_a_share_and_raising_it(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    assert traffic.badges == {"v8": "Treatment • 25 %", "v7": "Control • 75 %"}
    traffic.share(50)
    assert traffic.badges == {"v8": "Treatment • 50 %", "v7": "Control • 50 %"}


def test_after_completing(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    traffic.complete()
    assert traffic.badges == {"v8": "Live"}


def test_after_stopping(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    traffic.stop()
    assert traffic.badges == {"v7": "Live", "v8": "Stopped"}


def test_after_reverting_to_v7_for_all(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    traffic.revert("v7")
    assert traffic.badges == {"v7": "Live", "v8": "Reverted"}


def test_after_reverting_to_v7_for_a_share(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    traffic.revert("v7", 40)
    assert traffic.badges == {"v7": "Treatment • 40 % · revert", "v8": "Control • 60 %"}


def test_after_completing_a_revert(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    traffic.revert("v7", 40)
    traffic.complete()
    assert traffic.badges == {"v7": "Live", "v8": "Reverted"}


def test_after_stopping_a_revert(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    traffic.revert("v7", 40)
    traffic.stop()
    assert traffic.badges == {"v8": "Live", "v7": "Stopped"}


def test_after_v9_supersedes_v8(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    traffic.publish("v9", 10, supersede=True)
    assert traffic.badges == {
        "v9": "Treatment • 10 %",
        "v8": "Superseded",
        "v7": "Control • 90 %",
    }


def test_after_a_revert_that_supersedes_to_a_third_version(traffic: Traffic) -> None:
    traffic.publish("v8", 100)
    traffic.publish("v9", 10)
    traffic.revert("v7")
    assert traffic.badges == {"v7": "Live", "v9": "Superseded", "v8": "Reverted"}


def test_a_grey_badge_goes_when_the_version_is_live_again(traffic: Traffic) -> None:
    traffic.publish("v8", 25)
    traffic.stop()
    traffic.revert("v8", 10)
    assert traffic.badges == {"v8": "Treatment • 10 % · revert", "v7": "Control • 90 %"}
    traffic.complete()
    assert traffic.badges["v8"] == "Live"


def test_before_anything_is_published_there_is_none() -> None:
    assert Traffic().badges == {}
