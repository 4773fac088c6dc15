"""A page of a long list, whatever stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, and the cursor of those behind them; empty when there are none."""

    rows: tuple[T, ...] = ()
    after: str = ""


@dataclass(frozen=True, slots=True)
class PageBetween(Page[T]):
    """A page of a list that is walked both ways: `before` is the cursor of the rows in front of it."""

    before: str = ""
