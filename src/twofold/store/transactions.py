"""Units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class DatabaseTransactions:
    """Transactions of Django's connection; on SQLite they are IMMEDIATE (store/sqlite.py)."""

    def begin(self) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back when something is raised."""
        return transaction.atomic()
