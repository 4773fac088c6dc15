"""What mails, the log and the pages say of a method that was added, changed, replaced or removed: always which one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes, group_kit
from tests.walks.kit import App, codes_on, is_signed_in, key_on
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

HERE = "/profile/security"


@pytest.fixture
def una(desk: Desk) -> Somebody:
    """Return an agent with an app, in a house that can text."""
    codes.texts_go_to(desk, "AT")
    return desk.add("una@acme.example", app=True, chosen=True)


@pytest.mark.behaviour("B59")
def test_the_mail_after_another_way_says_what_it_is_and_what_stays(desk: Desk, una: Somebody) -> None:
    browser = desk.sign_in(una)
    to_choices(browser)
    codes.set_up_texts(desk, browser)
    (mail,) = desk.mails("factor_set_up", to=una.email)
    assert "Another second factor was added to your sign-in" in mail.text
    assert "New:\n- Text messages to •••• 4567\n" in mail.text
    assert f"What you had before stays:\n- Authenticator app “{una.email}”\n" in mail.text
    assert "Removed" not in mail.text


@pytest.mark.behaviour("A47", "B59")
def test_the_mail_after_a_new_number_says_that_the_old_one_no_longer_works(desk: Desk, una: Somebody) -> None:
    codes.give_phone(desk, una, "+436649876543")
    browser = desk.sign_in(una)
    phone = next(one for one in desk.held(una) if one.kind == "sms")
    browser.post(f"{HERE}/methods/{phone.id}/replace", {"same": "1"})
    browser.submit({"number": codes.NUMBER})
    browser.submit({"passcode": codes.code(desk)}, having="passcode")
    (mail,) = desk.mails("factor_replaced", to=una.email)
    assert "in place of another." in mail.text
    assert "New:\n- Text messages to •••• 4567\n" in mail.text
    assert "Removed; it no longer works:\n- Text messages to •••• 6543\n" in mail.text
    assert f"This stays as it was:\n- Authenticator app “{una.email}”\n" in mail.text
    assert "asked for a code of the new one" not in mail.text, "the app opens it as well"
    page = browser.get(HERE)
    assert "A method took the place of another: Text messages." in page.text


@pytest.mark.behaviour("A49", "B59")
def test_where_one_takes_the_place_of_all_the_mail_says_which_went(desk: Desk, una: Somebody) -> None:
    desk.for_both(lambda rules: replace(rules, one_method=True))
    browser = desk.sign_in(una)
    to_choices(browser)
    codes.set_up_texts(desk, browser)
    (mail,) = desk.mails("factor_replaced", to=una.email)
    assert "in place of what you had before." in mail.text
    assert f"Removed; it no longer works:\n- Authenticator app “{una.email}”\n" in mail.text
    assert "stays as it was" not in mail.text


@pytest.mark.behaviour("B59")
def test_an_app_that_was_removed_is_not_taken_for_the_address_that_it_is_named_by(desk: Desk, una: Somebody) -> None:
    codes.give_phone(desk, una)
    browser = desk.sign_in(una)
    app = next(one for one in desk.held(una) if one.kind == "totp")
    page = browser.get(HERE)
    assert f"<strong>Authenticator app “{una.email}”</strong>" in page.html
    assert "<strong>Text messages to •••• 4567</strong>" in page.html
    browser.post(f"{HERE}/methods/{app.id}/remove")
    (mail,) = desk.mails("factor_removed", to=una.email)
    assert f"Removed:\n- Authenticator app “{una.email}”\n" in mail.text
    assert f"factor “{una.email}”" not in mail.text
    assert "This stays as it was:\n- Text messages to •••• 4567\n" in mail.text
    assert "A method was removed: Authenticator app." in browser.get(HERE).text
    boss = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    log = desk.sign_in(boss).get("/admin/account/audit?kind=second_factor.removed")
    assert "A method was removed: Authenticator app." in log.text
    assert "Method: Authenticator app" in log.text


def test_the_mail_after_turning_off_says_what_went(desk: Desk, una: Somebody) -> None:
    browser = desk.sign_in(una)
    browser.post(f"{HERE}/turn-off")
    (mail,) = desk.mails("two_factor_turned_off", to=una.email)
    assert f"no longer works:\n- Authenticator app “{una.email}”\nRecovery codes are void, too." in mail.text


@pytest.mark.behaviour("B48")
def test_once_the_preferred_is_gone_the_next_is_said_to_be_asked_first(desk: Desk, una: Somebody) -> None:
    codes.give_phone(desk, una)
    codes.give_mailbox(desk, una)
    browser = desk.sign_in(una)
    app, following, _ = desk.held(una)
    assert app.preferred
    browser.post(f"{HERE}/methods/{app.id}/remove")
    page = browser.get(HERE)
    assert page.html.count(">asked first<") == 1
    row = page.html[page.html.index(f"methods/{following.id}/rename") - 900 :]
    assert row.index(">asked first<") < row.index("/rename")
    assert not [form for form in page.forms if form.action.endswith(f"/{following.id}/prefer")]
    elsewhere = desk.browser()
    desk.present_password(elsewhere, una)
    assert following.label in elsewhere.page.text


@pytest.mark.behaviour("A56")
def test_a_token_is_called_one_wherever_it_is_met(desk: Desk, browser: Browser) -> None:
    cleo = desk.add("cleo@acme.example")
    app = program(desk, browser, cleo)
    (mail,) = desk.mails("factor_set_up", to=cleo.email)
    assert f"New:\n- Hardware token “{cleo.email}”\n" in mail.text
    page = browser.get(HERE)
    assert f"Hardware token “{cleo.email}”" in page.text
    assert "A method was set up: Hardware token." in page.text
    assert "Authenticator app “" not in page.text
    # At sign-in.
    desk.forward(seconds=60)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, cleo)
    assert "Type the code that your token shows for Acme Support." in elsewhere.page.text
    elsewhere.submit({"passcode": app.wrong_code()})
    assert "Type the one your token shows now." in elsewhere.page.text
    stuck = elsewhere.get("/sign-in/cannot-get-a-code")
    assert "The token's clock is off." in stuck.text
    assert "phone" not in stuck.text
    desk.forward(seconds=60)
    elsewhere.get("/sign-in/passcode")
    at = app.code(ahead=timedelta(minutes=-4))
    elsewhere.submit({"passcode": at})
    assert "Set the token's clock with the program that came with it" in elsewhere.page.text
    # To admins.
    boss = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    as_owner = desk.sign_in(boss)
    policy = as_owner.get("/admin/account/security/advanced/authentication")
    assert "A hardware token that takes a key of ours counts as one." in policy.text
    assert f"Hardware token “{cleo.email}”" in as_owner.get(f"/admin/people/{cleo.id}").text
    assert "Method: Hardware token" in as_owner.get("/admin/account/audit?kind=enrolment.confirmed").text


@pytest.mark.behaviour("A56")
def test_beside_an_app_the_token_is_named_as_well(desk: Desk, una: Somebody) -> None:
    browser = desk.sign_in(una)
    to_choices(browser)
    app = program_here(desk, browser)
    desk.forward(seconds=60)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, una)
    assert "Take the code of Acme Support from your authenticator app, or from your token." in elsewhere.page.text
    # Which clock is off is told of the one that the code is of.
    elsewhere.submit({"passcode": app.code(ahead=timedelta(minutes=-4))})
    assert "Set the token's clock with the program that came with it" in elsewhere.page.text
    desk.forward(seconds=60)
    elsewhere.submit({"passcode": una.app.code(ahead=timedelta(minutes=-4))})
    assert "Set the phone's clock to automatic" in elsewhere.page.text
    desk.forward(seconds=60)
    elsewhere.submit({"passcode": app.code()})
    assert is_signed_in(elsewhere)


def test_who_goes_back_to_an_app_has_an_app(desk: Desk, una: Somebody) -> None:
    browser = desk.sign_in(una)
    to_choices(browser)
    browser.submit({"thing": "token"})
    key = _show(browser)
    browser.get("/sign-in/set-up/choose")
    browser.submit({"thing": "computer"})
    assert browser.page.title.startswith("Connect your app")
    assert _show(browser) == key, "it may be in the app already"
    app = App(key, desk.clock)
    browser.submit({"passcode": app.code()}, having="passcode")
    assert [one.thing for one in desk.held(una)] == ["", ""]


def to_choices(browser: Browser) -> None:
    """Begin another way from the profile."""
    codes.begin_from_profile(browser)
    browser.submit()


def program(desk: Desk, browser: Browser, somebody: Somebody) -> App:
    """Choose a token while set-up is forced."""
    desk.require()
    desk.present_password(browser, somebody)
    codes.to_choices(desk, browser, somebody)
    app = program_here(desk, browser)
    assert codes_on(browser)
    browser.submit(having="saved")
    browser.submit()
    assert is_signed_in(browser)
    return app


def program_here(desk: Desk, browser: Browser) -> App:
    """Choose a token, and put the key of the page into it."""
    browser.submit({"thing": "token"})
    assert browser.page.title.startswith("Program your token")
    assert "authenticator app" not in browser.page.text
    app = App(_show(browser), desk.clock)
    assert browser.page.title.startswith("Program your token")
    browser.submit({"passcode": app.wrong_code()}, having="passcode")
    assert "Type the one your token shows now." in browser.page.text
    browser.submit({"passcode": app.code()}, having="passcode")
    return app


def _show(browser: Browser) -> str:
    browser.submit()
    return key_on(browser)


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_what_an_admin_did_names_them_and_the_group_and_not_their_device(desk: Desk, role: Role) -> None:
    vic = desk.add("vic@acme.example", role, app=True, chosen=True)
    mine = desk.sign_in(vic)
    boss = desk.browser(address="203.0.113.77")
    desk.sign_in(desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True), boss)
    group_kit.make(boss, "Night shift")
    group = boss.page.path
    group_kit.put_in(boss, group, vic)
    page = mine.get(HERE)
    assert "This person was put into the group “Night shift”." in page.text
    assert ("by Olive" if role is Role.AGENT else "by an admin") in page.text
    assert ("Olive" in page.html.partition("What happened lately")[2]) is (role is Role.AGENT)
    assert "203.0.113.77" not in page.text
    # Whoever answers for it reads where it was done.
    assert "203.0.113.77" in boss.get(f"/admin/people/{vic.id}").text
