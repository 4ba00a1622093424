"""``server.json`` in the data directory: where the server that serves it can be reached.

Written once the port is bound and removed at the end. One that a killed server left behind is
ignored: its process holds the data directory's lock no more, whoever has its id or its port now.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from turnout.storage.lock import data_dir_lock, holder

_NAME = "server.json"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server on this machine: where it is reached, and its process."""

    url: str
    pid: int


def write(data_dir: Path, server: RunningServer) -> None:
    """Say where the server is, whole or not at all."""
    path = data_dir / _NAME
    partial = path.with_name(f"{_NAME}.{server.pid}.partial")
    partial.write_text(json.dumps({"url": server.url, "pid": server.pid}) + "\n", encoding="utf-8")
    partial.replace(path)


def remove(data_dir: Path, pid: int) -> None:
    """Take back what ``pid`` wrote; another server's is left alone."""
    found = _read(data_dir)
    if found is not None and found.pid == pid:
        (data_dir / _NAME).unlink(missing_ok=True)


def find(data_dir: Path) -> RunningServer | None:
    """The server of a data directory, or None when there is none alive."""
    found = _read(data_dir)
    alive = found is not None and holder(data_dir_lock(data_dir)) == found.pid
    return found if alive else None


def _read(data_dir: Path) -> RunningServer | None:
    try:
        told = json.loads((data_dir / _NAME).read_text(encoding="utf-8"))
        return RunningServer(str(told["url"]), int(told["pid"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None
