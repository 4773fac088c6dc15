"""The texts of a day: end users never use them all up, and owners and admins hear when they run out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import give_phone, texts_go_to
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.settings import settings

if TYPE_CHECKING:
    from tests.walks.kit import Desk, Mail, Somebody

TEXTS = "/admin/account/texts"


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


def with_phone(desk: Desk, number: int, role: Role = Role.END_USER) -> Somebody:
    somebody = desk.add(f"person{number}@acme.example", role, chosen=True)
    give_phone(desk, somebody, f"+43664{number:07}")
    return somebody


def ask_for_text(desk: Desk, somebody: Somebody) -> None:
    desk.present_password(desk.browser(), somebody)


def texts(desk: Desk) -> list[Mail]:
    return [one for one in desk.mails("passcode") if one.to.startswith("+")]


def told(desk: Desk) -> list[int]:
    return [int(str(mail.params["percent"])) for mail in desk.mails("texts_used_up", to="olga@acme.example")]


@pytest.mark.security("SC9")
def test_stolen_passwords_of_end_users_keep_nobody_of_the_team_out(desk: Desk, olga: Somebody) -> None:
    texts_go_to(desk, "AT", budget=10)
    for number in range(20):
        ask_for_text(desk, with_phone(desk, number))
    assert len(texts(desk)) == 8

    agent = with_phone(desk, 99, Role.AGENT)
    browser = desk.browser()
    desk.present_password(browser, agent)
    assert len(texts(desk)) == 9
    browser.submit({"passcode": str(texts(desk)[-1].params["code"])}, having="passcode")
    assert is_signed_in(browser)


@pytest.mark.security("SC9")
def test_the_team_may_use_them_all(desk: Desk, olga: Somebody) -> None:
    texts_go_to(desk, "AT", budget=10)
    for number in range(12):
        ask_for_text(desk, with_phone(desk, number, Role.AGENT))
    assert len(texts(desk)) == 10
    ask_for_text(desk, with_phone(desk, 50))
    assert len(texts(desk)) == 10


def test_owners_and_admins_hear_of_it_once_a_day_each(desk: Desk, olga: Somebody) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN)
    texts_go_to(desk, "AT", budget=10)
    for number in range(7):
        ask_for_text(desk, with_phone(desk, number, Role.AGENT))
    assert not told(desk)
    ask_for_text(desk, with_phone(desk, 7, Role.AGENT))
    assert told(desk) == [80]
    assert {mail.to for mail in desk.mails("texts_used_up")} == {olga.email, adam.email}
    mail = desk.mails("texts_used_up")[0]
    assert "80 % of the 10 texts" in mail.text
    assert "End users together get 8 at most" in mail.text
    for number in range(8, 14):
        ask_for_text(desk, with_phone(desk, number, Role.AGENT))
    assert told(desk) == [80, 100]
    last = desk.mails("texts_used_up", to=olga.email)[-1]
    assert "Until 5 May 2026, 01:00 BST nobody gets a code by text." in last.text
    # A larger budget on the same day is told of neither share a second time; the next day is another one.
    texts_go_to(desk, "AT", budget=20)
    for number in range(20, 26):
        ask_for_text(desk, with_phone(desk, number, Role.AGENT))
    assert told(desk) == [80, 100]
    desk.forward(days=1)
    texts_go_to(desk, "AT", budget=1)
    ask_for_text(desk, with_phone(desk, 30, Role.AGENT))
    assert told(desk) == [80, 100, 100], "both shares at once are one mail"


def test_the_operator_sets_the_share(desk: Desk, olga: Somebody, monkeypatch: pytest.MonkeyPatch) -> None:
    another = settings().model_copy(update={"sms_end_users_percent": 30})
    monkeypatch.setattr(desk.services.texts, "_settings", another)
    texts_go_to(desk, "AT", budget=10)
    for number in range(6):
        ask_for_text(desk, with_phone(desk, number))
    assert len(texts(desk)) == 3
    assert "end users together get 3 at most" in desk.sign_in(olga).get(TEXTS).text


def test_the_share_is_counted_by_days(desk: Desk, olga: Somebody) -> None:
    texts_go_to(desk, "AT", budget=1)
    ann, bob = with_phone(desk, 1), with_phone(desk, 2)
    ask_for_text(desk, ann)
    ask_for_text(desk, bob)
    assert len(texts(desk)) == 1
    tomorrow = desk.clock.now().replace(hour=0, minute=0) + timedelta(days=1)
    desk.forward(seconds=(tomorrow - desk.clock.now()).total_seconds())
    ask_for_text(desk, bob)
    assert len(texts(desk)) == 2
