"""``turnout serve``: the whole product in one process; ends cleanly on SIGTERM and ctrl-C."""

import os
import signal
import socket
from typing import Annotated

import typer

from turnout.cli import server_file
from turnout.cli.failure import Failure
from turnout.cli.local import DataDir
from turnout.cli.remote import examples
from turnout.settings import Settings, load

_BACKLOG = 2048


@examples(
    "turnout serve",
    "turnout serve --with-sample",
    "turnout serve --host 0.0.0.0 --port 80 --data-dir /var/lib/turnout",
)
def serve(
    host: Annotated[str | None, typer.Option(help="Where to listen; default 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Default 8000; 0 picks a free one.")
    ] = None,
    data_dir: DataDir = None,
    public_url: Annotated[str | None, typer.Option(help="How people reach it, for links.")] = None,
    egress_allow: Annotated[
        str | None,
        typer.Option(help="Hosts and networks that calls may reach beside public ones."),
    ] = None,
    with_sample: Annotated[
        bool, typer.Option("--with-sample", "--sample", help="Load the sample workflow.")
    ] = False,
) -> None:
    """Serve the API and drive runs; makes and migrates its data by itself."""
    flags = {
        "host": host,
        "port": port,
        "data_dir": data_dir,
        "public_url": public_url,
        "egress_allow": egress_allow,
    }
    settings = load(flags)
    # An end before the server has its own handlers, or after it gave them back, is a clean one.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    with _bind(settings) as bound:
        _run(settings, bound, with_sample=with_sample)


def _leave(_number: int, _frame: object) -> None:
    raise SystemExit(0)


def _bind(settings: Settings) -> socket.socket:
    """A listening socket.

    Raises:
        Failure: the port is taken, or the host is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Failure(f"Cannot listen on {settings.host!r}: {reason}.") from None
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # At once: two sockets may share a port until one of them listens.
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        raise _taken(settings, error) from None
    return bound


def _taken(settings: Settings, error: OSError) -> Failure:
    here = server_file.find(settings.data_dir)
    if here is not None:
        return Failure(
            f"{settings.data_dir} is served already: process {here.pid}, at {here.url}. "
            "Stop that one first, or use another data directory and port."
        )
    return Failure(
        f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
        f"Choose another port (`turnout serve --port {settings.port + 1}`), "
        "or let one be picked (`--port 0`)."
    )


def _run(settings: Settings, bound: socket.socket, *, with_sample: bool) -> None:
    # Imported late: no other command needs a server's libraries.
    from turnout.cli.serving import Plan, run

    port = bound.getsockname()[1]
    try:
        run(Plan(settings, _url(settings, port), port, with_sample), bound)
    finally:
        server_file.remove(settings.data_dir, os.getpid())


def _url(settings: Settings, port: int) -> str:
    """Where this machine reaches the server: an address that means "all" is none."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
