"""Nobody pumps texts through the pages: strangers cause none, and whoever may cause some soon causes no more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import ANOTHER, NUMBER, code, give_mailbox, give_phone, sent, texts_go_to
from tests.walks.kit import PASSWORD, is_signed_in, stored_bytes
from tests.walks.routes import all_paths

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Mail

EVERYTHING = {
    "email": "ann@acme.example",
    "password": "not her password",
    "number": ANOTHER,
    "kind": "sms",
    "thing": "texts",
    "again": "1",
    "proof_again": "1",
    "proof_kind": "sms",
    "passcode": "123456",
    "go": "set_up",
}


def texts(desk: Desk) -> list[Mail]:
    return [mail for mail in desk.mails() if mail.message.channel == "sms"]


@pytest.mark.security("SC9")
def test_strangers_cause_no_text_and_no_code_at_any_address(desk: Desk) -> None:
    texts_go_to(desk, "AT")
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    give_mailbox(desk, ann)
    browser = desk.browser()
    token = browser.token()
    for path in all_paths():
        browser.get(path, follow=False)
        for fields in (EVERYTHING, {**EVERYTHING, "password": PASSWORD, "email": "nobody@acme.example"}):
            browser.post(path, {**fields, "csrfmiddlewaretoken": token}, follow=False, token=False)
    assert texts(desk) == []
    assert sent(desk, ann.email) == []


@pytest.mark.security("SC9")
def test_a_guessed_password_is_the_end_of_what_a_stranger_can_send(desk: Desk) -> None:
    texts_go_to(desk, "AT")
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    began = desk.clock.now()
    # Somebody who has the password, and every other address of the world.
    for turn in range(24 * 3):
        browser = desk.browser(address=f"192.0.2.{turn}")
        desk.present_password(browser, ann)
        desk.forward(minutes=5)
        browser.post("/sign-in/passcode", {"again": "1"})
        desk.forward(minutes=15)
    assert (desk.clock.now() - began).days == 1
    assert len(texts(desk)) == 5
    # And what they cannot know lets nobody in.
    assert desk.sessions(ann) == 0


@pytest.mark.security("SC9")
def test_somebody_who_sets_up_cannot_text_half_a_country(desk: Desk) -> None:
    texts_go_to(desk, "AT")
    desk.require()
    ann = desk.add("ann@acme.example")
    browser = in_the_wizard(desk, desk.browser())
    for number in range(40):
        if browser.get("/sign-in/set-up/choose").status == 410:
            browser = in_the_wizard(desk, desk.browser())
        browser.submit({"thing": "texts"})
        if not any(form.has("number") for form in browser.page.forms):
            browser.post("/sign-in/set-up/connect", {"back": "1"})
        browser.submit({"number": f"+43664{number:07}"}, having="number")
        desk.forward(minutes=3)
    assert len(texts(desk)) <= 10
    assert desk.held(ann) == ()


@pytest.mark.security("SC9")
def test_numbers_of_nobody_do_not_use_up_the_texts_of_those_who_proved_theirs(desk: Desk) -> None:
    texts_go_to(desk, "AT", budget=10)
    desk.require()
    for number in range(8):
        somebody = desk.add(f"new{number}@acme.example")
        browser = in_the_wizard(desk, desk.browser(), somebody.email)
        browser.submit({"thing": "texts"})
        browser.submit({"number": f"+43664{number}234567"}, having="number")
    assert len(texts(desk)) == 4, "half of what end users may use"
    assert "No code can be sent" in browser.page.text

    ann = desk.add("ann@acme.example")
    give_phone(desk, ann)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": code(desk)}, having="passcode")
    assert is_signed_in(browser)


def in_the_wizard(desk: Desk, browser: Browser, email: str = "ann@acme.example") -> Browser:
    browser.get("/sign-in")
    browser.submit({"email": email, "password": PASSWORD})
    browser.submit(press="go=set_up")
    desk.forward(minutes=1)
    browser.submit({"mailbox_code": str(desk.mails("mailbox_code")[-1].params["code"])})
    return browser


@pytest.mark.security("SC9")
def test_when_the_budget_of_the_day_is_used_up_there_is_another_way_in(desk: Desk) -> None:
    texts_go_to(desk, "AT", budget=1)
    ann, bo = desk.add("ann@acme.example", chosen=True), desk.add("bo@acme.example", app=True, chosen=True)
    give_phone(desk, ann)
    give_phone(desk, bo, ANOTHER, preferred=True)
    desk.present_password(desk.browser(), ann)
    browser = desk.browser()
    desk.present_password(browser, bo)
    assert len(texts(desk)) == 1
    assert sent(desk, ANOTHER) == []
    assert "another way" in browser.page.text
    browser.post("/sign-in/other-way", {"kind": "totp"})
    browser.submit({"passcode": bo.app.next_code()})
    assert is_signed_in(browser)


@pytest.mark.security("SD10")
def test_a_live_code_and_a_whole_number_stand_nowhere_but_in_the_message(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts_go_to(desk, "AT")
    desk.require()
    ann = desk.add("ann@acme.example")
    browser = in_the_wizard(desk, desk.browser())
    browser.submit({"thing": "texts"})
    browser.submit({"number": NUMBER})
    live = code(desk)
    for path in all_paths():
        browser.get(path, follow=False)
    browser.get("/sign-in/set-up/connect")
    answers = b"".join(page.content + repr(page.headers).encode() for page in browser.seen)
    # What the person typed is shown back to nobody, once it was taken.
    assert live.encode() not in answers
    assert NUMBER[1:].encode() not in answers
    assert live not in caplog.text
    assert NUMBER[1:] not in caplog.text
    # On the disk both are sealed: in what is pending, and in the message until it was handed over.
    stored = stored_bytes()
    assert NUMBER[1:].encode() not in stored
    assert f'"{live}"'.encode() not in stored
    browser.submit({"passcode": live}, having="passcode")
    assert NUMBER[1:].encode() not in stored_bytes()
    assert [one.kind for one in desk.held(ann)] == ["sms"]
