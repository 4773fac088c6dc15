"""The known-browser cookie: recognising it, and giving it a new secret at each sign-in.

The cookie is `id.secret`. The secret rotates at each sign-in; the previous one stays good until the
new one has come back once. Anything older was copied or restored from a backup: the series ends.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twofold.core.ids import BrowserId
from twofold.core.trust import BROWSERS_MOST, Cookie, judge_cookie
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.ports.browsers import Browser, KnownBrowser

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.trust import Trust
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A browser whose cookie is good, and what is known of one person on it."""

    browser: Browser
    digest: str = field(repr=False)
    known: KnownBrowser | None
    others_trust: bool


def recognise(services: Services, visit: Visit, person: PersonId) -> Recognised | None:
    """Return the browser behind the cookie, or None when it is new, foreign, forged or ended.

    Writes nothing. Pass any id of nobody to ask as for an unknown person, with the same queries.
    """
    browser, digest, cookie = _judge(services, visit)
    if browser is None or cookie in {Cookie.STALE, Cookie.UNKNOWN}:
        return None
    account = visit.account.id
    return Recognised(
        browser=browser,
        digest=digest,
        known=services.browsers.known(account, browser.id, person),
        others_trust=services.browsers.others_trust(account, browser.id, person),
    )


def end_if_copied(services: Services, visit: Visit, *, now: datetime) -> None:
    """End the series of a cookie that is older than the previous one, and tell who trusted it.

    Runs in the caller's transaction.
    """
    browser, _, cookie = _judge(services, visit)
    if browser is None or cookie is not Cookie.STALE:
        return
    account = visit.account
    for person_id in services.browsers.end_series(account.id, browser.id):
        person = services.people.by_id(account.id, person_id)
        if person is not None:
            record(services, visit, "browser.series_ended", now=now, person=person_id)
            warn(services, account, person, "series_ended", {"from": visit.address}, now=now)


def remember(
    services: Services,
    visit: Visit,
    person: Subscriber,
    seen: Recognised | None,
    trust: Trust | None,
    *,
    now: datetime,
) -> tuple[BrowserId, str | None]:
    """Store that a person signed in here; return the browser and the cookie to set, if any.

    Runs in the caller's transaction.
    """
    account = visit.account.id
    secret = services.entropy.token()
    digest = services.digests.of_token(secret)
    cookie: str | None
    if seen is None:
        browser_id = BrowserId(services.entropy.ordered_id(now))
        services.browsers.add(
            account,
            Browser(id=browser_id, current=digest, previous=None, created_at=now),
        )
        cookie = f"{browser_id}.{secret}"
    else:
        browser_id = seen.browser.id
        # Whoever still shows the previous secret keeps it: a tab that signed in at the same time holds the new one,
        # and giving out a third would make that one look copied.
        rotated = seen.digest == seen.browser.current and services.browsers.rotate(
            account, seen.browser, current=digest, previous=seen.digest
        )
        cookie = f"{browser_id}.{secret}" if rotated else None
    known = seen.known if seen else None
    services.browsers.remember(
        account,
        KnownBrowser(
            browser_id=browser_id,
            person_id=person.id,
            name=known.name if known else visit.browser_name,
            first_used_at=known.first_used_at if known else now,
            last_used_at=now,
            address=visit.address,
            trust=trust,
        ),
        most=BROWSERS_MOST,
    )
    return browser_id, cookie


def _judge(services: Services, visit: Visit) -> tuple[Browser | None, str, Cookie]:
    browser_id, _, secret = visit.browser_cookie.partition(".")
    digest = services.digests.of_token(secret)
    if not browser_id or not secret:
        return None, digest, Cookie.UNKNOWN
    browser = services.browsers.find(visit.account.id, BrowserId(browser_id))
    if browser is None:
        return None, digest, Cookie.UNKNOWN
    return browser, digest, judge_cookie(digest, browser.current, browser.previous)
