"""Selected people: an admin allows them some ways only, and each is judged, written and told of apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.codes import ANOTHER, NUMBER, things_on
from tests.walks.kit import is_signed_in
from twofold.core.policy import Accepts
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

LIST = "/admin/people"
APP_ONLY = {"own_way_sms": None, "own_way_email": None}

pytestmark = pytest.mark.usefixtures("texts_leave")


def select(browser: Browser, *people: Somebody) -> Page:
    browser.get(LIST)
    return browser.submit({f"pick_{one.id}": "1" for one in people}, press="go=choose", having="everybody_here")


def allow(browser: Browser, *people: Somebody, **fields: str | None) -> Page:
    select(browser, *people)
    return browser.submit({**APP_ONLY, **fields}, press="go=save", having="own_ways")


@pytest.mark.behaviour("A54")
def test_selected_people_must_set_up_the_app_at_the_next_sign_in(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example", chosen=True), desk.add("ben@acme.example", chosen=True)
    codes.give_phone(desk, ann)
    codes.give_phone(desk, ben, ANOTHER)
    page = allow(as_owner, ann)
    assert page.status == 200
    assert "It was saved for 1 person." in page.text

    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)
    browser.submit(press="go=set_up")
    assert set(things_on(browser.page)) == {"computer", "app", "token", "none"}
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    assert {one.kind for one in desk.held(ann)} == {"sms", "totp"}

    other = desk.browser()
    desk.present_password(other, ben)
    other.submit({"passcode": codes.code(desk, ANOTHER)}, having="passcode")
    assert is_signed_in(other), "whoever was not selected goes on as before"
    (event,) = desk.events("person.own_rule_changed")
    assert event.person_id == ann.id
    assert event.detail["before"] is None


@pytest.mark.behaviour("A54")
def test_selected_people_may_set_up_the_app(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    codes.give_phone(desk, ann)
    allow(as_owner, ann, own_old="count")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert is_signed_in(browser), "what they have goes on counting"
    assert "wants you to set up another" in browser.get("/profile/security").text
    codes.begin_from_profile(browser)
    browser.submit(press="go=set_up")
    assert "texts" not in things_on(browser.page)
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    assert {one.kind for one in desk.held(ann)} == {"sms", "totp"}


def test_everybody_on_the_page_and_who_decided_it(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    people = [desk.add(f"agent{number}@acme.example") for number in range(3)]
    as_owner.get(LIST)
    as_owner.submit({"everybody_here": "1"}, press="go=choose", having="everybody_here")
    assert "What is asked of 3 people" in as_owner.page.text
    assert "Nobody decides this for themselves" in as_owner.page.text
    as_owner.submit(APP_ONLY, press="go=save", having="own_ways")
    assert "It was saved for 3 people." in as_owner.page.text
    for somebody in people:
        text = as_owner.get(f"{LIST}/{somebody.id}").text
        assert "Only these ways count: Authenticator app." in text
        assert "Olive decided that on" in text
    assert desk.person(olive).own_rule is None
    assert as_owner.get(f"{LIST}/rule").path == LIST


def test_whom_an_admin_may_not_help_is_left_alone_and_said_so(desk: Desk, olive: Somebody) -> None:
    admin = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    other = desk.add("bea@acme.example", Role.ADMIN)
    ann = desk.add("ann@acme.example")
    as_admin = desk.sign_in(admin)
    page = select(as_admin, olive, other, ann, admin)
    assert "What is asked of 1 person" in page.text
    assert page.text.count("An admin cannot decide this alone") == 2
    page = as_admin.submit(APP_ONLY, press="go=save", having="own_ways")
    assert "It was saved for 1 person." in page.text
    assert page.text.count("An admin cannot decide this alone") == 2
    assert [desk.person(one).own_rule is None for one in (olive, other, ann, admin)] == [True, True, False, True]


def test_taking_it_back_is_a_weakening_that_is_mailed(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", name="Ann Lindqvist")
    allow(as_owner, ann)
    assert not desk.mails("policy_weakened")
    as_owner.get(f"{LIST}/{ann.id}")
    as_owner.click("Change the rule for this person alone")
    as_owner.submit(press="go=preview_remove", having="own_ways")
    assert "Ann Lindqvist: more kinds of second factors count." in as_owner.page.text
    as_owner.submit(press="go=remove")
    assert "1 person has no rule of their own any more." in as_owner.page.text
    assert desk.person(ann).own_rule is None
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "Weaker kinds of second factor count for Ann Lindqvist." in mail.text
    assert f"{desk.account.base_url}{LIST}/{ann.id}" in mail.text


def test_what_would_leave_somebody_nothing_is_not_done_to_them(desk: Desk, as_owner: Browser, olive: Somebody) -> None:
    codes.give_mailbox(desk, olive)
    desk.rules(lambda rules: replace(rules, end_users=replace(rules.end_users, accepts=Accepts(needs_strong=True))))
    ann, emil = desk.add("ann@acme.example"), desk.add("emil@globex.example", Role.END_USER)
    page = allow(as_owner, ann, emil, own_way_email="1", own_way_totp=None)
    assert "It was saved for 1 person." in page.text
    assert "nothing would be left to sign in with" in page.text
    assert desk.person(emil).own_rule is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"own_way_sms": "1", "own_way_email": "1"}, "This asks for nothing."),
        ({"own_way_totp": None}, "Tick at least one way"),
        ({"own_old_until": "2020-01-01"}, "still to come"),
        ({"own_way_totp": None, "own_way_sms": "1"}, "You do not meet this yourself"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_done(
    desk: Desk, as_owner: Browser, fields: dict[str, str | None], message: str
) -> None:
    ann = desk.add("ann@acme.example")
    page = allow(as_owner, ann, **fields)
    assert page.status == 400
    assert message in page.text
    assert desk.person(ann).own_rule is None


def test_a_fresh_code_is_asked_for_first(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.forward(minutes=6)
    allow(as_owner, ann)
    assert desk.person(ann).own_rule is None
    as_owner.submit({"proof_passcode": olive.app.next_code()})
    assert "It was saved for 1 person." in as_owner.page.text
    again = allow(as_owner, ann)
    assert "It was so already." in again.text


def test_nobody_selected_and_somebody_gone(desk: Desk, as_owner: Browser) -> None:
    as_owner.get(LIST)
    as_owner.submit(press="go=choose", having="everybody_here")
    assert "Select somebody first." in as_owner.page.text
    ann = desk.add("ann@acme.example")
    select(as_owner, ann)
    desk.services.people.remove(desk.account.id, ann.id)
    page = as_owner.submit(APP_ONLY, press="go=save", having="own_ways")
    assert "Somebody who was removed meanwhile." in page.text
    assert as_owner.post(f"{LIST}/rule", {"picked": "no id, or two", "go": "save"}).path == LIST


def test_auditors_see_no_boxes_and_decide_nothing(desk: Desk, olive: Somebody) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(desk.add("otto@acme.example", Role.AUDITOR, app=True, chosen=True))
    assert not any(form.has("everybody_here") for form in browser.get(LIST).forms)
    assert browser.post(f"{LIST}/rule", {f"pick_{ann.id}": "1", "go": "remove"}).status == 403
