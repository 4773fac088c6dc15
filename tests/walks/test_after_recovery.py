"""After a sign-in by recovery code: what else is open is shown for review, and what is lost is replaced once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.walks.kit import is_signed_in
from twofold.flows import recover, signed_in
from twofold.flows.outcomes import Conflict, GoOn
from twofold.flows.visit import Visit
from twofold.web import cookies

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.flows.visit import SignedIn

PAGE = "/sign-in/after-recovery"
SECURITY = "/profile/security"


def by_code(desk: Desk, somebody: Somebody) -> Browser:
    """Sign in by a recovery code, in a browser that was never here."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    browser.submit({"passcode": somebody.recovery_codes.pop(0)})
    assert browser.page.path == PAGE
    return browser


def whoever_is_in(desk: Desk, visit: Visit, browser: Browser) -> SignedIn:
    me = signed_in.who(desk.services, visit, browser.cookies[cookies.SESSION])
    assert me is not None
    return me


def test_other_sessions_are_shown_for_review(desk: Desk, ann: Somebody) -> None:
    before = desk.sign_in(ann)
    browser = by_code(desk, ann)
    assert "You are signed in on 1 other browser." in browser.page.text
    assert is_signed_in(before), "a recovery code ends none of them"
    browser.click("Look whether that is you")
    assert browser.page.path == SECURITY
    browser.post(f"{SECURITY}/sessions/end-others")
    assert not is_signed_in(before)


def test_nothing_is_said_of_sessions_that_ran_out(desk: Desk, ann: Somebody) -> None:
    desk.sign_in(ann)
    desk.forward(minutes=61)
    assert "other browser" not in by_code(desk, ann).page.text


def test_the_lists_of_sessions_leave_out_those_that_ran_out(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    desk.sign_in(ann)
    desk.forward(minutes=61)
    here = desk.sign_in(ann)
    assert here.get(SECURITY).html.count("Sign out there") == 0
    desk.sign_in(ann)
    assert here.get(SECURITY).html.count("Sign out there") == 1
    person = desk.person(ann)
    rules = desk.services.policy.current(desk.account.id).rules
    standing = signed_in.standing_ones(desk.services, desk.account.id, person, rules, now=desk.clock.now())
    assert len(standing.sessions) == 2
    assert len(desk.services.sessions.of_person(desk.account.id, ann.id)) == 3


def test_of_two_tabs_that_say_it_is_lost_one_begins(desk: Desk, ann: Somebody) -> None:
    browser = by_code(desk, ann)
    visit = Visit(account=desk.account, address="198.51.100.7")
    me = whoever_is_in(desk, visit, browser)
    (app,) = desk.held(ann)
    assert isinstance(recover.lost(desk.services, visit, me, [app.id]), GoOn)
    assert recover.lost(desk.services, visit, me, [app.id]) == Conflict()
    assert len(desk.events("recovery.lost")) == 1
    assert not recover.is_asked(desk.services, whoever_is_in(desk, visit, browser))
