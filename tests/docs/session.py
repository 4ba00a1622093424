"""Plays a page: its ``sh`` blocks, in order, in one shell beside a real server.

A block that starts the server (``make run``, ``turnout serve …``) is started in the background, on
a free port, and waited for. Other ``make`` blocks are not run again from within the tests; their
targets must exist. Where a page writes the default address, the server's stands instead.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread, Timer

import httpx

from tests.docs.pages import ROOT, Step
from tests.docs.shown_output import matches

LONGEST_BLOCK = 240.0
"""Seconds after which a block's shell is killed; it hangs, and the test fails."""

_DEFAULT_ADDRESS = "127.0.0.1:8000"
_DONE = "--- block done ---"
_SERVES = re.compile(r"^Turnout serves .* at (http://\S+)$")
_TARGET = re.compile(r"^([a-z]+):.*## ", re.MULTILINE)
_PROGRAMS = {"turnout": "-m turnout.cli", "python3": ""}


def play(steps: list[Step], folder: Path) -> None:
    """Run a page's blocks in an empty folder.

    Raises:
        AssertionError: a block failed, or said something else than the page shows.
    """
    environment = _environment(folder)
    home = folder / "home"
    home.mkdir()
    with _Server(home, environment) as server, _shell(home, environment) as shell:
        for number, step in enumerate(steps, 1):
            if (arguments := serving(step)) is not None:
                said = server.start(arguments)
            elif all(line.startswith("make ") for line in step.lines):
                require_targets(step)
                continue
            else:
                script = folder / f"block-{number}.sh"
                script.write_text(server.here(step.commands), encoding="utf-8")
                said = _run(shell, script, step)
            _compare(step, server.here(step.shown), said)


def serving(step: Step) -> list[str] | None:
    """The arguments of ``turnout serve`` in a block that starts the server; None in others."""
    if len(step.lines) != 1:
        return None
    words = shlex.split(step.lines[0], comments=True)
    if words[:2] == ["turnout", "serve"]:
        return words[1:]
    return _recipe("run") if words == ["make", "run"] else None


def require_targets(step: Step) -> None:
    """Check that a block of ``make`` lines names real targets."""
    known = set(_TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    for line in step.lines:
        target = shlex.split(line, comments=True)[1]
        assert target in known, f"{step.page}:{step.line}: there is no `make {target}`"


def _recipe(target: str) -> list[str]:
    """What ``make`` would have ``turnout`` do."""
    told = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    program, *arguments = shlex.split(told.stdout.splitlines()[-1])
    assert program.endswith("/turnout"), program
    return arguments


def _environment(folder: Path) -> dict[str, str]:
    """Nothing but what a newcomer's shell has, with this interpreter's ``turnout`` on the path."""
    programs = folder / "bin"
    programs.mkdir()
    for name, arguments in _PROGRAMS.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)
    return {
        "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT / "src"),
        "PYTHONUNBUFFERED": "1",
        "TURNOUT_PORT": "0",
    }


class _Server:
    """The page's server: started once a block says so, ended with the page."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self._home = home
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None
        self._url = f"http://{_DEFAULT_ADDRESS}"

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def here(self, text: str | None) -> str:
        """A page's text with this server's address."""
        return (text or "").replace(_DEFAULT_ADDRESS, self._url.removeprefix("http://"))

    def start(self, arguments: list[str]) -> str:
        """Start it and wait until it is ready; what it said until then."""
        assert self._process is None, "the page starts its server twice"
        self._process = subprocess.Popen(
            ["turnout", *arguments],
            cwd=self._home,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        said = self._until_it_serves(self._process)
        answer = httpx.get(f"{self._url}/readyz", timeout=LONGEST_BLOCK, trust_env=False)
        assert answer.status_code == 200, answer.text
        return said

    def _until_it_serves(self, process: subprocess.Popen[str]) -> str:
        said = []
        with _deadline(process):
            for line in process.stdout or ():
                said.append(line)
                if found := _SERVES.match(line):
                    self._url = found[1]
                if line.startswith("Ctrl-C"):
                    # Its log goes on; somebody has to read it.
                    Thread(target=list, args=(process.stdout,), daemon=True).start()
                    return "".join(said)
        raise AssertionError("the server did not start:\n" + "".join(said))


@contextmanager
def _shell(home: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as shell:
        _tell(shell, "set -eo pipefail")
        try:
            yield shell
        finally:
            shell.kill()


@contextmanager
def _deadline(process: subprocess.Popen[str]) -> Iterator[None]:
    timer = Timer(LONGEST_BLOCK, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _run(shell: subprocess.Popen[str], script: Path, step: Step) -> str:
    """Run a block in the shell; variables stay for the next one. What it said."""
    _tell(shell, f"source {shlex.quote(str(script))} < /dev/null", f"echo '{_DONE}'")
    said = []
    with _deadline(shell):
        for line in shell.stdout or ():
            if line.rstrip("\n").endswith(_DONE):
                said.append(line.replace(_DONE, ""))
                return "".join(said)
            said.append(line)
    raise AssertionError(
        f"{step.page}:{step.line}: this block failed:\n{step.commands}\nIt said:\n{''.join(said)}"
    )


def _tell(shell: subprocess.Popen[str], *lines: str) -> None:
    assert shell.stdin is not None
    shell.stdin.write("".join(line + "\n" for line in lines))
    shell.stdin.flush()


def _compare(step: Step, shown: str, said: str) -> None:
    assert step.shown is None or matches(shown, said), (
        f"{step.page}:{step.line}: the page shows\n{shown}\nbut it said\n{said}"
    )
