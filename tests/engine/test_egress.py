"""The egress policy alone."""

from ipaddress import ip_address

import httpcore
import pytest

from turnout.engine.egress import Door, Egress, Refused, is_public

CLOSED = [
    "0.0.0.0",  # noqa: S104 - refused
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2001:db8::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", CLOSED)
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("allow", "host", "port", "address", "permitted"),
    [
        ("", "a.test", 80, "10.0.0.1", False),
        ("a.test", "a.test", 80, "10.0.0.1", True),
        ("A.Test.", "a.test", 8080, "10.0.0.1", True),
        ("a.test:80", "a.test", 80, "10.0.0.1", True),
        ("a.test:80", "a.test", 81, "10.0.0.1", False),
        ("b.test, 10.0.0.0/8", "a.test", 1, "10.0.0.1", True),
        ("10.0.0.0/8:443", "a.test", 80, "10.0.0.1", False),
        ("10.0.0.0/8", "a.test", 80, "::ffff:10.0.0.1", True),
        ("127.0.0.1", "localhost", 80, "127.0.0.1", True),
        ("127.0.0.1:9", "localhost", 80, "127.0.0.1", False),
        ("::1", "localhost", 80, "::1", True),
        ("[::1]:80", "localhost", 80, "::1", True),
        ("[::1]:80", "localhost", 81, "::1", False),
        ("fd00::/8", "x", 81, "fd00::5", True),
        ("a.test", "evil-a.test", 80, "10.0.0.1", False),
        ("a.test", "x.a.test", 80, "10.0.0.1", False),
    ],
)
def test_the_operator_opens_what_is_named_and_no_more(
    allow: str, host: str, port: int, address: str, permitted: bool
) -> None:
    assert Egress.parse(allow).permits(host, port, ip_address(address)) is permitted


@pytest.mark.parametrize(
    "allow", ["a b", "host:99999", "host:http", "http://x", ":80", "10.0.0/33"]
)
def test_an_entry_that_makes_no_sense_is_named(allow: str) -> None:
    with pytest.raises(ValueError, match="TURNOUT_EGRESS_ALLOW"):
        Egress.parse(allow)


async def test_one_private_address_among_public_ones_refuses_the_host() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["1.1.1.1", "10.0.0.1"]

    with pytest.raises(Refused, match=r"a\.test:443"):
        await Door(Egress(), both).checked("a.test", 443)


async def test_a_name_without_addresses_cannot_be_connected() -> None:
    async def none(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    with pytest.raises(httpcore.ConnectError, match="no such host"):
        await Door(Egress(), none).checked("a.test", 443)
