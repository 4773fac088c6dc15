"""The time, read once at the start of a flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime, timedelta


class Clock(Protocol):
    """The product's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


@runtime_checkable
class ForwardClock(Clock, Protocol):
    """The clock of a demo, which can be put forward; no other data folder has one."""

    def ahead(self) -> timedelta:
        """Return how far it is ahead of the machine's clock."""

    def move(self, by: timedelta) -> None:
        """Put it forward, for every process of the demo."""
