"""What a person at a terminal is asked."""

import os
import pty
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
