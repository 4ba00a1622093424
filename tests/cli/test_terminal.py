"""What a person at a terminal is asked."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.server import COMMAND, Turnout, clean_environment


@contextmanager
def terminal(turnout: Turnout, *args: object) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """A command on a terminal of its own, as (the other end, the process)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *map(str, args)],
        env=clean_environment(
            TURNOUT_DATA_DIR=str(turnout.data_dir), COLUMNS="200", TERM="dumb", NO_COLOR="1"
        ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield ours, process
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def read_until(end: int, text: str) -> str:
    """What is shown, until ``text`` is, or the terminal's end."""
    shown = b""
    while text.encode() not in shown:
        try:
            shown += os.read(end, 4096)
        except OSError:  # the last program on it ended
            break
    return shown.decode()


@pytest.fixture(scope="module")
def live(turnout: Turnout, texts: dict[int, Path]) -> Turnout:
    turnout.ok("workflow", "create", "asked", "--file", texts[1])
    turnout.ok("publish", "asked", "--yes", "--revision", 1, "--percent", 100)
    turnout.ok("draft", "save", "asked", texts[2])
    return turnout


def test_publish_shows_the_diff_and_takes_no_for_an_answer(live: Turnout) -> None:
    with terminal(live, "publish", "asked", "--percent", 10) as (end, process):
        shown = read_until(end, "[y/N]")
        assert "production · asked" in shown
        assert "watchlistSimilar" in shown
        assert "Publish revision 2 at 10 %?" in shown
        os.write(end, b"n\n")
        read_until(end, "\0")
        assert process.wait(timeout=60) == 1
    assert len(live.json("history", "asked")) == 1


def test_an_answer_of_no_says_that_nothing_happened(live: Turnout) -> None:
    with terminal(live, "publish", "asked") as (end, process):
        read_until(end, "[y/N]")
        os.write(end, b"n\n")
        assert "Nothing was published." in read_until(end, "\0")
        assert process.wait(timeout=60) == 1


def test_a_server_shows_the_requests_that_fail_and_takes_its_leave(tmp_path: Path) -> None:
    turnout = Turnout(tmp_path / "data")
    with terminal(turnout, "serve", "--port", 0) as (end, process):
        assert "2> turnout.log" in read_until(end, "Ctrl-C ends it.")
        turnout.ok("workflow", "list")
        assert turnout("workflow", "show", "nosuch").exit_code == 1
        shown = read_until(end, "nosuch 404")
        assert "GET" in shown
        assert " 200" not in shown
        process.send_signal(signal.SIGINT)
        assert "Nothing is lost" in read_until(end, "\0")
        assert process.wait(timeout=60) == 0


def test_ctrl_c_ends_a_command_with_a_word(tmp_path: Path) -> None:
    file = tmp_path / "waits.yaml"
    file.write_text(
        "document: {dsl: '1.0.3', namespace: t, name: waits, version: '1.0.0'}\n"
        "do: [{pause: {wait: {hours: 1}}}]\n",
        encoding="utf-8",
    )
    with terminal(Turnout(tmp_path / "data"), "run", file) as (end, process):
        # Its worker processes are there once it has begun.
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not children.read_text():
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=0.02)
        process.send_signal(signal.SIGINT)
        assert "Interrupted." in read_until(end, "\0")
        assert process.wait(timeout=60) == 130


def test_publish_sends_the_revision_that_was_shown(live: Turnout, texts: dict[int, Path]) -> None:
    with terminal(live, "publish", "asked", "--percent", 10) as (end, process):
        read_until(end, "[y/N]")
        live.ok("draft", "save", "asked", texts[1], "--revision", 2)
        os.write(end, b"y\n")
        shown = read_until(end, "\0")
        assert process.wait(timeout=60) == 4
        assert "revision 3 now" in shown
    with terminal(live, "publish", "asked", "--percent", 10) as (end, process):
        read_until(end, "Publish revision 3 at 10 %? [y/N]")
        os.write(end, b"y\n")
        shown = read_until(end, "\0")
        assert process.wait(timeout=60) == 0
        assert "v2 0 % → 10, v1 100 % → 90" in shown
