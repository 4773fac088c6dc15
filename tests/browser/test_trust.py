"""How often a passcode is asked for: on the browser where it was given, on another, and by another person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Mouse

if TYPE_CHECKING:
    from tests.browser.conftest import NewBrowser
    from tests.demos import Demo

BOX = "Don\N{RIGHT SINGLE QUOTATION MARK}t ask again on this computer for 30 days"


@pytest.mark.behaviour("A31")
@pytest.mark.behaviour("A33")
@pytest.mark.behaviour("B16")
def test_once_in_thirty_days_on_one_browser(new_browser: NewBrowser, demo: Demo) -> None:
    hands = Mouse(new_browser())
    ben = demo.person("ben")
    walks.give_password(hands, ben)
    walks.arrive(hands.page, "Type your passcode")
    expect(hands.page.get_by_role("checkbox", name=BOX)).to_be_checked()
    walks.give_passcode(hands, demo, ben["key"])
    walks.arrive(hands.page, "Good to see you, Ben Okafor")
    walks.sign_out(hands, ben)

    other = Mouse(new_browser())
    walks.give_password(other, ben)
    walks.arrive(other.page, "Type your passcode")

    adam = demo.person("adam")
    walks.give_password(hands, adam)
    walks.arrive(hands.page, "Type your passcode")
    expect(hands.page.get_by_role("checkbox", name=BOX)).not_to_be_checked()

    demo.forward("29d")
    walks.sign_in(hands, demo, "ben", asks=False)
    walks.sign_out(hands, ben)
    demo.forward("2d")
    walks.sign_in(hands, demo, "ben", asks=True)


@pytest.mark.behaviour("A32")
def test_somebody_may_be_asked_every_time(new_browser: NewBrowser, demo: Demo) -> None:
    hands = Mouse(new_browser())
    ben = walks.sign_in(hands, demo, "ben")
    hands.page.goto("/profile/security")
    hands.tick("Ask me at every sign-in, on every computer")
    hands.page.locator("section", has_text="How often you are asked").get_by_role("button", name="Save").click()
    walks.arrive(hands.page, "Security settings")
    walks.sign_out(hands, ben)
    walks.give_password(hands, ben)
    walks.arrive(hands.page, "Type your passcode")
    expect(hands.page.get_by_role("checkbox", name=BOX)).not_to_be_checked()


@pytest.mark.behaviour("A34")
@pytest.mark.behaviour("B02")
def test_the_account_may_ask_everybody_every_time(new_browser: NewBrowser, demo: Demo) -> None:
    admin = Mouse(new_browser())
    walks.sign_in(admin, demo, "olivia")
    admin.page.goto(walks.AUTHENTICATION)
    admin.tick(walks.REQUIRE_TEAM)
    section = admin.page.locator("section", has_text="Team members").first
    section.locator("summary", has_text="How often, and for how long").click()
    section.get_by_label("Days a trusted computer is not asked again").fill("0")
    admin.press("Save")
    expect(admin.page.get_by_text("Saved.")).to_be_visible()

    hands = Mouse(new_browser())
    for _ in range(2):
        ben = demo.person("ben")
        walks.give_password(hands, ben)
        walks.arrive(hands.page, "Type your passcode")
        expect(hands.page.get_by_role("checkbox")).to_have_count(0)
        walks.give_passcode(hands, demo, ben["key"])
        walks.arrive(hands.page, "Good to see you, Ben Okafor")
        walks.sign_out(hands, ben)


@pytest.mark.behaviour("A39")
@pytest.mark.behaviour("A40")
@pytest.mark.behaviour("A41")
@pytest.mark.behaviour("A45")
def test_when_a_requirement_ends(new_browser: NewBrowser, demo: Demo) -> None:
    walks.require(Mouse(new_browser()), demo, team=True)
    assert demo.person("cara")["state"].startswith("Exempt until")
    walks.sign_in(Mouse(new_browser()), demo, "cara", asks=False)
    ann = Mouse(new_browser())
    walks.give_password(ann, demo.person("ann"))
    walks.set_up_app(ann, demo, demo.person("ann"))
    walks.arrive(ann.page, "Good to see you, Ann Lindqvist")
    assert demo.person("ann")["state"] == "On, required"

    since = demo.now()
    demo.forward("1h")
    walks.require(Mouse(new_browser()), demo, team=False)
    assert demo.person("ann")["state"] == "Set up, not asked"
    assert demo.mail("ann@acme.example", since=since)
    walks.sign_in(Mouse(new_browser()), demo, "ann", asks=False)
    walks.sign_in(Mouse(new_browser()), demo, "ben", asks=True)
