"""What a worker process does to itself before it takes its first job: lock every door it can."""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_OPEN_FILES = 16


def die_with(parent: int) -> None:
    """Have the kernel kill this process when the thread that spawned it ends.

    Reading the end of the socket is not enough: a worker that spins inside jq holds the
    interpreter's lock and reads nothing. Elsewhere than on Linux that end is all there is.

    Args:
        parent: the server's process id; when it is not our parent any more, exit at once.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(0)


def default_signals() -> None:
    """Let the signals that end an overrunning job end it, whatever the server inherited to us."""
    ending = (signal.SIGPROF, signal.SIGXCPU, signal.SIGTERM)
    for number in ending:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ending)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def use_utc() -> None:
    """Make every function that knows a time zone answer in UTC, on any machine."""
    os.environ["TZ"] = "UTC"
    time.tzset()


def lock_down() -> None:
    """Give up files, processes and core dumps; be the first to go when memory runs out."""
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
    ):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (most, most))


def volunteer_for_oom() -> None:
    """Tell the kernel to kill this process before the server when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")


class Memory:
    """The limit on memory, always on top of what the process holds when it is set.

    Compiled programs stay in a worker, so a fixed limit would shrink with each of them.

    Args:
        allowance: bytes that a job may add.
    """

    def __init__(self, allowance: int) -> None:
        self._allowance = allowance
        self._page = resource.getpagesize()
        self._baseline = self._held()
        self.rebase()

    def rebase(self) -> bool:
        """Set the limit anew; False when so much is held that the worker should be replaced."""
        held = self._held()
        if held:
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(
                    resource.RLIMIT_AS, (held + self._allowance, resource.RLIM_INFINITY)
                )
        return held - self._baseline < self._allowance

    def _held(self) -> int:
        try:
            return int(Path("/proc/self/statm").read_bytes().split()[0]) * self._page
        except OSError:  # not Linux: no way to tell, and no limit on address space either
            return 0
