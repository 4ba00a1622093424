import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.server import Turnout
from turnout.cli import server_file
from turnout.cli.demo import tell_story


def test_every_invariant_holds_and_nothing_is_left_behind(alone: Turnout, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    temporary = tmp_path / "temporary"
    folder.mkdir()
    temporary.mkdir()
    result = alone.process("demo", "--json", TMPDIR=str(temporary))
    assert result.returncode == 0, result.stdout + result.stderr
    told = json.loads(result.stdout)["invariants"]
    assert [each["invariant"] for each in told if each["invariant"]] == [
        f"I{number}" for number in range(1, 12)
    ]
    assert all(each["held"] and each["checked"] > 0 for each in told)
    checked = {each["invariant"]: each["checked"] for each in told}
    assert checked["I2"] == 1000
    assert list(temporary.iterdir()) == []


class Tampering(httpx.BaseTransport):
    """A network on which one kind of answer is not what the server said."""

    def __init__(self, path: str, change: Any) -> None:
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


def move_a_run(runs: list[dict[str, Any]]) -> None:
    """A run that changed its version after it was acknowledged."""
    attributes = runs[0]["attributes"]
    attributes["version-number"] = 3 - attributes["version-number"]


def lose_a_run(runs: list[dict[str, Any]]) -> None:
    """A run that is not there any more."""
    del runs[-1]


def forge_a_change(entries: list[dict[str, Any]]) -> None:
    """An audit entry that tells another reason."""
    entries[0]["attributes"]["reason"] += "!"


@pytest.mark.parametrize(
    ("path", "change", "broken"),
    [
        ("/workflow-runs", move_a_run, {"I2"}),
        ("/workflow-runs", lose_a_run, {"I2", "I8"}),
        ("/audit-logs", forge_a_change, {"I10"}),
    ],
)
def test_a_broken_rule_is_seen(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    change: Any,
    broken: set[str],
) -> None:
    assert not tell_story(tmp_path, json=True, transport=Tampering(path, change))
    told = json.loads(capsys.readouterr().out)["invariants"]
    assert {each["invariant"] for each in told if not each["held"]} == broken
    assert server_file.find(tmp_path / "data") is None


def test_a_broken_rule_is_exit_1(turnout: Turnout, monkeypatch: pytest.MonkeyPatch) -> None:
    class Network(Tampering):
        def __init__(self) -> None:
            super().__init__("/workflow-runs", move_a_run)

    monkeypatch.setattr("turnout.cli.demo.NETWORK", Network)
    result = turnout("demo")
    assert result.exit_code == 1
    assert "BROKEN: I2." in result.stdout
