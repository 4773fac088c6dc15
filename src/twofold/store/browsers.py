"""Browsers that were seen before, and trust. The port: ports/browsers.py, Browsers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import BrowserId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.browsers import Browser, KnownBrowser
from twofold.store.evidence import read_trust, write_trust
from twofold.store.rows import Row, many, one, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId

_KNOWN: Final = "SELECT browser_id, person_id, name, first_used_at, last_used_at, address, trust FROM known_browser"
_REPLACE: Final = (
    "UPDATE known_browser SET name = %s, first_used_at = %s, last_used_at = %s, address = %s, trust = %s"
    " WHERE account = %s AND browser_id = %s AND person_id = %s"
)
# The same person may sign in twice at once on a browser that is new to them.
_ADD: Final = (
    "INSERT INTO known_browser (account, browser_id, person_id, name, first_used_at, last_used_at, address, trust)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (account, browser_id, person_id) DO UPDATE SET name = excluded.name,"
    " first_used_at = excluded.first_used_at, last_used_at = excluded.last_used_at,"
    " address = excluded.address, trust = excluded.trust"
)
# Whether there are so many, not which: the index knows that alone.
_BEYOND: Final = "SELECT 1 FROM known_browser WHERE account = %s AND person_id = %s LIMIT 1 OFFSET %s"
_REMOVE_BEYOND: Final = (
    "DELETE FROM known_browser WHERE account = %s AND person_id = %s AND browser_id NOT IN"
    " (SELECT browser_id FROM known_browser WHERE account = %s AND person_id = %s"
    " ORDER BY last_used_at DESC, browser_id LIMIT %s)"
)


class BrowserStore:
    """Browsers, and people on browsers."""

    def find(self, account: AccountId, browser: BrowserId) -> Browser | None:
        """Return one browser."""
        row = one(
            "SELECT current, previous, created_at FROM browser WHERE account = %s AND id = %s", (account, browser)
        )
        if row is None:
            return None
        return Browser(id=browser, current=row[0], previous=row[1], created_at=from_micros(row[2]))

    def add(self, account: AccountId, browser: Browser) -> None:
        """Store a browser that was never seen before."""
        write(
            "INSERT INTO browser (account, id, current, previous, created_at) VALUES (%s, %s, %s, %s, %s)",
            (account, browser.id, browser.current, browser.previous, to_micros(browser.created_at)),
        )

    def rotate(self, account: AccountId, browser: Browser, *, current: str, previous: str | None) -> bool:
        """Give it a new secret where `browser.current` still stands; else False."""
        return (
            write(
                "UPDATE browser SET current = %s, previous = %s WHERE account = %s AND id = %s AND current = %s",
                (current, previous, account, browser.id, browser.current),
            )
            == 1
        )

    def end_series(self, account: AccountId, browser: BrowserId) -> Sequence[PersonId]:
        """Forget the browser; return those who had trusted it."""
        rows = many(
            "SELECT person_id FROM known_browser WHERE account = %s AND browser_id = %s AND trust IS NOT NULL"
            " ORDER BY person_id",
            (account, browser),
        )
        # The browser before what is known of people on it, as a sign-in writes them.
        write("DELETE FROM browser WHERE account = %s AND id = %s", (account, browser))
        write("DELETE FROM known_browser WHERE account = %s AND browser_id = %s", (account, browser))
        return [PersonId(row[0]) for row in rows]

    def known(self, account: AccountId, browser: BrowserId, person: PersonId) -> KnownBrowser | None:
        """Return what is known of a person on a browser."""
        row = one(_KNOWN + " WHERE account = %s AND browser_id = %s AND person_id = %s", (account, browser, person))
        return None if row is None else _known(row)

    def others_trust(self, account: AccountId, browser: BrowserId, person: PersonId) -> bool:
        """Tell whether somebody else is trusted there."""
        row = one(
            "SELECT 1 FROM known_browser WHERE account = %s AND browser_id = %s AND person_id <> %s"
            " AND trust IS NOT NULL LIMIT 1",
            (account, browser, person),
        )
        return row is not None

    def remember(self, account: AccountId, known: KnownBrowser, *, most: int) -> None:
        """Store or replace the row of a person on a browser; those used longest ago beyond `most` go."""
        there = (account, known.browser_id, known.person_id)
        written = (
            known.name,
            to_micros(known.first_used_at),
            to_micros(known.last_used_at),
            known.address,
            None if known.trust is None else write_trust(known.trust),
        )
        # Somebody who is here for the first time has no row to replace.
        if known.first_used_at < known.last_used_at and write(_REPLACE, (*written, *there)) == 1:
            # Nothing was added, so nothing can be beyond.
            return
        write(_ADD, (*there, *written))
        whose = (account, known.person_id)
        # One look into the index; mostly there are not.
        if one(_BEYOND, (*whose, most)) is not None:
            write(_REMOVE_BEYOND, (*whose, *whose, most))

    def end_trust(self, account: AccountId, person: PersonId) -> int:
        """End a person's trust everywhere (the browsers stay known); return how many."""
        return write(
            "UPDATE known_browser SET trust = NULL WHERE account = %s AND person_id = %s AND trust IS NOT NULL",
            (account, person),
        )

    def forget(self, account: AccountId, person: PersonId, browser: BrowserId) -> bool:
        """Make a browser unknown to a person; False when it was."""
        return (
            write(
                "DELETE FROM known_browser WHERE account = %s AND browser_id = %s AND person_id = %s",
                (account, browser, person),
            )
            == 1
        )

    def of_person(self, account: AccountId, person: PersonId) -> Sequence[KnownBrowser]:
        """Return a person's known browsers, last used first."""
        rows = many(
            _KNOWN + " WHERE account = %s AND person_id = %s ORDER BY last_used_at DESC, browser_id",
            (account, person),
        )
        return [_known(row) for row in rows]

    def rename(self, account: AccountId, person: PersonId, browser: BrowserId, name: str) -> bool:
        """Rename; False when the browser is not known."""
        return (
            write(
                "UPDATE known_browser SET name = %s WHERE account = %s AND browser_id = %s AND person_id = %s",
                (name, account, browser, person),
            )
            == 1
        )


def _known(row: Row) -> KnownBrowser:
    browser_id, person_id, name, first_used_at, last_used_at, address, trust = row
    return KnownBrowser(
        browser_id=BrowserId(browser_id),
        person_id=PersonId(person_id),
        name=name,
        first_used_at=from_micros(first_used_at),
        last_used_at=from_micros(last_used_at),
        address=address,
        trust=None if trust is None else read_trust(trust),
    )
