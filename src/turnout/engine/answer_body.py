"""Reads an answer's body in pieces, counting what it unpacks to."""

import zlib
from collections.abc import AsyncIterable

import httpx

_EITHER = 32 + zlib.MAX_WBITS
"""zlib finds out by itself whether it reads gzip or deflate."""


class TooLarge(Exception):
    """The body is longer than is accepted, packed or unpacked."""


async def read(chunks: AsyncIterable[bytes], headers: httpx.Headers, most: int) -> bytes:
    """The whole body, unpacked.

    Raises:
        TooLarge: more than ``most`` bytes; never more than that are held.
        Unreadable: packed in a way that was not asked for, or broken.
    """
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip", "deflate", ""):
        raise Unreadable(f"its content encoding {coding[:40]!r} was not asked for")
    unpack = None if coding in ("identity", "") else zlib.decompressobj(_EITHER)
    body = bytearray()
    packed = 0
    async for chunk in chunks:
        packed += len(chunk)
        body += chunk if unpack is None else _unpacked(unpack, chunk, most + 1 - len(body))
        if len(body) > most or packed > most:
            raise TooLarge(f"the answer is larger than {most} bytes")
    return bytes(body)


class Unreadable(TooLarge):
    """The body cannot be unpacked."""


def _unpacked(unpack: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    try:
        return unpack.decompress(chunk, most)
    except zlib.error as error:
        raise Unreadable(f"the answer cannot be unpacked: {error}") from None
