"""The demo's own server: a process on a free port, ended with the demo."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from turnout.cli.client import Place, find_place
from turnout.cli.failure import ExitCode, Failure
from turnout.settings import CONFIG, Settings

_START_SECONDS = 60
_END_SECONDS = 15
_READY = "Key:"


@contextmanager
def own_server(folder: Path) -> Iterator[Place]:
    """A server on fresh data in ``folder``, and its administrator's key.

    Raises:
        Failure: it did not start; tells what it said.
    """
    data_dir = folder.resolve() / "data"
    log = folder / "server.log"
    # An empty file instead of one that may lie in the current folder.
    settings_file = folder.resolve() / "turnout.toml"
    settings_file.touch()
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "turnout.cli", "serve", "--port", "0"],
            env=_environment(data_dir, settings_file),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Ctrl-C is for the demo; it ends the server itself.
            start_new_session=True,
        )
    try:
        _await_ready(process, log)
        yield find_place(Settings(data_dir=data_dir), None, None)
    finally:
        _end(process)


def _environment(data_dir: Path, settings_file: Path) -> dict[str, str]:
    """This environment without its Turnout settings: the demo touches nothing but its folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TURNOUT_")}
    return kept | {
        CONFIG: str(settings_file),
        "TURNOUT_DATA_DIR": str(data_dir),
        "PYTHONUNBUFFERED": "1",
    }


def _await_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Read what the server prints until it says that it listens."""
    output: IO[bytes] = process.stdout  # type: ignore[assignment]
    watchdog = threading.Timer(_START_SECONDS, process.kill)
    watchdog.start()
    try:
        ready = any(line.startswith(_READY.encode()) for line in output)
    finally:
        watchdog.cancel()
    if not ready:
        said = log.read_text(encoding="utf-8", errors="replace").strip()
        raise Failure(f"The demo's server did not start. {said[-2000:]}", ExitCode.UNREACHABLE)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
