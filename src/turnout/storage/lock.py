"""The lock of the one process that drives runs in a data directory."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from turnout.domain.errors import Conflict


class DriverLock:
    """Held from ``acquire`` to ``release`` or the process's end, however it ends.

    The kernel frees it with the last descriptor, and no started program inherits that, so
    that a killed server leaves nothing behind. Reading the file tells the holder's process id.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "driver.lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take it.

        Raises:
            Conflict: ``driver_running``: another process has it; the details name it.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise Conflict(
                "driver_running",
                f"Another server (process {holder}) drives the runs in {self._path.parent}; "
                "stop it first, or use another data directory.",
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
