"""A newcomer's walk: the owner requires two-factor authentication, an agent is led through it; and turning off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Keyboard, Mouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.conftest import NewBrowser
    from tests.browser.hands import Hands
    from tests.demos import Demo


@pytest.fixture(params=["mouse", "keyboard", "no scripts"])
def opened(request: pytest.FixtureRequest, new_browser: NewBrowser) -> Callable[[], Hands]:
    """Open a new browser for somebody who uses the mouse, the keyboard alone, or runs no scripts."""

    def with_hands() -> Hands:
        if request.param == "keyboard":
            return Keyboard(new_browser())
        scripts = request.param == "mouse"
        return Mouse(new_browser(scripts=scripts), scripts=scripts)

    return with_hands


@pytest.mark.behaviour("A01")
@pytest.mark.behaviour("A08")
@pytest.mark.behaviour("A13")
def test_the_owner_requires_it(opened: Callable[[], Hands], demo: Demo) -> None:
    hands = opened()
    page = hands.page
    owner = demo.person("olivia")
    walks.give_password(hands, owner)
    walks.arrive(page, "Type your passcode")
    assert "twofold_session" not in walks.cookies(page)
    walks.give_passcode(hands, demo, owner["key"])
    walks.arrive(page, "Good to see you, Olivia Hart")
    assert "twofold_session" in walks.cookies(page)

    hands.unfold("Olivia Hart")
    hands.follow("Admin Center")
    walks.arrive(page, "First steps")
    hands.follow("Authentication")
    walks.arrive(page, "Authentication")
    team, end_users = (
        page.get_by_role("checkbox", name=label) for label in (walks.REQUIRE_TEAM, walks.REQUIRE_END_USERS)
    )
    expect(team).not_to_be_checked()
    expect(end_users).not_to_be_checked()
    hands.tick(walks.REQUIRE_TEAM)
    hands.press("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(team).to_be_checked()
    expect(end_users).not_to_be_checked()


@pytest.mark.behaviour("A09")
@pytest.mark.behaviour("A52")
@pytest.mark.behaviour("B06")
@pytest.mark.behaviour("B07")
@pytest.mark.behaviour("B08")
def test_an_agent_is_led_through_set_up(opened: Callable[[], Hands], demo: Demo) -> None:
    walks.require(opened(), demo, team=True)
    hands = opened()
    page = hands.page
    ann = demo.person("ann")
    assert ann["state"] == "Must set up"
    walks.give_password(hands, ann)
    walks.arrive(page, "Set up two-factor authentication")
    for elsewhere in ("/", "/profile/security", "/sign-in/passcode"):
        page.goto(elsewhere)
        walks.arrive(page, "Set up two-factor authentication")
    assert "twofold_session" not in walks.cookies(page)

    walks.prove_mailbox(hands, demo, ann)
    walks.choose_app(hands)
    read = walks.scanned(page)
    assert read["key"] == walks.key_in_letters(page)
    assert (read["issuer"], read["label"]) == ("Acme Support", "Acme Support:ann@acme.example")
    assert demo.person("ann")["key"] == ""
    hands.fill("Code that the app shows now", "000000")
    hands.press("Continue")
    expect(page).to_have_title(re.compile("^Error: Connect your app"))
    expect(page.get_by_text("That code is not right. Type the one your app shows now.")).to_be_visible()
    assert walks.scanned(page) == read
    hands.fill("Code that the app shows now", demo.passcode(read["key"]))
    hands.press("Continue")
    codes = walks.keep_codes(hands)
    assert len(set(codes)) == 10
    walks.arrive(page, "Good to see you, Ann Lindqvist")
    assert demo.person("ann")["state"] == "On, required"
    assert demo.person("ann")["key"] == read["key"]

    page.goto("/sign-in/set-up/recovery-codes")
    walks.arrive(page, "Good to see you, Ann Lindqvist")
    page.goto("/profile/security/recovery-codes")
    assert not any(code in page.content() for code in codes)


@pytest.mark.behaviour("B09")
@pytest.mark.behaviour("B10")
@pytest.mark.behaviour("A60")
def test_a_recovery_code_lets_somebody_in_once(opened: Callable[[], Hands], demo: Demo) -> None:
    ben = demo.person("ben")
    code = str(ben["recovery_codes"][0])
    hands = opened()
    walks.give_password(hands, ben)
    walks.arrive(hands.page, "Type your passcode")
    hands.fill("Passcode", code.lower().replace("-", " "))
    hands.press("Continue")
    walks.arrive(hands.page, "Where is your phone?")
    hands.press("It is elsewhere today Everything stays as it is.")
    walks.arrive(hands.page, "Good to see you, Ben Okafor")
    walks.sign_out(hands, ben)

    walks.give_password(hands, ben)
    walks.arrive(hands.page, "Type your passcode")
    hands.follow("Use a recovery code")
    walks.arrive(hands.page, "Type a recovery code")
    hands.fill("Recovery code", code)
    hands.press("Continue")
    expect(hands.page.get_by_text("That code was used on")).to_be_visible()
    hands.fill("Recovery code", str(ben["recovery_codes"][1]))
    hands.press("Continue")
    walks.arrive(hands.page, "Where is your phone?")


@pytest.mark.behaviour("A42")
@pytest.mark.behaviour("B55")
def test_turning_it_off(opened: Callable[[], Hands], demo: Demo) -> None:
    hands = opened()
    ben = walks.sign_in(hands, demo, "ben")
    demo.forward("6m")
    hands.unfold("Ben Okafor")
    hands.follow("Security settings")
    walks.arrive(hands.page, "Security settings")
    hands.follow("Turn two-factor authentication off")
    walks.arrive(hands.page, "Turn two-factor authentication off?")
    hands.press("Turn it off")
    walks.arrive(hands.page, "Is it still you?")
    hands.fill("Passcode", demo.passcode(ben["key"]))
    hands.press("Go on")
    walks.arrive(hands.page, "Security settings")
    assert demo.person("ben")["state"] == "Off"
    walks.sign_out(hands, ben)
    walks.sign_in(hands, demo, "ben", asks=False)


@pytest.mark.behaviour("A44")
@pytest.mark.behaviour("A46")
def test_nobody_turns_off_what_is_required(opened: Callable[[], Hands], demo: Demo) -> None:
    walks.require(opened(), demo, team=True)
    hands = opened()
    walks.sign_in(hands, demo, "ben")
    hands.unfold("Ben Okafor")
    hands.follow("Security settings")
    walks.arrive(hands.page, "Security settings")
    expect(hands.page.get_by_text("On, required", exact=True)).to_be_visible()
    expect(hands.page.get_by_role("link", name="Turn two-factor authentication off")).to_have_count(0)
    expect(hands.page.locator("section", has_text="Keep it on, or turn it off")).to_contain_text("Acme Support")
