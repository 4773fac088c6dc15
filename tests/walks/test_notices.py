"""Notices by mail: a new browser with "this was not me", the others, and what somebody may do without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.notices import SILENCEABLE
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

NOTICES = "/profile/notices"
LONG_AGO = {"minutes": 6}


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    """Return somebody who signed in before."""
    return desk.add("ann@acme.example", app=True, chosen=True)


@pytest.fixture
def known(desk: Desk, ann: Somebody) -> Browser:
    """Return the browser on which they signed in first."""
    return desk.sign_in(ann)


@pytest.mark.behaviour("B18")
def test_a_new_browser_is_mailed_about_with_a_link_that_freezes(desk: Desk, ann: Somebody, known: Browser) -> None:
    assert not desk.mails("new_browser")
    thief = desk.sign_in(ann, desk.browser(address="203.0.113.66"))
    [mail] = desk.mails("new_browser")
    assert mail.to == ann.email
    assert mail.subject == "A new browser signed in at Acme Support"
    assert "Firefox on Linux" in mail.text
    assert "203.0.113.66" in mail.text
    # The same browser again is known by now, and so is the first one.
    thief.sign_out()
    desk.sign_in(ann, thief)
    known.sign_out()
    desk.sign_in(ann, known)
    assert len(desk.mails("new_browser")) == 1

    somewhere = desk.browser()
    somewhere.get(str(mail.params["freeze_url"]).removeprefix(desk.account.base_url))
    somewhere.submit()
    assert not is_signed_in(thief)
    assert desk.person(ann).frozen_at is not None


@pytest.mark.behaviour("B18")
def test_each_person_may_do_without_it(desk: Desk, ann: Somebody, known: Browser) -> None:
    known.get(NOTICES)
    known.submit({"new_browser": None})
    assert "Saved." in known.page.text
    [last] = desk.mails("notice_silenced")
    assert last.to == ann.email
    assert "/links/freeze?" in last.text
    bob = desk.add("bob@acme.example")
    desk.sign_in(bob)
    for somebody in (ann, bob):
        desk.sign_in(somebody)
    assert [mail.to for mail in desk.mails("new_browser")] == [bob.email]
    [event] = desk.events("notices.changed")
    assert event.detail == {"before": {"silenced": []}, "after": {"silenced": ["new_browser"]}}

    known.get(NOTICES)
    assert "new_browser" not in dict(known.page.form("new_browser").fields)
    known.submit({"new_browser": "1"})
    desk.sign_in(ann)
    assert [mail.to for mail in desk.mails("new_browser")] == [bob.email, ann.email]


def test_to_silence_it_asks_for_fresh_proof_and_to_hear_of_it_again_does_not(
    desk: Desk, ann: Somebody, known: Browser
) -> None:
    desk.forward(**LONG_AGO)
    known.get(NOTICES)
    known.submit({"new_browser": None})
    assert known.page.title.startswith("Is it still you?")
    assert not desk.person(ann).silenced
    known.submit({"proof_passcode": ann.app.next_code()})
    assert desk.person(ann).silenced == {"new_browser"}
    desk.forward(**LONG_AGO)
    known.get(NOTICES)
    known.submit({"new_browser": "1"})
    assert "Saved." in known.page.text
    assert not desk.person(ann).silenced


@pytest.mark.parametrize("role", Role)
def test_what_warns_cannot_be_silenced(desk: Desk, role: Role) -> None:
    eve = desk.add("eve@acme.example", role, app=True, chosen=True)
    browser = desk.sign_in(eve)
    page = browser.get(NOTICES)
    boxes = {each["name"] for each in page.form("new_browser").inputs if each.get("type") == "checkbox"}
    assert boxes <= {notice.value for notice in SILENCEABLE}
    assert ("new_release" in boxes) == (role in {Role.OWNER, Role.ADMIN})
    for words in ("A method is set up", "A recovery code is used", "The password is changed"):
        assert words in page.text
    browser.submit(dict.fromkeys(boxes))
    browser.get("/profile/password")
    browser.submit({"new_password": "another horse battery"})
    assert desk.mails("password_changed", to=eve.email)
    again = desk.browser()
    desk.present_password(again, eve, password="another horse battery")
    again.submit({"passcode": eve.recovery_codes[0]})
    assert desk.mails("recovery_code_used", to=eve.email)
    assert not desk.mails("new_browser", to=eve.email)


def test_the_first_sign_in_of_all_is_no_news(desk: Desk) -> None:
    bob = desk.add("bob@acme.example", Role.END_USER)
    desk.sign_in(bob)
    assert not desk.mails("new_browser")


def test_a_sign_in_that_did_not_end_is_no_news(desk: Desk, ann: Somebody, known: Browser) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": "000000"})
    assert not desk.mails("new_browser")


def test_where_all_helpers_silenced_something_all_are_told(desk: Desk) -> None:
    for name in ("olive", "oscar"):
        desk.add(f"{name}@acme.example", Role.OWNER, silenced=frozenset({"new_release"}))
    desk.add("adam@acme.example", Role.ADMIN)
    from twofold.flows import releases  # noqa: PLC0415 -- the worker calls it

    kept = desk.services.kept
    assert kept.replace(desk.account.id, releases.KEPT, {"version": "1"}, version=0)
    assert releases.announce(desk.services, desk.account, "2")
    assert [mail.to for mail in desk.mails("new_release")] == ["adam@acme.example"]
    adam = desk.services.people.by_email(desk.account.id, "adam@acme.example")
    assert adam is not None
    desk.services.people.remove(desk.account.id, adam.id)
    assert releases.announce(desk.services, desk.account, "3")
    assert len(desk.mails("new_release")) == 3


def test_calls_for_help_and_exemptions_may_be_silenced(desk: Desk, ann: Somebody) -> None:
    for name, silenced in (("olive", frozenset({"call_for_help"})), ("oscar", frozenset[str]())):
        desk.add(f"{name}@acme.example", Role.OWNER, silenced=silenced)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.get("/sign-in/cannot-get-a-code")
    browser.submit()
    assert [mail.to for mail in desk.mails("help_called")] == ["oscar@acme.example"]
