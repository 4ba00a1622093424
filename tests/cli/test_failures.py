"""Every failure is one clear line on stderr, nothing on stdout, and the right exit code."""

from pathlib import Path

import pytest

from tests.cli.server import Turnout

LATER = "document: {dsl: '1.0.3', namespace: t, name: later, version: '1.0.0'}\n"
PLAIN = LATER + "do: [{answer: {set: {decision: yes}}}]\n"
WAITS = LATER + "do: [{pause: {wait: {hours: 1}}}]\n"
RAISES = LATER + (
    "do: [{no: {raise: {error: {type: 'https://example.com/no', status: 418, title: No}}}}]\n"
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("definitions")
    texts = {
        "plain": PLAIN,
        "waits": WAITS,
        "raises": RAISES,
        "broken": LATER + "do: [{a: {sett: 1}}]\n",
    }
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.yaml" for name in texts}


@pytest.fixture(scope="module")
def live(turnout: Turnout, files: dict[str, Path]) -> Turnout:
    """Three live workflows, named for what their runs do."""
    for name in ("plain", "waits", "raises"):
        turnout.ok("workflow", "create", name, "--file", files[name])
        turnout.ok("publish", name, "--yes", "--revision", 1, "--percent", 100)
    return turnout


@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("workflow show nosuch", 1, "turnout workflow list"),
        ("status plian", 1, "Did you mean plain?"),
        ("workflow create plain", 4, "handle"),
        ("workflow create !!!", 1, "handle"),
        ("workflow update plain", 2, "--name"),
        ("workflow update plain --outcome 1)|(2", 1, "expression"),
        ("draft show plain", 1, "no draft"),
        ("draft save plain nosuch.yaml", 1, "nosuch.yaml"),
        ("draft diff plain", 1, "no version draft"),
        ("publish plain --yes --revision 1 --percent 10", 1, "no draft"),
        ("publish plain --yes --revision 1 --percent 0", 1, "0.01 to 100"),
        ("publish plain --yes --revision 1 --percent -1", 1, "0.01 to 100"),
        ("publish plain --yes --revision 1 --percent 33.333", 1, "33.33"),
        ("publish plain --yes --revision 1 --percent ten", 2, "number"),
        ("publish plain --yes --revision 1 --percent nan", 1, "percent"),
        ("publish plain --yes --revision 1 --percent 1 --file nosuch.yaml", 1, "nosuch.yaml"),
        ("revert plain v9", 1, "no version v9"),
        ("revert plain seven", 2, "seven"),
        ("revert plain v1", 4, "already"),
        ("revert plain v1 --percent 0", 1, "percent"),
        ("revert plain v1 --percent 33.333", 1, "0.01"),
        ("revert plain v1 --percent ten", 2, "number"),
        ("promote plain v1", 4, "already"),
        ("rollout stop plain", 4, "no active rollout"),
        ("rollout show zzzzzzzz", 1, "zzzzzzzz"),
        ("rollout set plain 50", 4, "no active rollout"),
        ("rollout set plain 100.001", 1, "0 to 100"),
        ("runs show zz", 2, "too short"),
        ("runs show ../../keys", 2, "names no run"),
        ("runs show zzzzzzzz", 1, "No run here"),
        ("runs show wfr_00000000000000000000000000", 1, "no run"),
        ("runs list --version v1", 2, "WORKFLOW"),
        ("runs list plain --status nonsense", 2, "nonsense"),
        ("trigger plain", 2, "--input"),
        ("trigger plian --input {}", 1, "Did you mean plain?"),
        ("trigger plain --input [1]", 2, "object"),
        ("trigger plain --input {", 2, "JSON"),
        ("trigger plain --input @nosuch.json", 1, "nosuch.json"),
        ("trigger plain --lines nosuch.jsonl", 1, "nosuch.jsonl"),
        ("trigger plain --input {} --lines x", 2, "either"),
        ("trigger ../../x --input {}", 2, "../../x"),
        ("history nosuch", 1, "nosuch"),
        ("history plain --at yesterday", 2, "yesterday"),
        ("restore plain v2", 1, "no version v2"),
        ("workflow nonsense", 2, "nonsense"),
        ("status --nonsense", 2, "--nonsense."),
        ("--nonsense", 2, "--nonsense."),
    ],
)
def test_a_refusal_is_one_line_with_its_exit_code(
    live: Turnout, command: str, code: int, said: str
) -> None:
    result = live(*command.split())
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    assert said.lower() in result.stderr.lower()
    assert len(result.stderr.splitlines()) == 1


def test_a_draft_in_the_way_of_a_restore_is_told_with_the_option_that_helps(
    live: Turnout, files: dict[str, Path]
) -> None:
    live.ok("draft", "save", "waits", files["waits"])
    result = live("restore", "waits", "v1")
    assert result.exit_code == 4
    assert "--set-aside" in result.stderr
    assert live.ok("restore", "waits", "v1", "--set-aside")


