"""Messages between the server and its workers: a length, then MessagePack.

MessagePack, because it carries JSON bytes unread and can only ever give plain values, whatever a
worker sends.
"""

import struct
from collections.abc import Iterator
from typing import Any

import ormsgpack

_HEAD = struct.Struct("<I")


class BadFrame(Exception):
    """The bytes are no message, or one that is too long."""


def pack(message: Any) -> bytes:
    """One message as bytes to send.

    Raises:
        BadFrame: it holds something that MessagePack cannot say.
    """
    try:
        body = ormsgpack.packb(message)
    except (ormsgpack.MsgpackEncodeError, TypeError) as error:
        raise BadFrame(str(error)) from None
    return _HEAD.pack(len(body)) + body


class Splitter:
    """Cuts a stream of bytes into messages, keeping what is not complete yet.

    Args:
        limit: bytes of one message.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        """Give the messages that ``data`` completes, in order.

        Raises:
            BadFrame: the stream makes no sense from here on.
        """
        if not self._rest and len(data) >= 4:
            (size,) = _HEAD.unpack_from(data)
            if size + 4 == len(data):  # nearly always: exactly one message came
                yield _unpack(memoryview(data)[4:])
                return
        self._rest += data
        start = 0
        while len(self._rest) - start >= 4:
            (size,) = _HEAD.unpack_from(self._rest, start)
            if size > self._limit:
                raise BadFrame(f"a message of {size} bytes; {self._limit} are accepted")
            if len(self._rest) - start - 4 < size:
                break
            body = bytes(self._rest[start + 4 : start + 4 + size])
            start += 4 + size
            yield _unpack(body)
        if start:
            del self._rest[:start]


def _unpack(body: bytes | memoryview) -> Any:
    try:
        return ormsgpack.unpackb(body)
    except ValueError as error:
        raise BadFrame(str(error)) from None
