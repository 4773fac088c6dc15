"""Addresses of people: one spelling for each, so that variants share their person, counters and policy."""

import re
import unicodedata
from typing import Final

MOST: Final = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets)."""
_LOCAL_MOST = 64
# An atom-only local part and a name with at least one dot: what mail really goes to (RFC 5321, 4.1.2).
_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def normalise(text: str) -> str | None:
    """Return the one spelling of an address: small letters, plain widths, the domain in punycode; None if it is none.

    Only spaces around it are forgiven. Anything outside ASCII that remains in the local part is refused, because
    look-alike letters would make two people of one, or one of two.
    """
    local, at, name = _plain(text).partition("@")
    domain = _in_punycode(name)
    if domain is None or not at or len(local) > _LOCAL_MOST or len(local) + 1 + len(domain) > MOST:
        return None
    return f"{local}@{domain}" if _LOCAL.fullmatch(local) else None


def domain_of(text: str) -> str | None:
    """Return the one spelling of a domain: small letters, in punycode; None if mail goes to none such."""
    return _in_punycode(_plain(text))


def _plain(text: str) -> str:
    # Compatibility forms can grow; nobody types an address anywhere near as long as this.
    if len(text) > MOST * 2:
        return ""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).strip().casefold())


def _in_punycode(name: str) -> str | None:
    try:
        domain = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    return domain if is_domain(domain) else None


def is_domain(text: str) -> bool:
    """Say whether this is a domain in its one spelling."""
    return len(text) <= MOST and _DOMAIN.fullmatch(text) is not None


def mask(email: str) -> str:
    """Return as much of an address as a claimant may see: the first letters, "a•••@e…"."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain[:1]}…"
