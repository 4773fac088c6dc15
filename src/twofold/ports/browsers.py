"""Browsers that were seen before, and which of them may skip the second factor for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, BrowserId, PersonId
    from twofold.core.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """One browser: its cookie is `id.secret`, kept here as digests.

    `previous` stays good until the present secret has come back once.
    """

    id: BrowserId
    current: str = field(repr=False)
    previous: str | None = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBrowser:
    """That a person signed in on a browser before; `trust` is what was proved there, if kept."""

    browser_id: BrowserId
    person_id: PersonId
    name: str
    first_used_at: datetime
    last_used_at: datetime
    address: str = ""
    trust: Trust | None = None


class Browsers(Protocol):
    """Where browsers and trust are kept."""

    def find(self, account: AccountId, browser: BrowserId) -> Browser | None:
        """Return one browser."""

    def add(self, account: AccountId, browser: Browser) -> None:
        """Store a browser that was never seen before."""

    def rotate(self, account: AccountId, browser: Browser, *, current: str, previous: str | None) -> bool:
        """Give it a new secret where `browser.current` still stands; else False."""

    def end_series(self, account: AccountId, browser: BrowserId) -> Sequence[PersonId]:
        """Forget the browser; return those who had trusted it."""

    def known(self, account: AccountId, browser: BrowserId, person: PersonId) -> KnownBrowser | None:
        """Return what is known of a person on a browser."""

    def others_trust(self, account: AccountId, browser: BrowserId, person: PersonId) -> bool:
        """Tell whether somebody else is trusted there."""

    def remember(self, account: AccountId, known: KnownBrowser, *, most: int) -> None:
        """Store or replace the row of a person on a browser; the oldest beyond `most` go."""

    def end_trust(self, account: AccountId, person: PersonId) -> int:
        """End a person's trust everywhere (the browsers stay known); return how many."""

    def forget(self, account: AccountId, person: PersonId, browser: BrowserId) -> bool:
        """Make a browser unknown to a person; False when it was."""

    def of_person(self, account: AccountId, person: PersonId) -> Sequence[KnownBrowser]:
        """Return a person's known browsers, last used first."""

    def rename(self, account: AccountId, person: PersonId, browser: BrowserId, name: str) -> bool:
        """Rename; False when the browser is not known."""
