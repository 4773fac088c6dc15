"""Unpredictable values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Entropy(Protocol):
    """The operating system's randomness, in the shapes that the product uses."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""

    def new_id(self) -> str:
        """Return a row id: 128 random bits as 26 lower-case Crockford base32 characters."""

    def ordered_id(self, at: datetime) -> str:
        """Return a row id that sorts after every one that this process made for the same instant or an earlier one.

        For rows of which many come into being, and lie side by side then; the other 64 bits are random.
        """

    def token(self) -> str:
        """Return a bearer secret: 256 random bits as 43 URL-safe characters."""
