"""HTTP/1.1 from clients that may be hostile: a request is bounded in bytes and in time.

The parser itself takes any number of headers, and waits for the rest of a request for ever.
"""

from asyncio import TimerHandle, Transport

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 65_536
"""Bytes that a request's first line and headers may have; a body is bounded by its reader."""


class Protocol(HttpToolsProtocol):
    """uvicorn's, with these bounds; it closes a connection that breaks one.

    Attributes:
        request_seconds: from a request's first byte, or for the first one from when the connection
            was opened, until its last.
    """

    request_seconds = 60.0
    _head = 0
    _in_head = True
    _clock: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_clock()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the head grows too long by it."""
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._head > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too long.")

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._start_clock()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The rest of it is body."""
        self._in_head = False
        self._head = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It is whole; how long its answer takes is up to us."""
        self._in_head = True
        self._stop_clock()
        super().on_message_complete()

    def _start_clock(self) -> None:
        if self._clock is None:
            self._clock = self.loop.call_later(self.request_seconds, self._give_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        self._clock = None
        if self.flow.read_paused:
            # It is we who do not read, because an earlier request is not answered yet.
            self._start_clock()
        else:
            self.transport.close()
