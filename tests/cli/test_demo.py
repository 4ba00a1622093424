"""The demo holds, and a broken rule is seen, whichever it is."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.server import Turnout
from turnout.cli import server_file
from turnout.cli.client import Client, Place
from turnout.cli.demo_invariants import verdicts
from turnout.cli.demo_record import Record, Round
from turnout.cli.demo_server import own_server
from turnout.cli.demo_story import play

HISTORY = ""


@dataclass(frozen=True)
class Played:
    """A story that was played, and the server that still knows it."""

    place: Place
    record: Record


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("played")
    with own_server(folder) as place:
        client = Client(place)
        yield Played(place, play(client, quiet=True))
        client.close()
    assert server_file.find(folder / "data") is None


def broken(client: Client, record: Record) -> set[str]:
    try:
        return {each.number for each in verdicts(client, record) if not each.held}
    finally:
        client.close()


def test_every_invariant_holds_and_nothing_is_left_behind(alone: Turnout, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    result = alone.process("demo", "--json", TMPDIR=str(temporary))
    assert result.returncode == 0, result.stdout + result.stderr
    told = json.loads(result.stdout)["invariants"]
    assert [each["invariant"] for each in told] == [*(f"I{n}" for n in range(1, 12)), HISTORY]
    assert all(each["held"] and each["checked"] > 0 for each in told)
    checked = {each["invariant"]: each["checked"] for each in told}
    assert checked["I2"] == 1000
    assert list(temporary.iterdir()) == []


class Tampering(httpx.BaseTransport):
    """A network on which one kind of answer is not what the server said."""

    def __init__(self, path: str, change: Callable[[Any], None]) -> None:
        self._network = httpx.HTTPTransport()
        self._path = path
        self._change = change

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._network.handle_request(request)
        response.read()
        if request.method != "GET" or not request.url.path.endswith(self._path):
            return response
        document = json.loads(response.content)
        self._change(document["data"])
        return httpx.Response(response.status_code, json=document)

    def close(self) -> None:
        self._network.close()


def edit_a_version(version: dict[str, Any]) -> None:
    version["attributes"]["definition"] += "# edited\n"


def move_a_run(runs: list[dict[str, Any]]) -> None:
    runs[0]["attributes"]["version-number"] = 3 - runs[0]["attributes"]["version-number"]


def lose_a_run(runs: list[dict[str, Any]]) -> None:
    del runs[-1]


def rebucket_a_run(runs: list[dict[str, Any]]) -> None:
    for run in runs:
        assignment = run["attributes"]["assignment"]
        if assignment["bucket"] is not None:
            assignment["bucket"] = (assignment["bucket"] + 1) % 10_000


def fault_a_run(runs: list[dict[str, Any]]) -> None:
    runs[0]["attributes"]["status"] = "faulted"


def widen_a_share(events: list[dict[str, Any]]) -> None:
    events[0]["attributes"]["shares-after"][0]["percentage"] = 99.99


def drop_an_event(events: list[dict[str, Any]]) -> None:
    del events[0]


def retell_a_trace(trace: dict[str, Any]) -> None:
    trace["attributes"]["trace"][-1]["output"] = {"decision": "approve"}


def forge_a_reason(entries: list[dict[str, Any]]) -> None:
    entries[0]["attributes"]["reason"] += "!"


def drop_an_entry(entries: list[dict[str, Any]]) -> None:
    del entries[0]


@pytest.mark.parametrize(
    ("path", "change", "seen"),
    [
        ("/definition", edit_a_version, {"I1"}),
        ("/workflow-runs", move_a_run, {"I2"}),
        ("/workflow-runs", lose_a_run, {"I2", "I8"}),
        ("/workflow-runs", rebucket_a_run, {"I2", "I6"}),
        ("/workflow-runs", fault_a_run, {"I8"}),
        ("/history", widen_a_share, {"I3"}),
        ("/history", drop_an_event, {HISTORY}),
        ("/trace", retell_a_trace, {"I9"}),
        ("/audit-logs", forge_a_reason, {"I10"}),
        ("/audit-logs", drop_an_entry, {"I10"}),
    ],
)
def test_an_answer_that_breaks_a_rule_is_seen(
    played: Played, path: str, change: Callable[[Any], None], seen: set[str]
) -> None:
    assert broken(Client(played.place, Tampering(path, change)), played.record) == seen


def stray(round_: Round) -> Round:
    """A run that its round's deployment would not have sent there."""
    first = round_.runs[0]
    return replace(round_, runs=(replace(first, number=3 - first.number), *round_.runs[1:]))


def leave(round_: Round) -> Round:
    """Everybody left the treatment."""
    gone = (replace(run, assignment={**run.assignment, "arm": "control"}) for run in round_.runs)
    return replace(round_, runs=tuple(gone))


def late(round_: Round) -> Round:
    """A round under a deployment that was not the acknowledged one."""
    return replace(round_, deployment="wfd_another")


@pytest.mark.parametrize(
    ("round_", "change", "seen"),
    [(2, stray, "I4"), (1, leave, "I5"), (3, late, "I7")],
)
def test_a_run_that_breaks_a_rule_is_seen(
    played: Played, round_: int, change: Callable[[Round], Round], seen: str
) -> None:
    rounds = list(played.record.rounds)
    rounds[round_] = change(rounds[round_])
    assert seen in broken(Client(played.place), replace(played.record, rounds=rounds))


def test_a_change_that_had_to_be_refused_is_seen(played: Played) -> None:
    record = replace(played.record, refused=[("a stale publish", 0)])
    assert broken(Client(played.place), record) == {"I11"}


def test_a_check_of_nothing_does_not_hold(played: Played) -> None:
    record = replace(played.record, rounds=[], refused=[])
    assert {"I2", "I4", "I5", "I7"} <= broken(Client(played.place), record)


def test_a_broken_rule_is_exit_1(alone: Turnout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("turnout.cli.demo.network", lambda: Tampering("/workflow-runs", move_a_run))
    result = alone("demo")
    assert result.exit_code == 1
    assert "BROKEN: I2." in result.stdout
