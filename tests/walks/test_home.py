"""The start page: what it says of a requirement that comes, and what it is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra
from twofold.core.policy import Accepts, Requirement
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

# A week after the clock's Monday, 08:00 UTC, is 09:00 in London.
ANNOUNCED = "From Monday 11 May, 09:00, Acme Support asks you for a second factor when you sign in."


def may_put_off(desk: Desk, somebody: Somebody) -> bool:
    """Sign in on a new browser, choose "Later" where that is offered, and say whether it opened the start page."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    assert browser.page.path == "/sign-in/set-up"
    if not any(("go", "later", "Later") in form.buttons for form in browser.page.forms):
        return False
    browser.submit(press="go=later")
    return is_signed_in(browser)


@pytest.fixture
def coming(desk: Desk) -> None:
    """Require it of the team in a week."""
    wanted = Requirement(starts_at=desk.clock.now() + timedelta(days=7))
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=wanted)))


@pytest.mark.usefixtures("coming")
def test_a_coming_requirement_is_announced_and_set_up_at_once(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.sign_in(ann, browser)
    assert f"{ANNOUNCED} Setting it up takes about two minutes." in browser.page.text
    browser.submit()
    assert browser.page.path == "/sign-in/set-up"
    desk.set_up(ann, browser)
    assert desk.held(ann)
    assert "asks you for a second factor" not in browser.get("/").text, "who is asked already knows it"


@pytest.mark.usefixtures("coming")
def test_whoever_has_something_is_told_that_it_will_do(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example", app=True))
    assert f"{ANNOUNCED} What you have set up will do." in browser.page.text
    assert not browser.page.forms


@pytest.mark.parametrize(
    ("skips", "how_often"),
    [(None, ""), (1, ", once at most"), (3, ", 3 times at most")],
    ids=["as-often-as-liked", "1", "3"],
)
def test_whoever_may_put_it_off_is_told_until_when(
    desk: Desk, browser: Browser, skips: int | None, how_often: str
) -> None:
    starts_at = desk.clock.now() + timedelta(days=7)
    wanted = Requirement(starts_at=starts_at, grace_for=timedelta(days=14), skips=skips)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=wanted)))
    ann = desk.add("ann@acme.example")
    desk.sign_in(ann, browser)
    put_off = f"{ANNOUNCED[:-1]}; you may put it off until Monday 25 May, 09:00{how_often}."
    assert f"{put_off} Setting it up takes about two minutes." in browser.page.text
    # Whoever has something is asked from the first day on.
    has_app = desk.sign_in(desk.add("ben@acme.example", app=True))
    assert f"{ANNOUNCED} What you have set up will do." in has_app.page.text
    # What the page promised holds: so many times, and until that day.
    desk.forward(days=7)
    for _ in range(skips or 5):
        assert may_put_off(desk, ann)
    assert may_put_off(desk, ann) is (skips is None)
    desk.forward(days=14)
    assert not may_put_off(desk, ann)


def test_nothing_is_promised_that_another_requirement_takes_back(desk: Desk, browser: Browser) -> None:
    now = desk.clock.now()
    ann = desk.add("ann@acme.example")
    first = Requirement(starts_at=now + timedelta(days=7), grace_for=timedelta(days=14))
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=first)))
    own = Extra(required=Requirement(starts_at=now + timedelta(days=9)))
    desk.change(ann, own_rule=own)
    desk.sign_in(ann, browser)
    assert f"{ANNOUNCED} Setting it up takes about two minutes." in browser.page.text


@pytest.mark.usefixtures("coming")
def test_nobody_is_told_whom_it_will_not_ask(desk: Desk) -> None:
    until = desk.clock.now() + timedelta(days=30)
    for somebody in (
        desk.add("carl@example.org", Role.END_USER),
        desk.add("eve@acme.example", exempt_until=until, exempt_because="abroad"),
    ):
        assert "asks you for a second factor" not in desk.sign_in(somebody).page.text


def test_an_agent_who_may_help_is_led_to_it(desk: Desk) -> None:
    ben = desk.sign_in(desk.add("ben@acme.example", helps_since=desk.clock.now()))
    assert any(words == "Help people sign in" for url, words in ben.page.links if url == "/admin/help")
    assert "End users who ask for it, or whom you look up." in ben.page.text
    ann = desk.sign_in(desk.add("ann@acme.example"))
    assert "Help people sign in" not in ann.page.text


def test_a_name_that_says_what_the_site_is_says_it_once(desk: Desk) -> None:
    team = desk.sign_in(desk.add("ann@acme.example"))
    assert 'class="area"' not in team.page.html
    end_user = desk.sign_in(desk.add("carl@example.org", Role.END_USER))
    assert '<span>Acme Support <span class="area">Help Center</span></span>' in end_user.page.html


def test_whoever_is_signed_in_when_it_is_required_at_once_is_told_so(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.sign_in(ann, browser)
    assert "At your next sign-in" not in browser.page.text
    desk.require()
    page = browser.get("/")
    assert "has required it since" in page.text
    assert "At your next sign-in you have to set it up before anything else." in page.text
    browser.submit()
    assert browser.page.path == "/sign-in/set-up"
    desk.set_up(ann, browser)
    assert "At your next sign-in" not in browser.get("/").text


def test_after_the_last_later_no_date_is_promised_any_more(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    wanted = Requirement(starts_at=desk.clock.now(), grace_for=timedelta(days=7), skips=2)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=wanted)))
    desk.sign_in(ann, browser)
    page = browser.get("/")
    assert "has to be set up by 11 May. You can sign in without it 1 more time." in page.text
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert "You can leave this once more. This is the last time" in browser.page.text
    assert "until 11 May" not in browser.page.text
    page = browser.submit(press="go=later")
    assert page.path == "/"
    assert "11 May" not in page.text
    assert "At your next sign-in you have to set it up before anything else." in page.text
    assert not may_put_off(desk, ann)


@pytest.mark.behaviour("B50")
def test_whose_only_way_no_longer_counts_is_told_what_to_do(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    codes.texts_go_to(desk, "AT")
    codes.give_phone(desk, ann)
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, codes.NUMBER)}, having="passcode")
    assert "no longer counts" not in browser.get("/").text
    until = desk.clock.now() + timedelta(minutes=30)
    accepts = Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=until)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, accepts=accepts)))
    page = browser.get("/")
    assert "What you have set up no longer counts at Acme Support: Text messages. Until 4 May" in page.text
    assert "after that you need help to sign in." in page.text
    assert [form.buttons for form in browser.get("/profile/security").forms if form.action.endswith("/set-up")]
    browser.get("/")
    page = browser.submit()
    assert page.path == "/sign-in/set-up"
    desk.forward(minutes=31)
    page = browser.get("/")
    assert "It does not open set-up any more either, so you need help at your next sign-in." in page.text
    assert not page.forms
