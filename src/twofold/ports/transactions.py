"""Units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class Transactions(Protocol):
    """Short write transactions: no hashing, network or rendering inside (50 ms at most)."""

    def begin(self) -> AbstractContextManager[None]:
        """Commit at the end of the block; roll back when something is raised."""
