"""``turnout audit list`` says in people's words what the log holds in ids."""

import pytest

from tests.cli.server import Turnout

PLAIN = (
    "document: {dsl: '1.0.3', namespace: t, name: plain, version: '1.0.0'}\n"
    "do: [{answer: {set: {decision: yes}}}]\n"
)
COLUMNS = ("#", "when", "action", "subject", "by", "before → after", "why")

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def rows(turnout: Turnout, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The table after a short story, newest first: each row's text by column."""
    file = tmp_path_factory.mktemp("audit") / "plain.yaml"
    file.write_text(PLAIN, encoding="utf-8")
    turnout.ok("workflow", "create", "Plain", "--file", file)
    turnout.ok("publish", "plain", "--yes", "--revision", 1, "--percent", 100)
    turnout.ok("draft", "save", "plain", file)
    turnout.ok("publish", "plain", "--yes", "--revision", 2, "--percent", 25)
    turnout.ok("rollout", "stop", "plain", "-m", "Enough seen")
    turnout.ok("workflow", "pause", "plain")
    turnout.ok("draft", "save", "plain", file)
    turnout.ok("draft", "discard", "plain", "--yes", "--revision", 3)
    return _rows(turnout.ok("audit", "list", "--limit", 100))


def _rows(said: str) -> Rows:
    heading, *lines = said.splitlines()[1:]
    starts = [heading.index(column) for column in COLUMNS]
    starts[0] = 0  # numbers stand to the right
    ends = [*starts[1:], None]
    return [
        {
            column: line[start:end].strip()
            for column, start, end in zip(COLUMNS, starts, ends, strict=True)
        }
        for line in lines
    ]


def _told(rows: Rows, action: str) -> list[tuple[str, str]]:
    return [(row["subject"], row["before → after"]) for row in rows if row["action"] == action]


def test_traffic_is_told_in_versions_and_shares(rows: Rows) -> None:
    assert _told(rows, "rollout.stop") == [("plain", "v2 25 % → 0, v1 75 % → 100")]
    published = _told(rows, "version.publish")
    assert [subject for subject, _ in published] == ["plain", "plain"]
    assert published[0][1].startswith("v2 0 % → 25, v1 100 % → 75, revision 2, content-hash sha256")
    stopped = next(row for row in rows if row["action"] == "rollout.stop")
    assert stopped["why"] == "Enough seen"


def test_a_workflow_is_told_by_its_handle_and_a_draft_by_what_it_became(rows: Rows) -> None:
    assert _told(rows, "workflow.pause") == [("plain", "paused no → yes")]
    assert ("plain v2", "revision 2") in [
        (subject, change.partition(",")[0]) for subject, change in _told(rows, "draft.save")
    ]


def test_a_draft_that_was_discarded_is_told_by_the_end_of_its_id(rows: Rows) -> None:
    ((subject, change),) = _told(rows, "draft.discard")
    assert subject.startswith("plain …")
    assert change.endswith("→ none")


def test_what_has_no_workflow_is_told_by_its_name(rows: Rows) -> None:
    names = [subject for subject, _ in _told(rows, "environment.create")]
    assert names == ["sandbox", "production"]


def test_no_whole_id_is_left(rows: Rows) -> None:
    assert not [row for row in rows if "_0" in row["subject"] + row["before → after"]]


def test_programs_get_ids(rows: Rows, turnout: Turnout) -> None:
    listed = turnout.json("audit", "list")
    stop = next(
        each["attributes"] for each in listed if each["attributes"]["action"] == "rollout.stop"
    )
    assert stop["subject"].startswith("rol_")
    assert all(each.startswith("wflv_") for each in stop["after"])
