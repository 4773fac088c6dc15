"""Networks by CIDR, IPv4 and IPv6: from which team members may come, and which are public.

What cannot be read lies outside of all of them.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

MOST: Final = 100
"""Networks that an account can name."""
_PUBLIC: Final = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out to the public (RFC 4291); the rest is local, old or of no use."""
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
"""IPv4 behind a gateway of the network we are in (RFC 6052): it asks the address in the last 32 bits."""
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotANetwork(ValueError):
    """This is neither a network in CIDR notation nor a single address; `meant` is what it may have been meant as."""

    def __init__(self, typed: str, meant: str = "") -> None:
        super().__init__(typed)
        self.typed = typed
        self.meant = meant


def read(typed: str) -> str:
    """Return a network in its canonical text; a single address is a network of one.

    NotANetwork where host bits are set: whoever types 192.0.2.7/24 means either more or less than that.
    """
    try:
        return str(_unmapped(ipaddress.ip_network(typed.strip())))
    except ValueError:
        pass
    try:
        meant = str(_unmapped(ipaddress.ip_network(typed.strip(), strict=False)))
    except ValueError:
        meant = ""
    raise NotANetwork(typed, meant)


def is_network(text: str) -> bool:
    """Say whether this is the canonical text of a network, as `read` returns it."""
    parsed = _parsed(text)
    return parsed is not None and str(parsed) == text


def is_inside(address: str, networks: Iterable[str]) -> bool:
    """Say whether an address lies in one of these networks; False for what is no address, and for no network."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        # A zone says nothing beyond its own link.
        found = found.ipv4_mapped or ipaddress.IPv6Address(int(found))
    parsed = (_parsed(one) for one in networks)
    return any(one is not None and one.version == found.version and found in one for one in parsed)


def is_wider(new: Iterable[str], old: Iterable[str]) -> bool:
    """Say whether somebody may come from somewhere new; no network at all means: from anywhere."""
    before, after = [*map(_parsed, old)], [*map(_parsed, new)]
    if not before:
        return False
    if not after:
        return True
    return not all(one is not None and any(_is_within(one, other) for other in before) for one in after)


def _is_within(one: _Network, other: _Network | None) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(other, ipaddress.IPv4Network) and one.subnet_of(other)
    return isinstance(other, ipaddress.IPv6Network) and one.subnet_of(other)


@lru_cache(maxsize=1024)
def _parsed(network: str) -> _Network | None:
    """Return a stored network, or None for what nobody can read: nothing lies in it."""
    try:
        return _unmapped(ipaddress.ip_network(network))
    except ValueError:
        return None


def _unmapped(network: _Network) -> _Network:
    """Return an IPv4 network that came in IPv6 clothes (::ffff:192.0.2.0/120) as itself."""
    if isinstance(network, ipaddress.IPv6Network):
        mapped = network.network_address.ipv4_mapped
        if mapped is not None and network.prefixlen >= _MAPPED:
            return ipaddress.ip_network(f"{mapped}/{network.prefixlen - _MAPPED}")
    return network


_MAPPED: Final = 96


def is_public(address: str) -> bool:
    """Say whether an address belongs to the public network, and so does the IPv4 address that stands inside it."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(known, ipaddress.IPv6Address):
        inside = _inside(known)
        if inside is None and known not in _PUBLIC:
            return False
        known = inside or known
    return known.is_global and not known.is_multicast


def is_plainly_private(host: str) -> bool:
    """Say whether a host, as typed, is this machine or an address that is not public; a name may still lead there."""
    bare = host.strip("[]").rstrip(".").lower()
    try:
        ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return bare == "localhost" or bare.endswith(".localhost")
    return not is_public(bare)


def _inside(known: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if known in _NAT64:
        return ipaddress.IPv4Address(int(known) & 0xFFFFFFFF)
    return known.ipv4_mapped or known.sixtofour
