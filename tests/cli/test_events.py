"""``send-event``, as people and programs see it."""

import json
from pathlib import Path

import pytest

from tests.cli.server import Turnout

HEAR = """\
document: {dsl: '1.0.3', namespace: tests, name: hear, version: '1.0.0'}
do:
  - hear:
      listen:
        to:
          one:
            with: {type: '${ $input.type }', subject: A-1, channel: web}
"""


@pytest.fixture(scope="module", autouse=True)
def hearing(turnout: Turnout, tmp_path_factory: pytest.TempPathFactory) -> None:
    file: Path = tmp_path_factory.mktemp("hear") / "hear.yaml"
    file.write_text(HEAR, encoding="utf-8")
    turnout.ok("workflow", "create", "hear", "--file", file)
    turnout.ok("publish", "hear", "--yes", "--revision", 1, "--percent", 100)


def listening(turnout: Turnout, type_: str) -> str:
    run = turnout.json("trigger", "hear", "--input", json.dumps({"type": type_}))
    return str(run["id"])


def test_an_event_resumes_the_run_that_listens(turnout: Turnout) -> None:
    run = listening(turnout, "paid")
    options = ("--subject", "A-1", "-a", "channel=web", "--data", '{"amount": 12}')
    said = turnout.ok("send-event", "--type", "paid", "--id", "e1", *options).splitlines()
    assert said[0] == "production"
    assert said[1] == "Event e1 of type paid is offered to 1 listen:"
    assert said[2].strip().endswith(run[-8:])
    again = turnout.ok("send-event", "--type", "paid", "--id", "e1", *options).splitlines()
    assert again[1].endswith("was received before; it is not offered again.")


def test_an_event_that_nobody_waits_for_is_kept(turnout: Turnout) -> None:
    said = turnout.ok("send-event", "--type", "nobody").splitlines()
    assert "is kept until" in said[1]


def test_a_whole_event_comes_from_a_file(turnout: Turnout, tmp_path: Path) -> None:
    run = listening(turnout, "whole")
    known = {"specversion": "1.0", "id": "w1", "source": "/shop", "type": "whole"}
    file = tmp_path / "event.json"
    file.write_text(json.dumps({**known, "subject": "A-1", "channel": "web"}))
    shown = turnout.json("send-event", "--event", f"@{file}")
    assert shown["attributes"]["run-ids"] == [run]
    assert shown["attributes"]["source"] == "/shop"


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--type", "t", "--event", "{}"),
        ("--type", "t", "--data", "no json"),
        ("--type", "t", "--data", "NaN"),
        ("--type", "t", "-a", "no value"),
        ("--event", "[]"),
    ],
)
def test_what_cannot_be_an_event_is_a_wrong_use(turnout: Turnout, args: tuple[str, ...]) -> None:
    result = turnout.process("send-event", *args)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr


def test_what_the_server_refuses_names_the_attribute(turnout: Turnout) -> None:
    result = turnout.process("send-event", "--type", "t", "-a", "time=yesterday")
    assert result.returncode == 1
    assert "`time` must be an RFC 3339 time" in result.stderr
