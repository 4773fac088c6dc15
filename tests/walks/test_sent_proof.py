"""Fresh proof by sent codes: a change that needs it asks for a code, sends it, and keeps what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import code, give_mailbox, give_phone, sent, texts_go_to

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

RENEW = "/profile/security/recovery-codes"


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    texts_go_to(desk, "AT")


def signed_in(desk: Desk, ann: Somebody) -> Browser:
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": code(desk)})
    desk.forward(minutes=10)
    browser.get("/profile/security")
    return browser


def ask_for_codes(browser: Browser) -> None:
    browser.post(RENEW)
    assert browser.page.form("proof_passcode").has("proof_passcode"), browser.page.text


@pytest.mark.behaviour("B55")
@pytest.mark.parametrize("typed_wrong", [False, True])
def test_a_change_sends_a_code_and_goes_on_with_it(desk: Desk, typed_wrong: bool) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = signed_in(desk, ann)
    before = len(sent(desk))

    ask_for_codes(browser)

    assert len(sent(desk)) == before + 1
    assert "•••• 4567" in browser.page.text
    if typed_wrong:
        browser.submit({"proof_passcode": "000000"}, having="proof_passcode")
        assert "not right" in browser.page.text
        assert len(sent(desk)) == before + 1
        desk.forward(seconds=2)
    browser.submit({"proof_passcode": code(desk)}, having="proof_passcode")
    assert "<code>" in browser.page.html
    assert desk.events("proof.given")[-1].detail["kind"] == "sms"


def test_another_way_gives_the_proof_as_well(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann, preferred=True)
    give_mailbox(desk, ann)
    browser = signed_in(desk, ann)
    ask_for_codes(browser)
    browser.submit(press="proof_way=email")
    assert len(sent(desk, ann.email)) == 1
    browser.submit({"proof_passcode": code(desk, ann.email)}, having="proof_passcode")
    assert "<code>" in browser.page.html


def test_the_code_of_the_sign_in_is_no_proof_later(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = signed_in(desk, ann)
    used = code(desk)
    ask_for_codes(browser)
    browser.submit({"proof_passcode": used}, having="proof_passcode")
    assert "<code>" not in browser.page.html
