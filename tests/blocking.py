"""No test opens a database unless it says so: whatever is reached by mistake, the settings' own above all, is refused.

A pytest plugin, loaded by the root conftest. Django's own plugin for pytest does this too, and ten things more before
every test; for that it takes longer than most tests do.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import django
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

django.setup()


class DatabaseOpenedError(RuntimeError):
    """A test opened a database without saying that it would."""


def _refuse(_wrapper: BaseDatabaseWrapper) -> NoReturn:
    raise DatabaseOpenedError("no test may open a database outside `with django_db_blocker.unblock()`")


class DjangoDbBlocker:
    """Stands before every connection of Django's."""

    def __init__(self) -> None:
        self._opens: Callable[..., Any] = BaseDatabaseWrapper.ensure_connection

    def block(self) -> None:
        """Refuse from now on."""
        self._put(_refuse)

    @contextmanager
    def unblock(self) -> Iterator[None]:
        """Let databases be opened meanwhile."""
        before = BaseDatabaseWrapper.ensure_connection
        self._put(self._opens)
        try:
            yield
        finally:
            self._put(before)

    def _put(self, opens: Callable[..., Any]) -> None:
        BaseDatabaseWrapper.ensure_connection = opens  # type: ignore[method-assign]


_BLOCKER = DjangoDbBlocker()


def pytest_configure() -> None:
    _BLOCKER.block()


@pytest.fixture(scope="session")
def django_db_blocker() -> DjangoDbBlocker:
    """Return what stands before databases, for fixtures that make one."""
    return _BLOCKER
