"""Setting up texts, mail and tokens in the wizard: what is offered, what is typed, and what counts afterwards."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pyotp
import pytest

from tests.walks.codes import ANOTHER, NUMBER, code, give_mailbox, sent, texts_go_to, wrong
from tests.walks.kit import codes_on, is_signed_in, key_on
from twofold.core.roles import Role
from twofold.core.wanted import Accepts

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

CHOOSE = "/sign-in/set-up/choose"
CONNECT = "/sign-in/set-up/connect"


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    texts_go_to(desk, "AT", "DE")


def begin(desk: Desk, somebody: Somebody) -> Browser:
    """Sign in to a forced set-up, and get to what the person has at hand."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    browser.submit(press="go=set_up")
    if browser.page.path == "/sign-in/set-up/mailbox":
        browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])})
    assert browser.page.path == CHOOSE, browser.page.text
    return browser


def things(browser: Browser) -> set[str]:
    """Return what may be chosen, but for "none of these"."""
    return {each["value"] for each in browser.page.form("thing").inputs if each.get("name") == "thing"} - {"none"}


def type_code(browser: Browser, typed: str) -> None:
    browser.submit({"passcode": typed}, having="passcode")


def finish(browser: Browser) -> None:
    """Save the recovery codes and go to where the person was going."""
    assert len(codes_on(browser)) == 10, browser.page.text
    browser.submit(having="saved")
    browser.submit()
    assert is_signed_in(browser)


