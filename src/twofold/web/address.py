"""Where a request really comes from: forwarding headers are believed from configured proxies only."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from ipaddress import IPv4Address, IPv4Network, IPv6Network

# X-Forwarded-For and X-Forwarded-Proto are read. The others are counted when nobody who may say so sent them.
FORWARDED_FOR = "HTTP_X_FORWARDED_FOR"
FORWARDED_PROTO = "HTTP_X_FORWARDED_PROTO"
FORWARDING = (
    FORWARDED_FOR,
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_REAL_IP",
    "HTTP_X_FORWARDED_HOST",
    FORWARDED_PROTO,
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP",
)
_FORWARDING = frozenset(FORWARDING)
# A chain of proxies longer than this is somebody's invention.
_MOST_HOPS = 20


def client_address(environ: Mapping[str, str], proxies: Collection[IPv4Network | IPv6Network]) -> str:
    """Return the client's address in canonical text ("" where the server knows none).

    The header is read from its right end: each configured proxy vouches for the entry before it. Anything malformed
    means the address of the peer, so that inventing a header never hides who asks.
    """
    if FORWARDED_FOR not in environ:
        return _canonical(environ.get("REMOTE_ADDR", ""))
    peer = _parsed(environ.get("REMOTE_ADDR", ""))
    if peer is None:
        return ""
    if not _is_in(peer, proxies):
        return str(peer)
    entries = environ[FORWARDED_FOR].split(",")
    if len(entries) > _MOST_HOPS:
        return str(peer)
    for entry in reversed(entries):
        found = _parsed(entry.strip())
        if found is None:
            return str(peer)
        if not _is_in(found, proxies):
            return str(found)
    return str(peer)


def is_sure(environ: Mapping[str, str], proxies: Collection[IPv4Network | IPv6Network]) -> bool:
    """Tell whether `client_address` is the client's: not where a proxy's header could not be read to the client."""
    if FORWARDED_FOR not in environ:
        return True
    peer = _parsed(environ.get("REMOTE_ADDR", ""))
    if peer is None:
        return False
    if not _is_in(peer, proxies):
        return True
    entries = environ[FORWARDED_FOR].split(",")
    for entry in reversed(entries[-_MOST_HOPS:]):
        found = _parsed(entry.strip())
        if found is None:
            return False
        if not _is_in(found, proxies):
            return len(entries) <= _MOST_HOPS
    # Every machine on the way is a proxy of ours: so is the one that asks.
    return len(entries) <= _MOST_HOPS


def has_unbelieved_headers(environ: Mapping[str, str], proxies: Collection[IPv4Network | IPv6Network]) -> bool:
    """Tell whether somebody who is no configured proxy sent forwarding headers; `doctor` tells the operator."""
    if _FORWARDING.isdisjoint(environ):
        return False
    peer = _parsed(environ.get("REMOTE_ADDR", ""))
    return peer is None or not _is_in(peer, proxies)


def came_plainly(environ: Mapping[str, str], proxies: Collection[IPv4Network | IPv6Network]) -> bool:
    """Tell whether a configured proxy says that the browser asked over plain http.

    Where several machines on the way spoke (`https, http`), one that saw https is enough: between proxies of a house
    plain http is usual, and a browser that is led to https in vain would be led there again and again.
    """
    said = environ.get(FORWARDED_PROTO)
    if said is None:
        return False
    peer = _parsed(environ.get("REMOTE_ADDR", ""))
    return peer is not None and _is_in(peer, proxies) and {each.strip().lower() for each in said.split(",")} == {"http"}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        # ::ffff:192.0.2.1 is the same machine as 192.0.2.1; a zone says nothing beyond its own link.
        return found.ipv4_mapped or (IPv6Address(int(found)) if found.scope_id else found)
    return found


@lru_cache(maxsize=4096)
def _canonical(text: str) -> str:
    found = _parsed(text)
    return "" if found is None else str(found)


def _is_in(address: IPv4Address | IPv6Address, networks: Collection[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)
