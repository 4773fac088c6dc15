"""The guard that keeps tests off the network."""

import socket

import pytest

from tests.network import NetworkError, is_here


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "acme.localhost", b"localhost", None, ""]
)
def test_this_machine_may_be_reached(host: object) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "example.org", "10.0.0.1", "localhost.example.org"])
def test_nothing_else_may(host: str) -> None:
    assert not is_here(host)
    with pytest.raises(NetworkError):
        socket.create_connection((host, 9))


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")])
def test_nor_by_datagrams(family: socket.AddressFamily, address: str) -> None:
    with socket.socket(family, socket.SOCK_DGRAM) as datagrams, pytest.raises(NetworkError):
        datagrams.sendto(b"", (address, 9))
