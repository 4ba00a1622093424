"""One process drives runs: in a data directory, and in a database."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from turnout.domain.errors import Conflict
from turnout.storage.database import file_of
from turnout.storage.lock import DriverLock, database_lock, holder

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
    path = tmp_path / "driver.lock"
    with DriverLock(path):
        with pytest.raises(Conflict) as refused:
            DriverLock(path).acquire()
        assert refused.value.code == "driver_running"
        assert f"process {os.getpid()}" in refused.value.details
    with DriverLock(path):
        pass


def test_a_killed_holder_frees_it_at_once_whatever_it_started(tmp_path: Path) -> None:
    path = tmp_path / "driver.lock"
    first = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert first.stdout is not None
    assert int(first.stdout.readline()) > 0
    with pytest.raises(Conflict, match=f"process {first.pid}"):
        DriverLock(path).acquire()
    assert holder(path) == first.pid
    first.kill()
    first.wait()
    assert holder(path) is None
    with DriverLock(path):
        pass
    first.communicate()  # its end closes the child's input, too


def test_all_names_of_a_database_lead_to_one_lock(tmp_path: Path) -> None:
    file = tmp_path / "turnout.db"
    file.touch()
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "other.db").symlink_to(file)
    relative = os.path.relpath(file)
    names: list[str | Path] = [
        file,
        f"sqlite:///{file}",
        f"sqlite:///{relative}",
        f"sqlite:///{tmp_path}/link/other.db",
    ]
    assert {database_lock(file_of(name)) for name in names} == {tmp_path / "turnout.db.lock"}


def test_who_looks_for_a_holder_is_not_taken_for_one(tmp_path: Path) -> None:
    path = tmp_path / "driver.lock"
    assert holder(path) is None
    path.write_text("1\n")
    looking = path.open()
    fcntl.flock(looking, fcntl.LOCK_SH)
    threading.Timer(0.03, looking.close).start()
    with DriverLock(path):
        assert holder(path) == os.getpid()
