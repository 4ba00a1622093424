"""A real `turnout serve` process that tests start, ask, kill and start again."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

START_SECONDS = 60
"""A bound, not an expectation: a server that takes longer is taken to be stuck."""


class Server:
    """One data directory and one port; processes come and go on them.

    Args:
        folder: where the data directory and the log lie.
        environment: settings beside data directory and port.
    """

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.data = folder / "data"
        self.log = folder / "serve.log"
        self.port = _free_port()
        self._environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("TURNOUT_")},
            "TURNOUT_DATA_DIR": str(self.data),
            "TURNOUT_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **(environment or {}),
        }
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self.kill()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return (self.data / "admin-key").read_text().strip()

    @property
    def environment(self) -> dict[str, str]:
        """For commands that are to find this server."""
        return dict(self._environment)

    def start(self) -> None:
        """Start a process and wait until it says that it serves."""
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "turnout.cli", "serve"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        # A watchdog ends a stuck start, so that the read below ends too.
        watchdog = subprocess.Popen(
            ["sh", "-c", f"sleep {START_SECONDS}; kill -9 {self._process.pid}"],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        try:
            for line in self._process.stdout:
                if "Ctrl-C" in line:
                    return
            raise AssertionError(f"the server did not start:\n{self.log.read_text()[-4000:]}")
        finally:
            os.killpg(watchdog.pid, signal.SIGKILL)
            watchdog.wait()

    def kill(self) -> None:
        """``kill -9``, and reap it; its workers must go by themselves."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None

    def client(self, **options: Any) -> httpx.AsyncClient:
        """An HTTP client with the machine's key."""
        return httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=30,
            **options,
        )


def attributes(**values: Any) -> dict[str, Any]:
    """A request body; ``_`` stands for ``-`` in names."""
    return {"data": {"attributes": {name.replace("_", "-"): v for name, v in values.items()}}}


async def created(client: httpx.AsyncClient, handle: str, *definitions: str, **more: Any) -> str:
    """Create a workflow and publish each definition at 100 %; the workflow's id."""
    made = await client.post("/workflows", json=attributes(name=handle, handle=handle, **more))
    assert made.status_code == 201, made.text
    for definition in definitions:
        await published(client, handle, definition, 100)
    return str(made.json()["data"]["id"])


async def published(
    client: httpx.AsyncClient, handle: str, definition: str, percent: float
) -> dict[str, Any]:
    """Save a draft and publish it; the answer's body."""
    saved = await client.put(
        f"/workflows/{handle}/draft",
        json=attributes(definition=definition),
        headers={"If-None-Match": "*"},
    )
    assert saved.status_code == 201, saved.text
    done = await client.post(
        f"/workflows/{handle}/publish",
        json=attributes(
            revision=saved.json()["data"]["attributes"]["revision"], rollout_percentage=percent
        ),
    )
    assert done.status_code == 201, done.text
    body: dict[str, Any] = done.json()
    return body


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
