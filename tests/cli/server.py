"""A real server process and the program beside it, as people have them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import orjson
from typer.testing import CliRunner, Result

from turnout.cli.main import app

START_SECONDS = 120
COMMAND = (sys.executable, "-P", "-m", "turnout.cli")


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without settings of Turnout's."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TURNOUT_")}
    return {**kept, "PYTHONUNBUFFERED": "1", **more}


@dataclass(frozen=True)
class Turnout:
    """The program ``turnout`` on one data directory."""

    data_dir: Path

    def __call__(self, *args: object, input: str | None = None, **env: str) -> Result:
        """Run a command in this process, without a terminal."""
        environment: dict[str, str | None] = {
            name: None for name in os.environ if name.startswith("TURNOUT_")
        }
        environment |= {"TURNOUT_DATA_DIR": str(self.data_dir), **env}
        return CliRunner().invoke(app, [str(arg) for arg in args], input=input, env=environment)

    def ok(self, *args: object, input: str | None = None, **env: str) -> str:
        """Run a command that must succeed; what it prints."""
        result = self(*args, input=input, **env)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *args: object, input: str | None = None, **env: str) -> Any:
        """Run a command with ``--json`` that must succeed; what it prints, read."""
        return orjson.loads(self.ok(*args, "--json", input=input, **env))

    def process(self, *args: object, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command as a process of its own."""
        return subprocess.run(
            [*COMMAND, *map(str, args)],
            env=clean_environment(TURNOUT_DATA_DIR=str(self.data_dir), **env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )


@dataclass(frozen=True)
class Serving:
    """A server process that listens, and the lines that it printed until then."""

    process: subprocess.Popen[str]
    said: list[str]

    @property
    def url(self) -> str:
        return self.said[0].split(" at ")[1].strip()


@contextmanager
def serving(data_dir: Path, *args: str, **env: str) -> Iterator[Serving]:
    """A server on a free port, until the block's end."""
    log = data_dir.parent / f"{data_dir.name}-server.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--data-dir", str(data_dir), *args],
            env=clean_environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    try:
        said = _until_ready(process)
        assert process.poll() is None, log.read_text()
        yield Serving(process, said)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()


def _until_ready(process: subprocess.Popen[str]) -> list[str]:
    output: IO[str] = process.stdout  # type: ignore[assignment]
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        said = []
        for line in output:
            said.append(line.rstrip("\n"))
            if line.startswith("Ctrl-C"):
                break
        return said
    finally:
        watchdog.cancel()
