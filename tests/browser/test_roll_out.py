"""Rolling a requirement out in a real browser: the announcement, the link in it, and the page that follows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Mouse

if TYPE_CHECKING:
    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo


def test_from_a_first_group_to_everybody_and_the_link_in_the_announcement(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector
) -> None:
    owner = Mouse(new_browser())
    walks.sign_in(owner, demo, "olivia")
    page = owner.page
    page.goto("/admin/people/groups/add")
    owner.fill("Name", "Night shift")
    page.locator("#domains").fill("acme.example")
    owner.press("Save")
    walks.arrive(page, "Night shift")
    page.goto("/admin/roll-out")
    owner.fill("Days of grace", "3")
    inspector.look(page, "choosing a first group")
    owner.press("Go on to its rule")
    walks.arrive(page, "Change “Night shift”")
    inspector.look(page, "the rule of a first group")
    owner.press("See what this does first")
    walks.arrive(page, "What this does")
    inspector.look(page, "what a first group does")
    owner.press("Save")
    walks.arrive(page, "Night shift")
    page.goto("/admin/roll-out")
    inspector.look(page, "a first group that has begun")
    owner.follow("Now all team members")
    walks.arrive(page, "Authentication")
    owner.press("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()

    page.goto("/admin/roll-out")
    since = demo.now()
    owner.press("Send it")
    expect(page.get_by_text("It is on its way")).to_be_visible()
    ann = demo.person("ann")
    link = re.search(r"\S+/links/set_up_now\S+", demo.mail(ann["email"], since=since, subject="About")["body"])
    assert link
    hands = Mouse(new_browser())
    hands.page.goto(link.group())
    inspector.look(hands.page, "set up now")
    hands.fill("Password", "wrong wrong wrong")
    hands.press("Set up now")
    expect(hands.page.get_by_text("That password is not right.")).to_be_visible()
    inspector.look(hands.page, "set up now, wrong password")
    hands.fill("Password", ann["password"])
    hands.press("Set up now")
    walks.choose_app(hands)


def test_the_page_goes_on_by_itself_and_leaves_who_is_at_it_alone(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector
) -> None:
    walks.require(Mouse(new_browser()), demo, team=True)
    owner = Mouse(new_browser())
    walks.sign_in(owner, demo, "olivia")
    page = owner.page
    page.clock.install()
    page.goto("/admin/roll-out")
    expect(page.get_by_text("As of")).to_be_visible()
    expect(page.locator("#stuck")).to_contain_text("Nobody.")
    owner.unfold("The same as a table")
    owner.fill("What the mail says", "Half a sentence")

    ann = Mouse(new_browser())
    walks.give_password(ann, demo.person("ann"))
    walks.arrive(ann.page, "Set up two-factor authentication")
    demo.forward("6m")
    page.locator("#team summary").focus()
    page.clock.run_for("00:21")
    expect(page.locator("#stuck")).to_contain_text("Ann Lindqvist")
    expect(page.locator("#team details")).to_have_attribute("open", "")
    expect(page.locator("#team summary")).to_be_focused()
    expect(page.get_by_label("What the mail says")).to_have_value("Half a sentence")
    inspector.look(page, "roll-out with somebody stuck")

    help_her = page.get_by_role("link", name="Help Ann Lindqvist")
    help_her.focus()
    page.clock.run_for("00:21")
    expect(page.locator("#as-of")).to_contain_text("As of")
    expect(help_her).to_be_focused()
    walks.prove_mailbox(ann, demo, demo.person("ann"))
    page.clock.run_for("00:21")
    expect(page.locator("#stuck")).to_contain_text("Nobody.")
    expect(page.get_by_role("heading", name="Stuck now")).to_be_focused()
