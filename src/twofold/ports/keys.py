"""Keyed digests, and the hashing of passwords."""

from __future__ import annotations

from enum import Enum
from typing import Protocol


class Digests(Protocol):
    """One-way values of secrets. The key never leaves the adapter."""

    def of_token(self, token: str) -> str:
        """Return the SHA-256 of a 256-bit bearer secret as 64 hex digits; no key is needed."""

    def keyed(self, purpose: str, *parts: str) -> str:
        """Return HMAC-SHA-256 over purpose and parts as 64 hex digits, for what could be guessed."""


class Match(Enum):
    """What comparing a password with a stored hash said."""

    YES = "yes"
    YES_BUT_OLD = "yes_but_old"
    NO = "no"
    BUSY = "busy"


class Passwords(Protocol):
    """Argon2id with a keyed pepper, as many at once as there are cores."""

    def verify(self, typed: str, stored: str | None) -> Match:
        """Compare; `None` hashes all the same, so that nobody learns whether a person exists.

        `BUSY` means that more wait than the limit; nothing was hashed.
        """

    def hash(self, typed: str) -> str | None:
        """Return what to store, or None when too many are waiting."""

    def is_common(self, typed: str, *about: str) -> bool | None:
        """Tell whether a guesser would try it early, or None when too many are waiting; `about`: the person's words."""
