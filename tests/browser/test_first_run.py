"""The whole way of a newcomer: `./run`, the owner's link, requiring it, inviting an agent, and what the agent does."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.conftest import ZONE
from tests.browser.hands import Keyboard, Mouse
from tests.browser.inspecting import Inspector
from tests.demos import ARRIVES_WITHIN, TICK

if TYPE_CHECKING:
    from tests.browser.conftest import BrowserAt
    from tests.browser.hands import Hands
    from tests.demos import Demo

CODE = "Code that the app shows now"
OWNERS = "swallows-over-nine-chimneys"
AGENTS = "a-kettle-full-of-postcards"
STEP = timedelta(seconds=30)
TYPED_WITHIN = 12
"""Seconds in which a code is typed and taken, on a busy machine."""


def code_at(key: str, steps: int) -> str:
    """Return a code of the step before (-1), of now (0) or of the next (1): in this order, each is accepted once."""
    return pyotp.TOTP(key).at(datetime.now(UTC) + steps * STEP)  # noqa: TID251 -- the product's clock is the machine's


def printed_link(house: Demo) -> str:
    """Return the owner's link, as it is printed once the server answers."""
    until = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < until:
        printed = house.folder.with_name(f"{house.folder.name}.log").read_text()
        found = re.search(r"http://localhost:\d+/set-up/owner\?link=\S+", printed)
        if found:
            return found.group()
        time.sleep(TICK)
    raise AssertionError(printed)


def mailed_link(house: Demo, to: str) -> str:
    """Return the link of the invitation, from the file that stands for the mail."""
    until = time.monotonic() + ARRIVES_WITHIN
    while time.monotonic() < until:
        for path in (house.folder / "mail").glob("*.txt"):
            text = path.read_text()
            found = re.search(r"http://localhost:\d+/links/invitation\?link=\S+", text)
            if found and f"To: {to}\n" in text:
                return found.group()
        time.sleep(TICK)
    raise AssertionError(f"no invitation to {to}")


def connect(hands: Hands) -> tuple[str, list[str]]:
    """Set an app up from the page that asks what is at hand; return the key and the recovery codes."""
    walks.choose_app(hands)
    key = walks.scanned(hands.page)["key"]
    # The one before the present is good for as long as this one is: early in it, there is time to type.
    while datetime.now(UTC).timestamp() % STEP.seconds > STEP.seconds - TYPED_WITHIN:  # noqa: TID251 -- as above
        time.sleep(TICK)
    hands.fill(CODE, code_at(key, -1))
    hands.press("Continue")
    return key, walks.keep_codes(hands)


def make_the_owner(hands: Hands, house: Demo, inspector: Inspector) -> None:
    page = hands.page
    page.goto(printed_link(house))
    walks.arrive(page, "Welcome to Twofold")
    inspector.look(page, "owner's link")
    hands.press("Begin")
    walks.arrive(page, "Your help desk")
    inspector.look(page, "the help desk's name")
    expect(page.get_by_label("Time zone")).to_have_value(ZONE)
    hands.fill("Name of the help desk", "Kestrel Support")
    hands.press("Continue")
    walks.arrive(page, "You, the owner")
    inspector.look(page, "the owner")
    hands.fill("Your name", "Nora Kestrel")
    hands.fill("Your email", "nora@kestrel.example")
    hands.fill("New password", OWNERS)
    hands.press("Continue")
    walks.arrive(page, "Set up two-factor authentication")
    assert "twofold_session" not in walks.cookies(page)
    hands.press("Set up")
    connect(hands)
    walks.arrive(page, "First steps")