def test_an_input_that_does_not_fit_is_told_with_its_member(
    turnout: Turnout, tmp_path: Path
) -> None:
    schema = "input: {schema: {document: {properties: {age: {type: number}}}}}\n"
    (tmp_path / "strict.yaml").write_text(PLAIN + schema, encoding="utf-8")
    turnout.ok("workflow", "create", "strict", "--file", tmp_path / "strict.yaml")
    turnout.ok("publish", "strict", "--yes", "--revision", 1, "--percent", 100)
    result = turnout("trigger", "strict", "--input", '{"age": "ten"}')
    assert result.exit_code == 1
    assert result.stderr.startswith("age: ")


def test_a_draft_with_an_error_is_refused_with_that_error_once(
    turnout: Turnout, files: dict[str, Path]
) -> None:
    turnout.ok("workflow", "create", "faulty", "--file", files["broken"])
    result = turnout("publish", "faulty", "--yes", "--revision", 1, "--percent", 100)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.output.count("sett") == 1


def test_no_server_is_exit_5(alone: Turnout) -> None:
    result = alone("status")
    assert result.exit_code == 5
    assert "turnout serve" in result.stderr


def test_an_unreachable_server_is_exit_5(alone: Turnout) -> None:
    result = alone("status", "--server", "http://127.0.0.1:1", "--key", "k")
    assert result.exit_code == 5
    assert "http://127.0.0.1:1" in result.stderr


def test_a_wrong_key_is_refused(turnout: Turnout) -> None:
    result = turnout("status", "--key", "turnout_wrong")
    assert result.exit_code == 1
    assert "unknown here" in result.stderr


