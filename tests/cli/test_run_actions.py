"""Acting on runs, one or many, and on what a stopped version has in flight."""

import os
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.cli.server import Turnout
from tests.cli.test_terminal import read_until, terminal

WAITING = """\
document: {dsl: '1.0.3', namespace: cli, name: waiting, version: '1.0.0'}
do:
  - pause: {wait: {hours: 1}}
  - done: {set: {number: NUMBER}}
"""

_numbers = count(1)


@pytest.fixture
def flow(turnout: Turnout, tmp_path: Path) -> str:
    """A workflow whose runs wait, on v1."""
    handle = f"waiting-{next(_numbers)}"
    file = tmp_path / "v1.yaml"
    file.write_text(WAITING.replace("NUMBER", "1"), encoding="utf-8")
    turnout.ok("workflow", "create", handle, "--file", file)
    turnout.ok("publish", handle, "--yes", "--revision", 1, "--percent", 100)
    return handle


@pytest.fixture
def rollout(turnout: Turnout, flow: str, tmp_path: Path) -> str:
    """The same with v2 on its way, and one run in flight on it."""
    file = tmp_path / "v2.yaml"
    file.write_text(WAITING.replace("NUMBER", "2"), encoding="utf-8")
    turnout.ok("draft", "save", flow, file)
    turnout.ok("publish", flow, "--yes", "--revision", 2, "--percent", 99.99)
    while started(turnout, flow)["attributes"]["version-number"] != 2:
        pass
    return flow


def started(turnout: Turnout, flow: str) -> dict[str, Any]:
    made: dict[str, Any] = turnout.json("trigger", flow, "--input", "{}")
    return made


def statuses(turnout: Turnout, flow: str, version: int) -> list[str]:
    runs = turnout.json("runs", "list", flow, "--version", version)
    return [run["attributes"]["status"] for run in runs]


def test_one_run_is_suspended_shown_and_resumed(turnout: Turnout, flow: str) -> None:
    id_ = str(started(turnout, flow)["id"])
    said = turnout.ok("runs", "suspend", id_, "-m", "The bank asks.")
    assert said.splitlines() == [f"production · {flow}", f"…{id_[-8:]} waiting → suspended"]
    shown = turnout.ok("runs", "show", id_)
    assert "The bank asks." in shown
    refused = turnout("runs", "suspend", id_)
    assert (refused.exit_code, refused.stderr) == (4, "This run is suspended already.\n")
    said = turnout.ok("runs", "resume", id_[-12:])
    assert said.splitlines()[1] == f"…{id_[-8:]} suspended → waiting"
    assert "suspended" not in turnout.ok("runs", "show", id_)


def test_many_runs_need_their_number_where_nobody_can_be_asked(turnout: Turnout, flow: str) -> None:
    for _ in range(3):
        started(turnout, flow)
    where = ("--workflow", flow, "--version", "v1", "--status", "waiting")
    refused = turnout("runs", "suspend", *where, "--yes")
    assert refused.exit_code == 2
    assert refused.stderr.endswith("suspend needs --yes --count N. 3 runs match now.\n")
    refused = turnout("runs", "suspend", *where, "--yes", "--count", 2)
    assert (refused.exit_code, refused.stderr) == (
        4,
        "3 runs match now, not 2; look again and confirm that number.\n",
    )
    assert statuses(turnout, flow, 1) == ["waiting"] * 3
    said = turnout.ok("runs", "suspend", *where, "--yes", "--count", 3, "-m", "Wrong.")
    assert said.splitlines() == [f"production · {flow}", "3 suspended"]
    assert statuses(turnout, flow, 1) == ["suspended"] * 3
    done = turnout.json("runs", "cancel", "--workflow", flow, "--yes", "--count", 3)
    assert (done["attributes"]["status"], done["attributes"]["done"]) == ("done", 3)
    assert turnout.ok("runs", "retry", "-w", flow, "--yes", "--count", 0).splitlines()[1] == (
        "0 retried"
    )


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("4h2k9z0q", "--workflow", "flow"),
        ("--version", "v1"),
        ("--count", "1", "--yes"),
    ],
)
def test_either_a_run_or_a_filter_is_wanted(turnout: Turnout, args: tuple[str, ...]) -> None:
    assert turnout("runs", "cancel", *args).exit_code == 2


def test_at_a_terminal_the_number_is_asked_and_no_is_an_answer(turnout: Turnout, flow: str) -> None:
    for _ in range(2):
        started(turnout, flow)
    with terminal(turnout, "runs", "suspend", "--workflow", flow) as (end, process):
        read_until(end, "Suspend 2 runs? [y/N]")
        os.write(end, b"n\n")
        assert "Nothing was changed." in read_until(end, "\0")
        assert process.wait(timeout=60) == 1
    assert statuses(turnout, flow, 1) == ["waiting"] * 2
    with terminal(turnout, "runs", "suspend", "--workflow", flow) as (end, process):
        read_until(end, "Suspend 2 runs? [y/N]")
        started(turnout, flow)
        os.write(end, b"y\n")
        # One came while the question stood there: it is asked again.
        shown = read_until(end, "Suspend 3 runs? [y/N]")
        assert "3 runs match now, not 2" in shown
        os.write(end, b"y\n")
        assert "3 suspended" in read_until(end, "\0")
        assert process.wait(timeout=60) == 0
    assert statuses(turnout, flow, 1) == ["suspended"] * 3


def test_a_stop_at_a_terminal_offers_what_becomes_of_the_runs_in_flight(
    turnout: Turnout, rollout: str
) -> None:
    with terminal(turnout, "rollout", "stop", rollout) as (end, process):
        shown = read_until(end, "[finish]:")
        assert "v2 99.99 % → 0, v1 0.01 % → 100; 1 in flight on v2" in shown
        assert "1 run in flight on v2: finish, suspend, cancel?" in shown
        os.write(end, b"what\n")
        read_until(end, "[finish]:")
        os.write(end, b"c\n")
        assert "1 cancelled" in read_until(end, "\0")
        assert process.wait(timeout=60) == 0
    assert statuses(turnout, rollout, 2) == ["cancelled"]


@pytest.mark.parametrize(
    ("chosen", "status"), [("finish", "waiting"), ("suspend", "suspended"), ("cancel", "cancelled")]
)
def test_a_stop_by_a_program_says_what_becomes_of_the_runs_in_flight(
    turnout: Turnout, rollout: str, chosen: str, status: str
) -> None:
    stopped = turnout.json("rollout", "stop", rollout, "--in-flight", chosen, "-m", "Too many.")
    assert stopped["attributes"]["state"] == "stopped"
    done = stopped.get("in-flight")
    assert (done and done["attributes"]["done"]) == (None if chosen == "finish" else 1)
    assert statuses(turnout, rollout, 2) == [status]


def test_a_stop_without_a_terminal_lets_the_runs_in_flight_finish(
    turnout: Turnout, rollout: str
) -> None:
    said = turnout.ok("rollout", "stop", rollout)
    assert said.splitlines()[1:] == ["v2 99.99 % → 0, v1 0.01 % → 100; 1 in flight on v2"]
    assert statuses(turnout, rollout, 2) == ["waiting"]
