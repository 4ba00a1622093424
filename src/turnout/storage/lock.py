"""The lock of the one process that drives runs: on the data directory, and on the database."""

import fcntl
import os
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from turnout.domain.errors import Conflict

_TRIES = 5
_PAUSE_SECONDS = 0.02


class DriverLock:
    """Held from ``acquire`` to ``release`` or the process's end, however it ends.

    The kernel frees it with the last descriptor, and no started program inherits that, so
    that a killed server leaves nothing behind. Reading the file tells the holder's process id.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            Conflict: ``driver_running``: another process has it; the details name it.
            OSError: its folder does not exist, or may not be written.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(descriptor)
        except BlockingIOError as error:
            holder = _said(descriptor) or "unknown"
            os.close(descriptor)
            raise Conflict(
                "driver_running",
                f"Another server (process {holder}) drives runs and holds {self._path}; stop it "
                "first, or use another data directory and database.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give it back; nothing happens when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def data_dir_lock(data_dir: Path) -> Path:
    """Where a data directory's lock is: its server's address and key are one server's."""
    return data_dir / "driver.lock"


def database_lock(file: Path) -> Path:
    """Where a database's lock is: its runs are driven by one server, whatever led there.

    Args:
        file: as ``database.file_of`` gives it.
    """
    return file.with_name(file.name + ".lock")


def holder(path: Path) -> int | None:
    """Id of the process that holds the lock at ``path``; None when nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # Shared, so that two who look at once do not take each other for a holder.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        said = _said(descriptor)
        return int(said) if said.isdecimal() else None
    finally:
        os.close(descriptor)
    return None


def _take(descriptor: int) -> None:
    """Lock it, or raise ``BlockingIOError``; who only looks for the holder is waited for."""
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not tries_left:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _said(descriptor: int) -> str:
    return os.pread(descriptor, 32, 0).decode(errors="replace").strip()
