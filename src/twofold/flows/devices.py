"""Known browsers and open sessions of somebody signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.effects import Change
from twofold.flows import ending
from twofold.flows.journal import record
from twofold.flows.methods import clean_label
from twofold.flows.outcomes import Done, Gone
from twofold.flows.person_change import keep_out

if TYPE_CHECKING:
    from twofold.core.ids import BrowserId, SessionId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def rename_browser(services: Services, visit: Visit, me: SignedIn, browser: BrowserId, *, name: str) -> Done | Gone:
    """Give a known browser another name; an empty one leaves the name as it is."""
    label = clean_label(name)
    if not label:
        return Done()
    with services.transactions.begin():
        if not services.browsers.rename(visit.account.id, me.person.id, browser, label):
            return Gone()
        _record(services, visit, me, "browser.renamed", {"browser": browser})
    return Done()


def forget_browser(services: Services, visit: Visit, me: SignedIn, browser: BrowserId) -> Done | Gone:
    """Make a browser unknown: its trust and its sessions end, but for the present one."""
    now = services.clock.now()
    account = visit.account.id
    with services.transactions.begin():
        keep_out(services, account, me.person.id)
        if not services.browsers.forget(account, me.person.id, browser):
            return Gone()
        services.sessions.end_of_browser(account, me.person.id, browser, at=now, but=me.session.id)
        _record(services, visit, me, "browser.forgotten", {"browser": browser})
    return Done()


def end_session(services: Services, visit: Visit, me: SignedIn, session: SessionId) -> Done | Gone:
    """End one open session of this person; the present one may be named too."""
    now = services.clock.now()
    with services.transactions.begin():
        if not services.sessions.end(visit.account.id, me.person.id, session, at=now):
            return Gone()
        _record(services, visit, me, "session.ended", {"session": session})
    return Done()


def forget_browsers(services: Services, visit: Visit, me: SignedIn) -> Done:
    """Make every browser unknown: all trust ends, and so does every session but the present one."""
    now = services.clock.now()
    account = visit.account.id
    with services.transactions.begin():
        keep_out(services, account, me.person.id)
        for known in services.browsers.of_person(account, me.person.id):
            services.browsers.forget(account, me.person.id, known.browser_id)
        services.sessions.end_all(account, me.person.id, at=now, but=me.session.id)
        _record(services, visit, me, "browser.all_forgotten", {})
    return Done()


def end_other_sessions(services: Services, visit: Visit, me: SignedIn) -> Done:
    """End every session of this person but the present one; trusted browsers stay."""
    now = services.clock.now()
    with services.transactions.begin():
        keep_out(services, visit.account.id, me.person.id)
        services.sessions.end_all(visit.account.id, me.person.id, at=now, but=me.session.id)
        _record(services, visit, me, "session.others_ended", {})
    return Done()


def sign_out_everywhere(services: Services, visit: Visit, me: SignedIn) -> Done:
    """End every session of this person, the present one too, and all trust."""
    now = services.clock.now()
    with services.transactions.begin():
        keep_out(services, visit.account.id, me.person.id)
        ending.apply(services, visit.account.id, me.person.id, Change.SIGNED_OUT_EVERYWHERE, now=now)
        _record(services, visit, me, "session.signed_out_everywhere", {})
    return Done()


def _record(services: Services, visit: Visit, me: SignedIn, kind: str, detail: JsonObject) -> None:
    record(
        services,
        visit,
        kind,
        now=services.clock.now(),
        person=me.person.id,
        actor=me.person.id,
        detail=detail,
    )
