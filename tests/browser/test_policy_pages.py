"""The pages of the policy over groups and people, as everybody meets them: axe, dark, and on a small phone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse
from tests.browser.inspecting import shoot

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo


def unfold_all(page: Page) -> None:
    for summary in page.locator("main details.more > summary").all():
        summary.click()


def test_pages_of_the_ways_that_count(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto(walks.AUTHENTICATION)
    unfold_all(page)
    expect(page.locator(".old-ones").first).to_be_hidden()
    page.locator("#team_way_sms").uncheck()
    expect(page.locator(".old-ones").first).to_be_visible()
    page.locator("#team_way_email").uncheck()
    inspector.look(page, "ways that count")
    hands.press("See what this does first")
    inspector.look(page, "what other ways do")
    hands.press("Back to the form")
    unfold_all(page)
    page.locator("#team_way_totp").uncheck()
    hands.press("Save")
    expect(page).to_have_title("Error: Authentication · Acme Support")
    expect(page.get_by_text("Tick at least one way").first).to_be_visible()
    inspector.look(page, "no way left")
    page.goto("/profile/security")
    inspector.look(page, "what one can set up")


def test_pages_of_groups(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/people/groups")
    inspector.look(page, "no groups")
    hands.follow("Add a group")
    hands.press("Save")
    expect(page).to_have_title("Error: Add a group · Acme Support")
    unfold_all(page)
    inspector.look(page, "a group without a name")
    hands.fill("Name", "Night shift")
    hands.fill("Everybody with these email domains belongs to it", "globex.example")
    hands.tick("Require two-factor authentication for this group")
    hands.press("See what this does first")
    inspector.look(page, "what a group does")
    hands.press("Save")
    walks.arrive(page, "Night shift")
    inspector.look(page, "a group without members")
    page.goto("/admin/people")
    for name in ("Ann Lindqvist", "Ben Okafor"):
        hands.tick(f"Select {name}")
    page.get_by_label("Group").select_option(label="Night shift")
    inspector.look(page, "selected people")
    hands.press("Put into the group")
    walks.arrive(page, "What this does")
    inspector.look(page, "what putting in does")
    hands.press("Put into the group")
    walks.arrive(page, "What became of it")
    inspector.look(page, "put in")
    page.goto("/admin/people/groups")
    inspector.look(page, "groups")
    hands.follow("Night shift")
    inspector.look(page, "a group with members")
    hands.tick("Everybody on this page")
    hands.press("Take out of the group")
    walks.arrive(page, "What this does")
    inspector.look(page, "what taking out does")
    hands.press("Take out of the group")
    inspector.look(page, "taken out")
    hands.follow("Back to the group")
    hands.press("See what removing it does")
    inspector.look(page, "what removing a group does")


def test_pages_about_people_who_are_shut_out(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "adam")
    page.goto("/admin/people/groups/add")
    unfold_all(page)
    hands.fill("Name", "No apps")
    page.locator("#group_way_totp").uncheck()
    hands.press("Save")
    walks.arrive(page, "No apps")
    hands.follow("Select people to put in")
    expect(page.get_by_label("Group")).to_have_value(re.compile(".{26}"))
    for name in ("Ann Lindqvist", "Ben Okafor"):
        hands.tick(f"Select {name}")
    hands.press("Put into the group")
    expect(page.get_by_text("What they have no longer counts").first).to_be_visible()
    inspector.look(page, "what stops counting for those put in")
    shoot(page, "putting-in")
    hands.press("Put into the group")
    demo.forward("15d")
    walks.sign_in(hands, demo, "adam", asks=False)
    counted, beside = "holds nothing that counts any more", "nothing they hold counts any more"
    for path, name, words in (
        ("/admin/account/security", "security with people shut out", counted),
        ("/admin/roll-out", "a roll-out with people shut out", counted),
        ("/admin/reports?who=everybody&holds=shut_out", "the list of those who are shut out", beside),
        ("/admin/people?search=ben", "somebody shut out among people", beside),
    ):
        page.goto(path)
        expect(page.get_by_text(words).first).to_be_visible()
        inspector.look(page, name)
        shoot(page, name.replace(" ", "-"))
    hands.follow("Ben Okafor")
    expect(page.get_by_text(beside)).to_be_visible()
    inspector.look(page, "somebody who is shut out")


def test_pages_of_a_rule_for_people_alone(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/people")
    hands.tick("Everybody on this page")
    hands.press("Make a rule for them alone")
    inspector.look(page, "a rule for selected people")
    hands.press("Save")
    expect(page).to_have_title("Error: Rule for selected people alone · Acme Support")
    inspector.look(page, "a rule that asks for nothing")
    hands.tick("Require two-factor authentication, whatever holds for others")
    unfold_all(page)
    page.locator("#own_way_sms").uncheck()
    page.locator("#own_way_email").uncheck()
    inspector.look(page, "a rule that is filled in")
    hands.press("See what this does first")
    expect(page.get_by_text("must set one up at the next sign-in").first).to_be_visible()
    inspector.look(page, "what a rule does to each")
    hands.press("Save")
    walks.arrive(page, "What became of it")
    inspector.look(page, "saved")
    for path, name in (
        ("/admin/roll-out", "a roll-out of some alone"),
        (walks.AUTHENTICATION, "a policy for some alone"),
    ):
        page.goto(path)
        expect(page.get_by_text("by a rule of their own").first).to_be_visible()
        inspector.look(page, name)
    hands.follow("Who they are of whom a rule of their own requires it")
    walks.arrive(page, "People")
    expect(page.get_by_label("Required by a rule of their own")).to_be_checked()
    inspector.look(page, "those of whom something is required alone")
    hands.follow("Ben Okafor")
    expect(page.get_by_text("Only these ways count: Authenticator app.")).to_be_visible()
    inspector.look(page, "somebody with a rule of their own")
    hands.follow("Change the rule for this person alone")
    inspector.look(page, "the rule for one person")
    hands.press("See what taking it back does")
    inspector.look(page, "what taking it back does")
    hands.press("Take it back")
    walks.arrive(page, "What became of it")
