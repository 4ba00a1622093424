"""The whole story by commands alone, on one server, each as people and programs see it."""

from pathlib import Path

import orjson
import pytest

from tests.cli.server import Turnout
from turnout import sample

HANDLE = "onboarding"


@pytest.fixture(scope="module")
def applicants(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("inputs") / "applicants.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps(each) for each in sample.applicants()) + b"\n")
    return file


def lines(text: str) -> list[str]:
    return text.rstrip("\n").split("\n")


def test_the_whole_story(turnout: Turnout, texts: dict[int, Path], applicants: Path) -> None:
    create(turnout, texts)
    publish_first(turnout)
    save_and_publish_second(turnout, texts)
    trigger_all(turnout, applicants)
    raise_and_stop(turnout)
    revert(turnout)
    history(turnout)


def create(turnout: Turnout, texts: dict[int, Path]) -> None:
    said = turnout.ok(
        *("workflow", "create", HANDLE, "--file", texts[1]),
        *("--assignment-key", sample.ASSIGNMENT_KEY, "--outcome", sample.OUTCOME),
    )
    assert lines(said)[:2] == [
        "production · onboarding",
        "created, with a draft at revision 1",
    ]


def publish_first(turnout: Turnout) -> None:
    said = turnout.ok("publish", HANDLE, "--yes", "--revision", 1, "--percent", 100)
    assert lines(said) == [
        "production · onboarding",
        "Nothing is live here yet: this is the first version.",
        "v1 0 % → 100",
    ]


def save_and_publish_second(turnout: Turnout, texts: dict[int, Path]) -> None:
    said = turnout.ok("draft", "save", HANDLE, texts[2])
    assert lines(said) == ["production · onboarding", "draft: none → revision 2"]
    assert "watchlistSimilar" in turnout.ok("draft", "diff", HANDLE)
    said = turnout.ok(
        "publish", HANDLE, "--yes", "--revision", 2, "--percent", 25, "-m", "Fewer look-alikes"
    )
    assert lines(said)[0] == "production · onboarding"
    assert "v1 → draft, revision 2" in said
    assert "watchlistSimilar" in said
    assert lines(said)[-1] == "v2 0 % → 25, v1 100 % → 75"


def trigger_all(turnout: Turnout, applicants: Path) -> None:
    runs = turnout.json("trigger", HANDLE, "--lines", applicants)
    assert len(runs) == 200
    assert {run["attributes"]["status"] for run in runs} == {"completed"}
    shown = turnout.json("rollout", "show", HANDLE)["attributes"]
    assert sum(arm["runs"] for arm in shown["arms"]) == 200
    said = turnout.ok("rollout", "show", HANDLE)
    assert lines(said)[0] == "production · onboarding"
    row = ["treatment", "v2", "25", "%", str(shown["arms"][0]["runs"])]
    assert row in [line.split()[: len(row)] for line in lines(said)]
    last = runs[-1]["id"]
    said = turnout.ok("runs", "show", last[-8:])
    assert last in said
    assert runs[-1]["attributes"]["reason-for-version"] in said
    row = ["decide", "completed", runs[-1]["attributes"]["created-at"][:10]]
    traced = turnout.ok("runs", "show", last[-8:], "--trace")
    assert row in [line.split()[:3] for line in lines(traced)]
    listed = turnout.json("runs", "list", HANDLE, "--arm", "treatment", "--limit", 200)
    assert len(listed) == shown["arms"][0]["runs"]
    numbered = turnout.json("runs", "list", HANDLE, "--version", "v2", "--limit", 200)
    assert [run["id"] for run in numbered] == [run["id"] for run in listed]


def raise_and_stop(turnout: Turnout) -> None:
    said = turnout.ok("rollout", "set", HANDLE, 50)
    assert lines(said)[-1] == "v2 25 % → 50, v1 75 % → 50"
    assert "v2 50 % · v1 50 %" in turnout.ok("status")
    assert "Treatment • 50 %" in turnout.ok("status", HANDLE)
    said = turnout.ok("rollout", "stop", HANDLE, "-m", "Enough seen")
    assert lines(said) == [
        "production · onboarding",
        "v2 50 % → 0, v1 50 % → 100; 0 in flight on v2",
    ]
    again = turnout("rollout", "stop", HANDLE)
    assert again.exit_code == 4
    assert "stopped" in again.stderr


def revert(turnout: Turnout) -> None:
    said = turnout.ok("revert", HANDLE, "v2")
    assert lines(said)[-1] == "v2 0 % → 100, v1 100 % → 0; 0 in flight on v1"
    assert turnout("revert", HANDLE, 2).exit_code == 4
    assert turnout("promote", HANDLE, "v1").exit_code == 4
    shown = turnout.json("revert", HANDLE, "1", "--percent", 0.5)
    assert shown["attributes"]["state"] == "active"
    said = turnout.ok("rollout", "complete", HANDLE)
    assert lines(said)[-1] == "v2 99.5 % → 0, v1 0.5 % → 100; 0 in flight on v2"


def history(turnout: Turnout) -> None:
    events = turnout.json("history", HANDLE)
    assert [each["attributes"]["event"] for each in events] == [
        "completed",
        "reverted-to",
        "reverted-to",
        "stopped",
        "share-changed",
        "published",
        "published",
    ]
    first = events[-1]["attributes"]["created-at"]
    assert lines(turnout.ok("history", HANDLE, "--at", first))[-1].endswith(": v1 100 %")
    before = turnout.ok("history", HANDLE, "--at", "2001-01-01T00:00:00Z")
    assert "nothing was live" in before
    said = turnout.ok("history", HANDLE, "--limit", 3)
    assert len(lines(said)) == 1 + 1 + 3
    audit = turnout.json("audit", "list", "--limit", 100)
    assert audit[0]["attributes"]["action"] == "rollout.complete"
    assert "Enough seen" in turnout.ok("audit", "list")
