"""Where this server may connect to: any network, or where others than the operator name the host, public ones alone."""

from __future__ import annotations

import socket
import time
from typing import Final

from twofold.core.networks import is_public

MOST_ADDRESSES: Final = 4
"""Of one host: a name with hundreds would be tried for as long."""


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
