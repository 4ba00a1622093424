"""The egress door: which addresses an outgoing call may reach.

Public ones always; private, loopback, link-local and other special ones only when the operator's
``TURNOUT_EGRESS_ALLOW`` names them. Names are resolved here, *every* address of an answer is
checked, and the connection goes to a checked address: nothing can re-point it in between.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpcore

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port → addresses as text; raises ``OSError`` when there are none."""

_SPECIAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("168.63.129.16/32"),  # a cloud's metadata behind a public address
    IPv4Network("192.88.99.0/24"),  # the 6to4 relays
    IPv6Network("3fff::/20"),  # documentation
    IPv6Network("5f00::/16"),  # segment routing
)
_UNICAST = IPv6Network("2000::/3")
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


class Refused(Exception):
    """The egress policy does not let a call through; the text says which and what to set."""


@dataclass(frozen=True, slots=True)
class Egress:
    """The operator's policy.

    Attributes:
        names: (host name, port or None for every port).
        networks: (network, port or None), single addresses included.
    """

    names: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[IPv4Network | IPv6Network, int | None], ...] = ()

    @classmethod
    def parse(cls, allow: str) -> "Egress":
        """Read ``TURNOUT_EGRESS_ALLOW``: hosts, host:ports and networks, comma-separated.

        Raises:
            ValueError: an entry is none of these; the text names it.
        """
        names: set[tuple[str, int | None]] = set()
        networks: list[tuple[IPv4Network | IPv6Network, int | None]] = []
        for entry in filter(None, (part.strip() for part in allow.split(","))):
            host, port = _split(entry)
            try:
                networks.append((ip_network(host, strict=False), port))
            except ValueError:
                names.add((_name(host, entry), port))
        return cls(frozenset(names), tuple(networks))

    def permits(self, host: str, port: int, address: Address) -> bool:
        """Whether a call to ``host`` may connect to ``address``."""
        name = host.lower().rstrip(".")
        if (name, None) in self.names or (name, port) in self.names:
            return True
        inner = _inner(address)
        named = any(
            only in (None, port) and (address in network or inner in network)
            for network, only in self.networks
        )
        return named or is_public(address)


def is_public(address: Address) -> bool:
    """Whether an address is an ordinary one on the public internet."""
    inner = _inner(address)
    if inner != address:
        return is_public(inner)
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.scope_id):
        return False
    if address.is_multicast or any(address in network for network in _SPECIAL):
        return False
    return address.is_global


async def resolve(host: str, port: int) -> list[str]:
    """Addresses of a host by the system's resolver."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(item[4][0]) for item in found))


class Door(httpcore.AsyncNetworkBackend):
    """Opens connections for the HTTP client, to checked addresses only."""

    def __init__(self, egress: Egress, resolve: Resolve = resolve) -> None:
        self._egress = egress
        self._resolve = resolve
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers.

        Raises:
            Refused: one of its addresses may not be reached.
            httpcore.ConnectError: it has none, or none answers.
        """
        failure: Exception | None = None
        for address in await self.checked(host, port):
            try:
                return await self._backend.connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def checked(self, host: str, port: int) -> list[Address]:
        """The addresses of a host, all of them allowed; one that is not refuses the whole."""
        try:
            addresses = [ip_address(text) for text in await self._resolve(host.strip("[]"), port)]
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} cannot be resolved: {error}") from None
        if not all(self._egress.permits(host, port, address) for address in addresses):
            raise Refused(
                f"{host}:{port} is a private, local or special address, which workflows may not"
                f" call. An operator can allow it: add {_written(host)}:{port} to"
                " TURNOUT_EGRESS_ALLOW."
            )
        return addresses

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Never."""
        raise Refused("Workflows may not call Unix sockets.")

    async def sleep(self, seconds: float) -> None:
        """As the client asks."""
        await self._backend.sleep(seconds)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _split(entry: str) -> tuple[str, int | None]:
    if "://" in entry:
        raise ValueError(f"TURNOUT_EGRESS_ALLOW: {entry!r} is a URL; write its host or host:port")
    host, colon, port = entry.rpartition(":")
    bracketed = entry.startswith("[") and entry.endswith("]")
    if not colon or bracketed or (":" in host and not host.endswith("]")):
        return entry.strip("[]"), None
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"TURNOUT_EGRESS_ALLOW: {entry!r}: {port!r} is no port (1 … 65535)")
    return host.strip("[]"), int(port)


def _name(host: str, entry: str) -> str:
    name = host.lower().rstrip(".")
    if not name or not all(c.isalnum() or c in "-._" for c in name):
        raise ValueError(
            f"TURNOUT_EGRESS_ALLOW: {entry!r} is no host, host:port or network"
            " (such as api.internal, api.internal:8443 or 10.1.0.0/16)"
        )
    return name


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host