def test_the_machines_key_is_never_sent_to_another_server(turnout: Turnout) -> None:
    result = turnout("status", TURNOUT_SERVER="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "--key" in result.stderr


def test_what_is_no_url_is_a_usage_failure(alone: Turnout) -> None:
    result = alone("status", "--server", "localhost:8000", "--key", "k")
    assert result.exit_code == 2
    assert "http://" in result.stderr


def revision(live: Turnout) -> int:
    """The present revision of the draft of `plain`."""
    found: int = live.json("draft", "show", "plain")["attributes"]["revision"]
    return found


def test_publishing_without_a_terminal_needs_everything_said(
    live: Turnout, files: dict[str, Path]
) -> None:
    live.ok("draft", "save", "plain", files["plain"])
    for flags in ((), ("--yes",), ("--yes", "--revision", 1), ("--yes", "--percent", 10)):
        result = live("publish", "plain", *flags)
        assert result.exit_code == 2
        assert "--yes --revision N --percent P" in result.stderr
    now = revision(live)
    stale = live("publish", "plain", "--yes", "--revision", now - 1, "--percent", 10)
    assert stale.exit_code == 4
    assert f"revision {now} now" in stale.stderr
    live.ok("draft", "discard", "plain", "--yes", "--revision", now)


def test_a_draft_is_only_replaced_by_who_says_which(live: Turnout, files: dict[str, Path]) -> None:
    live.ok("draft", "save", "plain", files["plain"])
    unsaid = live("draft", "save", "plain", files["waits"])
    assert unsaid.exit_code == 2
    now = revision(live)
    assert f"--revision {now}" in unsaid.stderr
    assert live("draft", "save", "plain", files["waits"], "--revision", now + 6).exit_code == 4
    said = live.ok("draft", "save", "plain", files["waits"], "--revision", now)
    assert f"draft: revision {now} → revision {now + 1}" in said
    assert live("restore", "plain", "v1").exit_code == 4
    assert "set aside" in live.ok("restore", "plain", "v1", "--set-aside")
    assert live("draft", "discard", "plain", "--yes").exit_code == 2
    assert live("draft", "discard", "plain", "--revision", now + 2).exit_code == 2
    live.ok("draft", "discard", "plain", "--yes", "--revision", now + 2)


def test_a_discarded_draft_is_restored_by_the_id_that_was_printed(
    live: Turnout, files: dict[str, Path]
) -> None:
    live.ok("draft", "save", "plain", files["waits"])
    said = live.ok("draft", "discard", "plain", "--yes", "--revision", revision(live))
    id_ = said.split("turnout restore plain ")[1].split()[0]
    live.ok("workflow", "create", "Other place", "--handle", "other-place")
    assert live("restore", "other-place", id_).exit_code == 1
    assert "set aside before" in live.ok("restore", "plain", id_)
    assert live.ok("draft", "show", "plain", "--text") == files["waits"].read_text()
    live.ok("draft", "discard", "plain", "--yes", "--revision", revision(live))


def test_publishing_a_file_publishes_that_file(live: Turnout, files: dict[str, Path]) -> None:
    flags = ("--yes", "--percent", 20)
    following = live.json("workflow", "show", "plain")["attributes"]["revisions"] + 1
    wrong = live("publish", "plain", "--file", files["waits"], *flags, "--revision", following + 1)
    assert wrong.exit_code == 4
    assert live("draft", "show", "plain").exit_code == 1  # nothing half-done
    said = live.ok("publish", "plain", "--file", files["waits"], *flags, "--revision", following)
    assert said.rstrip().endswith("v2 0 % → 20, v1 100 % → 80")
    again = live("publish", "plain", "--file", files["plain"], *flags, "--revision", following + 1)
    assert again.exit_code == 4
    assert "supersede" in again.stderr
    live.ok("publish", "plain", "--supersede", *flags, "--revision", following + 1)
    live.ok("rollout", "stop", "plain")


def test_problems_of_a_draft_are_listed_by_line(live: Turnout, files: dict[str, Path]) -> None:
    said = live.ok("draft", "save", "plain", files["broken"])
    assert "2:11: error unknown_task_type" in said
    now = revision(live)
    result = live("publish", "plain", "--yes", "--revision", now, "--percent", 10)
    assert result.exit_code == 1
    assert "2:11: " in result.stderr
    live.ok("draft", "discard", "plain", "--yes", "--revision", now)


def test_a_faulted_run_is_exit_3(live: Turnout) -> None:
    result = live("trigger", "raises", "--input", "{}", "--wait")
    assert result.exit_code == 3
    assert "https://example.com/no" in result.stdout
    (run,) = live.json("runs", "list", "raises")
    assert live("runs", "watch", run["id"]).exit_code == 3
    pointless = live("runs", "retry", run["id"])
    assert pointless.exit_code == 4
    assert live("runs", "cancel", run["id"]).exit_code == 4


def test_a_waiting_run_can_be_cancelled_and_rerun(live: Turnout) -> None:
    run = live.json("trigger", "waits", "--input", "{}")
    assert run["attributes"]["status"] == "waiting"
    end = run["id"][-8:]
    assert "1 in flight" not in live.ok("runs", "list", "waits", "--status", "completed")
    assert (
        live.ok("runs", "cancel", end, "-m", "Sent twice").rstrip().endswith("waiting → cancelled")
    )
    assert live("runs", "watch", end).exit_code == 0
    rerun = live.json("runs", "rerun", end)
    assert rerun["relationships"]["rerun-of"]["data"]["id"] == run["id"]
    live.ok("runs", "cancel", rerun["id"])


def test_every_refused_line_of_a_file_is_told(live: Turnout) -> None:
    live.ok("workflow", "pause", "plain", "-m", "For a while")
    result = live("trigger", "plain", "--lines", "-", input="{}\n\n{}\n")
    assert result.exit_code == 4
    assert "2 of 2 were refused" in result.stderr
    assert "paused" in result.stderr
    said = live.ok("workflow", "resume", "plain")
    assert said.rstrip().endswith("paused → running")
    broken = live("trigger", "plain", "--lines", "-", input="{}\n[1]\n")
    assert broken.exit_code == 2
    assert "-:2" in broken.stderr


def test_a_workflow_can_be_changed_copied_and_archived(live: Turnout) -> None:
    said = live.ok("workflow", "update", "raises", "--outcome", ".decision", "--name", "Raises!")
    assert "outcome: none → .decision" in said
    assert "outcome: .decision → none" in live.ok("workflow", "update", "raises", "--outcome", "")
    live.ok("workflow", "copy", "raises", "Raises too", "--handle", "raises-too")
    assert live("workflow", "archive", "raises-too").exit_code == 2
    said = live.ok("workflow", "archive", "raises-too", "--yes")
    assert said.rstrip().endswith("running → archived")
    assert "raises-too" not in live.ok("workflow", "list")
    assert "raises-too" in live.ok("workflow", "list", "--archived")
    assert live("trigger", "raises-too", "--input", "{}").exit_code == 4


def test_control_characters_never_reach_the_terminal(live: Turnout) -> None:
    live.ok("workflow", "create", "--handle", "nasty", "--", "\x1b[31mred\x07")
    for command in (("workflow", "list"), ("status", "nasty"), ("workflow", "list", "--json")):
        said = live.ok(*command)
        assert "\x1b" not in said
        assert "\x07" not in said


def test_a_key_of_the_sandbox_sees_the_sandbox(live: Turnout) -> None:
    made = live.json("keys", "create", "--environment", "sandbox", "--role", "viewer")
    said = live.ok("workflow", "show", "plain", TURNOUT_API_KEY=made["key"])
    assert said.splitlines()[0] == "sandbox · plain"
    result = live("trigger", "plain", "--input", "{}", "--key", made["key"])
    assert result.exit_code == 1
    assert "operator" in result.stderr
    (run,) = live.json("runs", "list", "raises", "--limit", 1)
    assert live("runs", "show", run["id"], "--key", made["key"]).exit_code == 1
