"""No test speaks with the world: a guard on every way out of this process but loopback and local sockets."""

import ipaddress
import sys

_ADDRESS_IS_SECOND = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_HOST_IS_FIRST = {"socket.getaddrinfo", "socket.gethostbyname"}


class NetworkError(RuntimeError):
    """A test tried to reach something beyond this machine."""


def is_here(host: object) -> bool:
    """Say whether a host, by name or address, is this machine; no host at all (a bind, a local socket) is."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or not name or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in _HOST_IS_FIRST:
        host = arguments[0]
    elif event in _ADDRESS_IS_SECOND:
        address = arguments[1]
        # Only internet addresses are tuples; a local socket's is a path.
        host = address[0] if isinstance(address, tuple) else None
    else:
        return
    if not is_here(host):
        raise NetworkError(f"no test may reach {host!r} ({event}); start a stand-in on loopback")


def guard() -> None:
    """Watch this process until it ends: an audit hook cannot be taken off, nor forgotten by a client library."""
    sys.addaudithook(_watch)
