"""Unpredictable values."""

from __future__ import annotations

from typing import Protocol


class Entropy(Protocol):
    """The operating system's randomness, in the shapes that the product uses."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""

    def new_id(self) -> str:
        """Return a row id: 128 random bits as 26 lower-case Crockford base32 characters."""

    def token(self) -> str:
        """Return a bearer secret: 256 random bits as 43 URL-safe characters."""
