"""`pip install .` into an empty virtual environment, then `turnout demo` in an empty folder."""

import os
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 600
"""A bound for each command, not an expectation."""


def test_the_installed_package_plays_its_demo_in_an_empty_folder(tmp_path: Path) -> None:
    home, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    venv.create(home, with_pip=True)
    run([home / "bin/python", "-m", "pip", "install", "--quiet", ROOT], tmp_path)
    where = run(
        [home / "bin/python", "-c", "import turnout; print(turnout.__file__)"], empty
    ).strip()
    assert where.startswith(str(home)), "another turnout than the installed one was imported"
    told = run([home / "bin/turnout", "demo"], empty)
    print(told[-3000:])
    assert list(empty.iterdir()) == [], "the demo left something behind"


def run(command: list[str | Path], folder: Path) -> str:
    """What the command printed; its whole output in the failure when it fails."""
    environment = {
        name: text
        for name, text in os.environ.items()
        if not name.startswith(("TURNOUT_", "PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{command} exited {done.returncode}:\n{done.stdout[-8000:]}"
    return done.stdout