def sign_in_again(desk: Desk, somebody: Somebody, to: str) -> None:
    """Sign in from a browser that was never here, by the code that is sent."""
    desk.forward(minutes=1)
    browser = desk.browser()
    desk.present_password(browser, somebody)
    browser.submit({"passcode": code(desk, to)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A10", "A50", "A70")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_every_way_is_listed_and_the_person_chooses(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, must_set_up=True)
    browser = begin(desk, ann)
    assert things(browser) >= {"app", "texts", "mail"}
    browser.submit({"thing": "texts"})
    assert browser.page.path == CONNECT
    assert browser.page.form("number").has("number")


@pytest.mark.behaviour("A10", "A11", "A53", "A68")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_a_number_is_asked_for_proved_and_then_used(desk: Desk, role: Role) -> None:
    desk.require(end_users=True)
    ann = desk.add("ann@acme.example", role)
    browser = begin(desk, ann)
    browser.submit({"thing": "texts"})
    assert sent(desk) == []
    browser.submit({"number": "+43 664 123 45 67"})
    assert "+43 664 1234567" in browser.page.text, "a slip has to be seen"
    assert code(desk) not in browser.page.html
    assert desk.held(ann) == ()

    type_code(browser, wrong(code(desk)))
    assert desk.held(ann) == ()
    type_code(browser, code(desk))

    finish(browser)
    (held,) = desk.held(ann)
    assert (held.kind, held.state, held.label) == ("sms", {"number": NUMBER}, "•••• 4567")
    assert "•••• 4567" in browser.get("/profile/security").text
    assert NUMBER not in browser.page.html
    sign_in_again(desk, ann, NUMBER)


@pytest.mark.behaviour("B01", "A67")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_mail_is_chosen_its_code_is_typed_and_it_is_on(desk: Desk, role: Role) -> None:
    desk.require(end_users=True)
    ann = desk.add("ann@acme.example", role)
    browser = begin(desk, ann)
    browser.submit({"thing": "mail"})
    assert len(sent(desk, ann.email)) == 1
    # Reloading sends nothing more.
    browser.get(CONNECT)
    assert len(sent(desk, ann.email)) == 1
    type_code(browser, code(desk, ann.email))
    finish(browser)
    assert [one.kind for one in desk.held(ann)] == ["email"]
    sign_in_again(desk, ann, ann.email)


@pytest.mark.behaviour("A71")
def test_whoever_chooses_mail_is_told_of_the_recovery_code_that_a_reset_needs(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    assert "recovery code" in browser.page.text
    assert "reset" in browser.page.text


@pytest.mark.behaviour("B04")
@pytest.mark.parametrize("typed", ["0664 1234567", "6641234567", "+43 664 1", "call me"])
def test_a_number_without_its_country_is_refused_with_an_example(desk: Desk, typed: str) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    browser.submit({"thing": "texts"})
    browser.submit({"number": typed})
    assert browser.page.title.startswith("Error:")
    assert "+4" in browser.page.text
    assert desk.mails("passcode") == []
    # What was typed is still there.
    assert browser.page.form("number").attributes("number")["value"] == typed
    browser.submit({"number": "+43 664 1234567"})
    assert len(sent(desk)) == 1


@pytest.mark.behaviour("B05")
def test_a_country_that_no_texts_go_to_leads_to_another_way(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    browser.submit({"thing": "texts"})
    browser.submit({"number": "+44 7911 123456"})
    assert "country" in browser.page.text
    assert desk.mails("passcode") == []
    browser.click("Choose another way")
    browser.submit({"thing": "mail"})
    type_code(browser, code(desk, ann.email))
    finish(browser)


def test_premium_numbers_are_not_texted(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    browser.submit({"thing": "texts"})
    browser.submit({"number": "+43 900 123456"})
    assert browser.page.title.startswith("Error:")
    assert desk.mails("passcode") == []


def test_a_wrong_number_is_exchanged(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    browser.submit({"thing": "texts"})
    browser.submit({"number": ANOTHER})
    old = code(desk, ANOTHER)
    browser.submit(press="back")
    assert browser.page.form("number").has("number")
    desk.forward(minutes=1)
    browser.submit({"number": NUMBER})
    type_code(browser, old)
    assert desk.held(ann) == ()
    type_code(browser, code(desk))
    finish(browser)
    assert desk.held(ann)[0].state == {"number": NUMBER}


@pytest.mark.behaviour("A55")
def test_where_only_the_app_is_allowed_nothing_else_is_offered(desk: Desk) -> None:
    desk.for_both(lambda rules: replace(rules, accepts=Accepts(kinds=frozenset({"totp"}))))
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    assert not things(browser) & {"texts", "mail"}
    for thing in ("texts", "mail"):
        browser.post(CHOOSE, {"thing": thing})
    assert desk.mails("passcode") == []
    browser.get(CHOOSE)
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    finish(browser)


def test_what_cannot_be_sent_is_not_offered(desk: Desk) -> None:
    _, version = desk.services.kept.load(desk.account.id, "sms")
    assert desk.services.kept.replace(desk.account.id, "sms", {}, version=version)
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = begin(desk, ann)
    assert "texts" not in things(browser)
    assert things(browser) >= {"app", "mail"}


@pytest.mark.behaviour("A56")
def test_a_programmable_token_is_seeded_from_the_page_and_its_code_is_accepted(desk: Desk) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    browser = begin(desk, ann)
    browser.submit({"thing": "token"})
    browser.submit()
    before = key_on(browser)
    form = browser.page.form("settings")
    wanted = {"algorithm": "SHA256", "period": "60", "digits": "8"}
    assert all(form.has(name) for name in wanted), form.inputs
    browser.submit(wanted, having="algorithm")
    key = key_on(browser)
    assert key == before
    # The token's program takes the key as hexadecimal digits.
    assert base64.b32decode(key).hex() in "".join(browser.page.text.split())
    token = pyotp.TOTP(key, digits=8, digest=hashlib.sha256, interval=60)
    type_code(browser, token.at(desk.clock.now()))
    finish(browser)

    desk.forward(minutes=2)
    later = desk.browser()
    desk.present_password(later, ann)
    later.submit({"passcode": token.at(desk.clock.now())})
    assert is_signed_in(later)


@pytest.mark.behaviour("A49")
def test_one_method_at_a_time_lets_a_new_one_take_the_place_of_the_first(desk: Desk) -> None:
    desk.for_both(lambda rules: replace(rules, one_method=True))
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    add(browser)
    browser.submit({"thing": "texts"})
    browser.submit({"number": NUMBER})
    type_code(browser, code(desk))
    assert [one.kind for one in desk.held(ann)] == ["sms"]
    sign_in_again(desk, ann, NUMBER)


@pytest.mark.behaviour("A49", "B48")
def test_without_that_rule_several_are_held_and_each_signs_in(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    add(browser)
    browser.submit({"thing": "texts"})
    browser.submit({"number": NUMBER})
    type_code(browser, code(desk))
    assert [one.kind for one in desk.held(ann)] == ["totp", "sms"]
    desk.sign_in(ann)


def add(browser: Browser) -> None:
    """Begin to set up another method from the profile."""
    browser.get("/profile/security")
    browser.post("/profile/security/set-up")
    if browser.page.path == "/sign-in/set-up":
        browser.submit(press="go=set_up")
    assert browser.page.path == CHOOSE, browser.page.url


@pytest.mark.security("SE6")
def test_abandoned_at_any_stage_nothing_is_left(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    for stages in range(1, 3):
        add(browser)
        for stage in range(stages):
            browser.submit({"thing": "texts"} if stage == 0 else {"number": NUMBER})
        browser.get("/profile/security")
        assert [one.kind for one in desk.held(ann)] == ["totp"]
        desk.forward(minutes=1)
    desk.sign_in(ann)


def test_the_address_on_file_is_where_mail_goes_after_it_was_changed(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_mailbox(desk, ann)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": code(desk, ann.email)})
    browser.get("/profile/address")
    browser.submit({"new_address": "ann@new.example"})
    typed = str(desk.mails("address_code", to="ann@new.example")[-1].params["code"])
    browser.submit({"address_code": typed}, having="address_code")
    assert desk.held(ann)[0].label == "a•••@n…"
    ann.email = "ann@new.example"
    sign_in_again(desk, ann, "ann@new.example")
