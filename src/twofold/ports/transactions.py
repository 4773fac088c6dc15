"""Units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from twofold.core.ids import AccountId


class Transactions(Protocol):
    """Short write transactions: no hashing, network or rendering inside (50 ms at most)."""

    def begin(self, *, lasting: bool = True) -> AbstractContextManager[None]:
        """Commit at the end of the block; roll back when something is raised.

        Without `lasting` the disk is not waited for: what was committed outlives every process, and may be lost when
        the power fails before the next block that lasts. For what anybody may begin again.
        """

    def alone(self, account: AccountId, *subjects: str) -> None:
        """Wait, within a block, until no other block is alone with any of these; nobody else is until this one ends.

        Whoever needs several names them always in the same order. What is read afterwards is as the last one left it.
        """
