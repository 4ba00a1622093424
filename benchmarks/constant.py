"""The limit: the same ASGI server with the same options, answering a constant."""

import argparse
import socket
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

BODY = b'{"data":{"type":"workflow-run","id":"constant"}}'


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Read the request whole, then answer."""
    while (await receive()).get("more_body"):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    """Serve on the port given, with the options of `turnout serve`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    with socket.create_server(("127.0.0.1", port)) as bound:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            interface="asgi3",
            lifespan="off",
            access_log=False,
            log_config=None,
            proxy_headers=False,
            server_header=False,
        )
        uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main()
