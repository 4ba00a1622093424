"""Reviews by commands, as people and programs see them."""

from pathlib import Path

import pytest

from tests.cli.server import Turnout

ASK = """\
document: {dsl: '1.0.3', namespace: tests, name: ask, version: '1.0.0'}
do:
  - ask:
      call: human-review
      with:
        queue: risk
        question: ${ .name + "?" }
        choices: [approve, {value: decline, label: "No, thanks"}]
"""


@pytest.fixture(scope="module", autouse=True)
def asking(turnout: Turnout, tmp_path_factory: pytest.TempPathFactory) -> None:
    file: Path = tmp_path_factory.mktemp("ask") / "ask.yaml"
    file.write_text(ASK, encoding="utf-8")
    turnout.ok("workflow", "create", "ask", "--file", file)
    turnout.ok("publish", "ask", "--yes", "--revision", 1, "--percent", 100)


def asked(turnout: Turnout, name: str) -> str:
    """The id of a new run's review."""
    run = turnout.json("trigger", "ask", "--input", f'{{"name": "{name}"}}')["id"]
    found = turnout.json("reviews", "list", "ask")
    (id_,) = [
        each["id"] for each in found if each["relationships"]["workflow-run"]["data"]["id"] == run
    ]
    return str(id_)


def test_what_waits_is_listed_and_decided(turnout: Turnout) -> None:
    id_ = asked(turnout, "Ada")
    said = turnout.ok("reviews", "list").splitlines()
    assert said[0] == "production"
    (row,) = [line for line in said if id_[-8:] in line]
    assert "approve, decline (No, thanks)" in row
    assert "Ada?" in row
    shown = turnout.ok("reviews", "show", id_[-8:]).splitlines()
    assert shown[0] == "production · ask"
    assert 'data         {"name": "Ada"}' in shown
    said = turnout.ok("reviews", "decide", id_[-8:], "approve", "-m", "Fine").splitlines()
    assert said[0] == "production · ask"
    assert said[1].startswith(f"…{id_[-8:]} waiting → approve; run …")
    shown = turnout.ok("reviews", "show", id_).splitlines()
    assert "status       decided" in shown
    assert "why          Fine" in shown


def test_a_queue_is_listed_alone(turnout: Turnout) -> None:
    id_ = asked(turnout, "Bo")
    assert id_ in [each["id"] for each in turnout.json("reviews", "list", "--queue", "risk")]
    said = turnout.ok("reviews", "list", "ask", "--queue", "law").splitlines()
    assert said == ["production · ask", "Nothing waits for a decision."]


def test_a_program_gets_the_decided_review(turnout: Turnout) -> None:
    id_ = asked(turnout, "Cy")
    decided = turnout.json("reviews", "decide", id_, "decline")
    assert (decided["id"], decided["attributes"]["decision"]) == (id_, "decline")


def test_what_is_no_choice_is_refused_and_what_is_over_conflicts(turnout: Turnout) -> None:
    id_ = asked(turnout, "Di")
    refused = turnout("reviews", "decide", id_, "maybe")
    assert refused.exit_code == 1
    assert "choose one of approve, decline" in refused.output
    turnout.ok("reviews", "decide", id_, "approve")
    refused = turnout("reviews", "decide", id_, "decline")
    assert refused.exit_code == 4
    assert refused.output.splitlines() == ["This review was decided already."]
