"""One process drives the runs of a data directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from turnout.domain.errors import Conflict
from turnout.storage.lock import DriverLock

HOLDER = """
import subprocess, sys
from pathlib import Path
from turnout.storage.lock import DriverLock
with DriverLock(Path(sys.argv[1])):
    # What it starts must not hold the lock after it.
    command = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    child = subprocess.Popen(command, close_fds=False)
    print(child.pid, flush=True)
    sys.stdin.read()
"""


def test_a_second_holder_is_told_who_the_first_is(tmp_path: Path) -> None:
    with DriverLock(tmp_path / "data"):
        with pytest.raises(Conflict) as refused:
            DriverLock(tmp_path / "data").acquire()
        assert refused.value.code == "driver_running"
        assert f"process {os.getpid()}" in refused.value.details
    with DriverLock(tmp_path / "data"):
        pass


def test_a_killed_holder_frees_it_at_once_whatever_it_started(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert int(holder.stdout.readline()) > 0
    with pytest.raises(Conflict, match=f"process {holder.pid}"):
        DriverLock(tmp_path).acquire()
    holder.kill()
    holder.wait()
    with DriverLock(tmp_path):
        pass
    holder.communicate()  # its end closes the child's input, too