def require_and_invite(hands: Hands, inspector: Inspector) -> None:
    page = hands.page
    hands.follow("Authentication")
    walks.arrive(page, "Authentication")
    hands.tick(walks.REQUIRE_TEAM)
    hands.press("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    hands.follow("People")
    walks.arrive(page, "People")
    hands.follow("Add somebody")
    walks.arrive(page, "Add somebody")
    hands.fill("Name", "Pia Wren")
    hands.fill("Email", "pia@kestrel.example")
    hands.press("Add")
    walks.arrive(page, "Pia Wren")
    inspector.look(page, "somebody invited")
    hands.press("Make an invitation link to hand over")
    expect(page.get_by_role("heading", name="Invitation link")).to_be_visible()
    inspector.look(page, "invitation link")


def stop_requiring(hands: Hands) -> None:
    hands.page.goto(walks.AUTHENTICATION)
    hands.tick(walks.REQUIRE_TEAM, on=False)
    hands.press("Save")
    expect(hands.page.get_by_text("Saved.")).to_be_visible()


@pytest.mark.parametrize("kind", [Mouse, Keyboard])
def test_from_an_empty_folder_to_an_agent_who_turned_it_off(
    browser_at: BrowserAt, house: Demo, kind: type[Mouse | Keyboard]
) -> None:
    inspector = Inspector()
    owner = kind(browser_at(house.url))
    make_the_owner(owner, house, inspector)
    require_and_invite(owner, inspector)

    agent = kind(browser_at(house.url))
    page = agent.page
    # The link that was mailed died when the owner made one by hand.
    page.goto(mailed_link(house, "pia@kestrel.example"))
    walks.arrive(page, "This link does not work any more")
    page.goto(owner.page.locator("#invitation").inner_text())
    inspector.look(page, "opened invitation")
    page.get_by_role("main").get_by_role("button").first.click()
    walks.arrive(page, "Welcome to Kestrel Support")
    inspector.look(page, "invitation")
    agent.fill("New password", AGENTS)
    agent.press("Continue")
    person = {"email": "pia@kestrel.example", "password": AGENTS, "name": "Pia Wren"}
    key, codes = set_up_agent(agent, house)
    walks.arrive(page, "Good to see you, Pia Wren")
    walks.sign_out(agent, person)

    walks.give_password(agent, person)
    walks.arrive(page, "Type your passcode")
    agent.fill("Passcode", code_at(key, 0))
    agent.press("Continue")
    walks.arrive(page, "Good to see you, Pia Wren")
    walks.sign_out(agent, person)
    walks.give_password(agent, person)
    walks.arrive(page, "Good to see you, Pia Wren")

    elsewhere = kind(browser_at(house.url))
    walks.give_password(elsewhere, person)
    walks.arrive(elsewhere.page, "Type your passcode")
    elsewhere.follow("Use a recovery code")
    elsewhere.fill("Recovery code", codes[0])
    elsewhere.press("Continue")
    walks.arrive(elsewhere.page, "Where is your phone?")
    elsewhere.press("It is elsewhere today Everything stays as it is.")
    walks.arrive(elsewhere.page, "Good to see you, Pia Wren")

    elsewhere.page.goto("/profile/security")
    expect(elsewhere.page.get_by_role("link", name="Turn two-factor authentication off")).to_have_count(0)
    stop_requiring(owner)
    elsewhere.page.goto("/profile/security")
    elsewhere.follow("Turn two-factor authentication off")
    walks.arrive(elsewhere.page, "Turn two-factor authentication off?")
    elsewhere.press("Turn it off")
    walks.arrive(elsewhere.page, "Security settings")
    walks.sign_out(elsewhere, person)
    walks.give_password(elsewhere, person)
    walks.arrive(elsewhere.page, "Good to see you, Pia Wren")
    assert not inspector.findings, "\n".join(inspector.findings)


def set_up_agent(agent: Hands, house: Demo) -> tuple[str, list[str]]:
    """Go through the set-up; a link that was handed over by hand proves no mailbox, so a code is mailed."""
    page = agent.page
    walks.arrive(page, "Set up two-factor authentication")
    agent.press("Set up")
    walks.arrive(page, "First, is this mailbox yours?")
    until = time.monotonic() + ARRIVES_WITHIN
    found: list[str] = []
    while not found and time.monotonic() < until:
        texts = [path.read_text() for path in (house.folder / "mail").glob("*.txt")]
        mine = [text for text in texts if text.startswith("To: pia@")]
        found = [code for text in mine for code in re.findall(r"^\s+(\d{8})$", text, re.MULTILINE)]
        time.sleep(TICK)
    agent.fill("Code from the mail", found[0])
    agent.press("Continue")
    return connect(agent)
