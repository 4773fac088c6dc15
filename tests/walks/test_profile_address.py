"""A new address, one's details, and what mailed links open: freezing, invitations, the operator's way in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.links import Purpose
from twofold.core.roles import Role
from twofold.flows import links, rescue
from twofold.flows.rescue import Rescued

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

OLD, NEW = "ann@acme.example", "ann.new@acme.example"
PHRASE = "seven lamps on a wall"
HOME = "http://localhost:8420"
OLD_ENOUGH = {"minutes": 6}


@pytest.mark.security("SE12")
def test_a_new_address_takes_proof_and_a_code_from_it_and_the_old_one_is_told(desk: Desk) -> None:
    ann = desk.add(OLD)
    elsewhere = desk.sign_in(ann)
    browser = desk.sign_in(ann)
    desk.forward(**OLD_ENOUGH)
    browser.get("/profile/address")
    browser.submit({"new_address": NEW})
    assert browser.page.form().has("proof_password")
    assert desk.mails("address_code") == []
    browser.submit({"proof_password": ann.password})
    assert browser.page.path == "/profile/address/confirm"
    assert NEW in browser.page.text

    browser.submit({"address_code": "00000000"}, having="address_code")
    assert "That code is not right." in browser.page.text
    assert desk.person(ann).email == OLD
    mail = desk.mails("address_code", to=NEW)[-1]
    assert str(mail.params["code"]) in mail.text
    browser.submit({"address_code": str(mail.params["code"])}, having="address_code")

    assert browser.page.path == "/profile/security"
    assert desk.person(ann).email == NEW
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    told = desk.mails("address_changed", to=OLD)[-1]
    assert "/links/freeze?link=" in told.text
    ann.email = NEW
    desk.sign_in(ann)


@pytest.mark.security("SE12")
def test_the_old_mailbox_freezes_and_takes_the_sign_in_back(desk: Desk) -> None:
    ann = desk.add(OLD)
    thief = desk.sign_in(ann)
    _move(desk, thief, NEW)
    desk.forward(hours=71)
    browser = desk.browser()
    url = _path(desk.mails("address_changed", to=OLD)[-1].params["freeze_url"])
    browser.get(url)
    assert "This was not me" in browser.page.text
    browser.submit()
    assert "Your sign-in is frozen" in browser.page.text
    assert desk.sessions(ann) == 0

    # Whoever holds the new mailbox gets nothing more; the old one sets the password.
    thief.get("/forgot-password")
    thief.submit({"email": NEW})
    assert not [mail for mail in desk.mails(to=NEW) if "/links/password_reset" in str(mail.params)]
    browser.get(_path(desk.mails("frozen", to=OLD)[-1].params["url"]))
    browser.submit({"new_password": PHRASE})
    assert desk.person(ann).email == OLD
    ann.password = PHRASE
    desk.sign_in(ann)


def test_a_new_code_can_be_asked_for_and_the_old_address_kept(desk: Desk) -> None:
    ann = desk.add(OLD)
    browser = desk.sign_in(ann)
    browser.get("/profile/address")
    browser.submit({"new_address": NEW})
    browser.submit(press="again=1")
    assert "You can try again at" in browser.page.text
    first = str(desk.mails("address_code")[-1].params["code"])
    desk.forward(seconds=30)
    browser.submit(press="again=1")
    assert "A new code was sent." in browser.page.text
    browser.submit({"address_code": first}, having="address_code")
    assert "Use the one we sent at" in browser.page.text

    browser.get("/profile/address")
    assert f"{NEW} is not confirmed yet." in browser.page.text
    browser.click("Type the code")
    browser.post("/profile/address/keep-old")
    assert "is not confirmed yet" not in browser.page.text
    browser.get("/profile/address/confirm")
    assert browser.page.path == "/profile/address"
    browser.post("/profile/address/confirm", {"address_code": first})
    assert "That change ran out." in browser.page.text
    assert desk.person(ann).email == OLD


def test_five_wrong_codes_end_the_change_and_nothing_else(desk: Desk) -> None:
    ann = desk.add(OLD)
    browser = desk.sign_in(ann)
    browser.get("/profile/address")
    browser.submit({"new_address": NEW})
    for _ in range(5):
        browser.submit({"address_code": "00000000"}, having="address_code")
    assert browser.page.path == "/profile/address"
    assert "That change ran out. Nothing changed; begin again." in browser.page.text
    assert is_signed_in(browser)
    desk.forward(seconds=30)
    browser.submit({"new_address": NEW})
    code = str(desk.mails("address_code", to=NEW)[-1].params["code"])
    browser.submit({"address_code": code}, having="address_code")
    assert desk.person(ann).email == NEW


@pytest.mark.parametrize("typed", ["", "no address", OLD, "a" * 300, "b@evil.example,c@evil.example"])
def test_what_is_no_new_address_is_said_beside_the_field(desk: Desk, typed: str) -> None:
    ann = desk.add(OLD)
    browser = desk.sign_in(ann)
    browser.get("/profile/address")
    page = browser.submit({"new_address": typed})
    assert page.status == 400
    assert page.title.startswith("Error:")
    assert desk.mails() == []


def test_whether_an_address_is_taken_is_not_told(desk: Desk) -> None:
    ann = desk.add(OLD)
    desk.add(NEW)
    pages = []
    for email in (NEW, "free@acme.example"):
        browser = desk.sign_in(ann)
        browser.get("/profile/address")
        pages.append(browser.submit({"new_address": email}).text.replace(email, "EMAIL"))
        desk.forward(days=2)
    assert pages[0] == pages[1]
    assert [mail.template for mail in desk.mails(to=NEW)] == ["address_taken"]


@pytest.mark.security("SJ5")
@pytest.mark.parametrize("address", [NEW, "bo@acme.example"])
def test_nobody_writes_to_strangers_by_what_they_call_themselves(desk: Desk, address: str) -> None:
    ann, _ = desk.add(OLD), desk.add("bo@acme.example")
    browser = desk.sign_in(ann)
    browser.get("/profile/details")
    browser.submit({"name": "you were locked out: https://acme.evil.example/unlock"})
    assert "evil.example" in desk.person(ann).name
    browser.get("/profile/address")
    browser.submit({"new_address": address})
    (mail,) = [mail for mail in desk.mails("address_code") + desk.mails("address_taken") if mail.to == address]
    assert "evil.example" not in mail.text


def test_details_are_saved_and_speak_the_language_of_the_person(desk: Desk) -> None:
    ann = desk.add(OLD)
    browser = desk.sign_in(ann)
    browser.get("/profile")
    browser.click("Edit")
    browser.submit({"name": "Ann  Ω <i>", "time_zone": "Asia/Tokyo"})
    assert "Your details are saved." in browser.page.text
    assert (desk.person(ann).name, desk.person(ann).time_zone) == ("Ann  Ω <i>", "Asia/Tokyo")
    assert "<i>" not in browser.page.html
    assert browser.submit({"name": " "}).status == 400
    assert browser.submit({"name": "x" * 121}).status == 400
    browser.get("/profile/details")
    assert browser.post("/profile/details", {"name": "Ann", "time_zone": "../../etc/passwd"}).status == 400
    assert browser.post("/profile/details", {"name": "Ann", "locale": "xx"}).status == 400
    assert desk.events("profile.changed", of=ann)


@pytest.mark.security("SE7")
def test_with_a_stolen_password_nobody_locks_the_owner_out(desk: Desk) -> None:
    ann = desk.add(OLD)
    thief = desk.sign_in(ann)
    thief.get("/profile/security")
    thief.post("/profile/security/set-up")
    thief.submit(press="go=set_up")
    # A mailbox that the thief does not read stands in the way of a key.
    assert thief.page.path == "/sign-in/set-up/mailbox"
    for url in ("/sign-in/set-up/choose", "/sign-in/set-up/connect"):
        assert thief.get(url).path == "/sign-in/set-up/mailbox"
    thief.post("/sign-in/set-up/connect", {"show": "1"})
    assert 'id="key"' not in thief.page.html

    # Should they have read it: the notice freezes, undoes this first enrolment within 72 h, and removes nothing later.
    thief.get("/sign-in/set-up/mailbox")
    thief.submit({"mailbox_code": str(desk.mails("mailbox_code")[-1].params["code"])}, having="mailbox_code")
    thief.submit({"thing": "app"})
    thief.submit()
    desk.connect(ann, thief)
    assert len(desk.held(ann)) == 1
    notice = desk.mails("factor_set_up", to=OLD)[-1]
    assert "/links/freeze?link=" in notice.text
    desk.forward(hours=71)
    browser = desk.browser()
    browser.get(_path(notice.params["freeze_url"]))
    assert "undoes the two-factor authentication that was just set up" in browser.page.text
    assert len(desk.held(ann)) == 1
    browser.submit()
    assert desk.held(ann) == ()
    assert not is_signed_in(thief)
    browser.get(_path(desk.mails("frozen", to=OLD)[-1].params["url"]))
    browser.submit({"new_password": PHRASE})
    desk.present_password(browser, ann, password=PHRASE)
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)


@pytest.mark.security("SE7")
def test_after_72_hours_a_mailed_link_removes_no_factor(desk: Desk) -> None:
    ann = desk.add(OLD)
    browser = desk.sign_in(ann)
    browser.get("/profile/security")
    browser.post("/profile/security/set-up")
    desk.set_up(ann, browser)
    desk.forward(hours=72)
    browser.get(_path(desk.mails("factor_set_up", to=OLD)[-1].params["freeze_url"]))
    assert "Nothing else changes." in browser.page.text
    assert "undoes" not in browser.page.text
    browser.submit()
    assert len(desk.held(ann)) == 1


@pytest.mark.security("SI5")
def test_a_freeze_link_is_opened_by_a_button_once(desk: Desk) -> None:
    ann = desk.add(OLD)
    url = _made(desk, ann, Purpose.FREEZE)
    browser = desk.sign_in(ann)
    for _ in range(2):
        assert desk.browser().get(url).status == 200
    assert is_signed_in(browser)
    there = desk.browser()
    there.get(url)
    there.submit()
    assert not is_signed_in(browser)
    assert desk.browser().get(url).status == 404
    there.post(url)
    assert there.page.status == 404
    # With the password alone nothing opens until a new one is set.
    desk.present_password(there, ann)
    assert there.page.status == 403
    assert "Choose a new password" in there.page.text


def test_an_invitation_leads_to_a_sign_in_with_name_and_password(desk: Desk) -> None:
    bob = _invited(desk)
    browser = desk.browser()
    page = browser.get(_made(desk, bob, Purpose.INVITATION))
    assert "Welcome to Acme Support" in page.text
    assert bob.email in page.text
    assert browser.submit({"name": "", "new_password": PHRASE}).status == 400
    assert browser.submit({"name": "Bob", "new_password": "short"}).status == 400
    assert browser.page.form().attributes("name")["value"] == "Bob"
    browser.submit({"name": "Bob Example", "new_password": PHRASE})
    assert is_signed_in(browser)
    assert desk.person(bob).name == "Bob Example"
    bob.password = PHRASE
    desk.sign_in(bob)


def test_an_invitation_goes_through_set_up_where_it_is_required(desk: Desk) -> None:
    desk.require(team=True)
    bob = _invited(desk)
    browser = desk.browser()
    assert "Next you set up two-factor authentication" in browser.get(_made(desk, bob, Purpose.INVITATION)).text
    browser.submit({"name": "Bob", "new_password": PHRASE})
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)
    # This attempt began from a link in our mail, so the mailbox is not asked again.
    desk.set_up(bob, browser)
    assert desk.mails("mailbox_code") == []
    assert is_signed_in(browser)


@pytest.mark.security("SI5")
def test_an_invitation_works_once_for_seven_days_and_for_its_person_alone(desk: Desk) -> None:
    bob, eve = _invited(desk), _invited(desk, "eve@acme.example")
    url = _made(desk, bob, Purpose.INVITATION)
    browser = desk.browser()
    browser.get(url)
    browser.post(url, {"name": "X", "new_password": PHRASE, "email": eve.email})
    assert desk.person(eve).password is None
    assert desk.browser().get(url).status == 404
    late = _made(desk, eve, Purpose.INVITATION)
    desk.clock.move(timedelta(days=7))
    assert desk.browser().get(late).status == 404


def test_the_operators_link_leads_through_a_password_to_set_up(desk: Desk) -> None:
    ann = desk.add(OLD, Role.OWNER, app=True, chosen=True, frozen_at=desk.clock.now())
    made = rescue.rescue(desk.services, desk.account, ann.id)
    assert isinstance(made, Rescued)
    browser = desk.browser()
    browser.get(_path(made.url))
    assert browser.submit({"new_password": ""}).status == 400
    browser.submit({"new_password": PHRASE})
    assert browser.page.path == "/sign-in/set-up"
    desk.set_up(ann, browser)
    assert is_signed_in(browser)
    assert desk.browser().get(_path(made.url)).status == 404


def _invited(desk: Desk, email: str = "bob@acme.example") -> Somebody:
    somebody = desk.add(email, name="", invited_at=desk.clock.now())
    desk.change(somebody, password=None, email_proved_at=None)
    return somebody


def _made(desk: Desk, somebody: Somebody, purpose: Purpose) -> str:
    with desk.services.transactions.begin():
        return _path(links.make(desk.services, desk.account, purpose, somebody.id, now=desk.clock.now()))


def _move(desk: Desk, browser: Browser, email: str) -> None:
    browser.get("/profile/address")
    browser.submit({"new_address": email})
    code = str(desk.mails("address_code", to=email)[-1].params["code"])
    browser.submit({"address_code": code}, having="address_code")
    assert browser.page.path == "/profile/security"


def _path(url: object) -> str:
    assert str(url).startswith(HOME)
    return str(url).removeprefix(HOME)
