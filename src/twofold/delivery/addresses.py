"""Where this server may connect to: any network, or where others than the operator name the host, public ones alone."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Final

MOST_ADDRESSES: Final = 4
"""Of one host: a name with hundreds would be tried for as long."""
_PUBLIC: Final = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out to the public (RFC 4291); the rest is local, old or of no use."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a gateway of the network we are in (RFC 6052): it asks the address in the last 32 bits."""


class Elsewhere(Exception):
    """A host leads to a network of our own, and must not."""


def addresses_of(host: str, port: int, *, public_only: bool) -> list[str]:
    """Return the first addresses of a host; OSError where there is none.

    `public_only`: Elsewhere where any of all it leads to belongs to a network of our own.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if public_only and not all(is_public(address) for address in addresses):
        raise Elsewhere
    return addresses[:MOST_ADDRESSES]


def connect(host: str, port: int, *, until: float, within: float, public_only: bool) -> socket.socket:
    """Connect to the very address that was looked at, before an instant of the monotonic clock; OSError, Elsewhere."""
    problem: OSError = TimeoutError("out of time")
    for address in addresses_of(host, port, public_only=public_only):
        left = until - time.monotonic()
        if left <= 0:
            break
        try:
            return socket.create_connection((address, port), min(left, within))
        except OSError as one:
            problem = one
    raise problem


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public network, and so does the IPv4 address that stands inside it."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        inside = _inside(known)
        if inside is None and known not in _PUBLIC:
            return False
        known = inside or known
    return known.is_global and not known.is_multicast


def _inside(known: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if known in _NAT64:
        return ipaddress.IPv4Address(int(known) & 0xFFFFFFFF)
    return known.ipv4_mapped or known.sixtofour
