"""One person with app, text and mail: sets each up, signs in with each, loses each in turn and gets in by another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Keyboard, Mouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.browser.conftest import NewBrowser
    from tests.browser.hands import Hands
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo

NUMBER = "+447400123457"
TEXT = "A text to •••• 3457"
MAIL = "A mail to a•••@a…"
APP = "A code from your authenticator app"
TEXTED = "<strong>Text message</strong>"
"""How a text begins among what the phone received; mails may tell of texts as well."""


class Desk:
    """What Ann has: a demo, hands, and whatever was sent to her."""

    def __init__(self, demo: Demo, new_hands: Callable[[], Hands]) -> None:
        self.demo = demo
        self.new_hands = new_hands
        self.ann: dict[str, Any] = demo.person("ann")

    def code(self, to: str, since: datetime) -> str:
        """Wait for the code that was sent to a number or an address."""
        body = self.demo.mail(to, since=since)["body"]
        found = re.search(r"\b\d{8}\b" if "@" in to else r"\b\d{6}\b", body)
        assert found, body
        return found.group()

    def at_passcode(self) -> Hands:
        """Give the password in a browser that nobody used before."""
        # A minute between codes, whoever asks for them.
        self.demo.forward("61s")
        hands = self.new_hands()
        walks.give_password(hands, self.ann)
        walks.arrive(hands.page, "Type your passcode")
        return hands

    def turn_to(self, hands: Hands, way: str) -> None:
        hands.follow("Try another way")
        walks.arrive(hands.page, "Try another way")
        hands.press(way)
        walks.arrive(hands.page, "Type your passcode")

    def arrive_home(self, hands: Hands, code: str) -> None:
        hands.fill("Passcode", code)
        hands.press("Continue")
        walks.arrive(hands.page, "Good to see you, Ann Lindqvist")

    def by_app(self, hands: Hands) -> None:
        expect(hands.page.get_by_text("Open your authenticator app")).to_be_visible()
        self.arrive_home(hands, self.demo.passcode(self.demo.person("ann")["key"]))

    def by_text(self, hands: Hands) -> None:
        since = self.demo.now()
        self.turn_to(hands, TEXT)
        # The seconds count down in the sentence itself; who listens hears the one that the page began with.
        wait = hands.page.locator("[data-countdown]")
        expect(wait.locator("[aria-hidden]")).to_have_text(re.compile(r"^A new code can be sent in 0:\d\d\.$"))
        expect(wait.locator(".visually-hidden")).to_have_text(re.compile(r"^A new code can be sent in \d+ seconds\.$"))
        self.arrive_home(hands, self.code(NUMBER, since))

    def by_mail(self, hands: Hands) -> None:
        since = self.demo.now()
        self.turn_to(hands, MAIL)
        self.arrive_home(hands, self.code(self.ann["email"], since))


def begin(hands: Hands, button: str) -> None:
    """Begin a set-up from the profile, up to the page that asks what is at hand."""
    hands.page.goto("/profile/security")
    walks.arrive(hands.page, "Security settings")
    hands.press(button)
    walks.arrive(hands.page, "Set up another way")
    hands.press("Set up")
    walks.arrive(hands.page, "What do you have at hand?")


def set_up_app_first(desk: Desk, hands: Hands) -> None:
    hands.page.goto("/profile/security")
    hands.press("Set up")
    walks.prove_mailbox(hands, desk.demo, desk.ann)
    scan_and_confirm(desk, hands)
    walks.arrive(hands.page, "Keep these recovery codes")
    hands.press("I have saved them")
    walks.arrive(hands.page, "All set")


def scan_and_confirm(desk: Desk, hands: Hands) -> None:
    walks.choose_app(hands)
    key = walks.scanned(hands.page)["key"]
    hands.fill("Code that the app shows now", desk.demo.passcode(key))
    hands.press("Continue")


def then_texts(desk: Desk, hands: Hands) -> None:
    """Go on from the last page of the first set-up to a second way."""
    hands.press("Add a second way")
    walks.arrive(hands.page, "What do you have at hand?")
    hands.choose("A phone for text messages")
    hands.press("Continue")
    walks.arrive(hands.page, "Your phone number")
    hands.fill("Phone number", "07400 123457")
    hands.press("Text me a code")
    expect(hands.page).to_have_title(re.compile("^Error: Your phone number"))
    hands.fill("Phone number", "+44 7400 123457")
    since = desk.demo.now()
    hands.press("Text me a code")
    walks.arrive(hands.page, "Type the code from the text")
    hands.fill("Code from the text", desk.code(NUMBER, since))
    hands.press("Continue")
    walks.arrive(hands.page, "All set")


def then_mail(desk: Desk, hands: Hands) -> None:
    begin(hands, "Add another")
    hands.choose("Your mailbox")
    since = desk.demo.now()
    hands.press("Continue")
    walks.arrive(hands.page, "Type the code from the mail")
    hands.fill("Code from the mail", desk.code(desk.ann["email"], since))
    hands.press("Continue")
    walks.arrive(hands.page, "All set")


def phone(demo: Demo, does: str) -> None:
    demo.post("/demo/phone", data={"do": does}, follow_redirects=True).raise_for_status()


def read_on_the_phone(demo: Demo, text: str) -> bool:
    return text in demo.get("/demo/phone").text


@pytest.mark.behaviour("B48", "A50", "B01")
@pytest.mark.parametrize("kind", [Mouse, Keyboard])
def test_each_way_signs_in_and_when_one_is_lost_another_does(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector, kind: type[Mouse | Keyboard]
) -> None:
    desk = Desk(demo, lambda: kind(new_browser()))
    hands = desk.new_hands()
    walks.sign_in(hands, demo, "ann", asks=False)
    set_up_app_first(desk, hands)
    then_texts(desk, hands)
    then_mail(desk, hands)
    hands.page.goto("/profile/security")
    for name in ("Authenticator app “ann@acme.example”", "Text messages to •••• 3457", "Codes by mail to a•••@a…"):
        expect(hands.page.locator("li strong", has_text=name)).to_be_visible()
    assert demo.person("ann")["number"] == NUMBER

    desk.by_app(desk.at_passcode())
    desk.by_text(desk.at_passcode())
    desk.by_mail(desk.at_passcode())

    # The phone is lost: neither its app nor its texts can be read. The mailbox lets her in, and a new phone is set up.
    assert read_on_the_phone(demo, TEXTED)
    phone(demo, "lose")
    assert not read_on_the_phone(demo, TEXTED)
    hands = desk.at_passcode()
    desk.by_mail(hands)
    phone(demo, "buy")
    before = demo.person("ann")["key"]
    hands.page.goto("/profile/security")
    hands.press("Replace Authenticator app “ann@acme.example”")
    walks.arrive(hands.page, "Set up another way")
    hands.press("Set up")
    scan_and_confirm(desk, hands)
    walks.arrive(hands.page, "All set")
    assert demo.person("ann")["key"] not in {"", before}

    # The mailbox is out of reach: the new phone's app does.
    hands = desk.at_passcode()
    desk.by_app(hands)

    # The app is gone from the phone: a text does, and so does a number that was changed from there.
    hands = desk.at_passcode()
    desk.by_text(hands)
    change_number(desk, hands)
    hands = desk.at_passcode()
    since = demo.now()
    desk.turn_to(hands, "A text to •••• 3458")
    desk.arrive_home(hands, desk.code("+447400123458", since))

    # Enough of texts: what goes and what stays is named before it goes.
    hands.page.goto("/profile/security")
    hands.follow("Remove Text messages to •••• 3458")
    walks.arrive(hands.page, "Remove: Text messages to •••• 3458?")
    expect(hands.page.get_by_text("mail to a•••@a…")).to_be_visible()
    inspector.look(hands.page, "removing one of several")
    hands.press("Remove it")
    walks.arrive(hands.page, "Security settings")
    expect(hands.page.get_by_text("The method is removed.")).to_be_visible()


def change_number(desk: Desk, hands: Hands) -> None:
    desk.demo.forward("61s")
    hands.page.goto("/profile/security")
    hands.press("Change number Text messages to •••• 3457")
    walks.arrive(hands.page, "Your phone number")
    hands.fill("Phone number", "+447400123458")
    since = desk.demo.now()
    hands.press("Text me a code")
    walks.arrive(hands.page, "Type the code from the text")
    hands.fill("Code from the text", desk.code("+447400123458", since))
    hands.press("Continue")
    walks.arrive(hands.page, "All set")


@pytest.mark.behaviour("A58", "B42")
def test_without_scripts_a_new_code_can_be_asked_for(new_browser: NewBrowser, demo: Demo) -> None:
    hands = Mouse(new_browser(scripts=False), scripts=False)
    adam = demo.person("adam")
    walks.give_password(hands, adam)
    walks.arrive(hands.page, "Type your passcode")
    hands.follow("Try another way")
    first = demo.now()
    hands.press("A text to •••• 3456")
    demo.mail(adam["number"], since=first)
    expect(hands.page.get_by_text("A new code can be sent in")).to_be_visible()
    hands.press("Send a new code")
    expect(hands.page).to_have_title(re.compile("^Error: Passcode"))
    demo.forward("31s")
    since = demo.now()
    hands.press("Send a new code")
    body = demo.mail(adam["number"], since=since)["body"]
    hands.follow("I cannot get a code")
    expect(hands.page.get_by_text("handed to our provider")).to_be_visible()
    hands.follow("Try your passcode again")
    found = re.search(r"\b\d{6}\b", body)
    assert found
    hands.fill("Passcode", found.group())
    hands.press("Continue")
    walks.arrive(hands.page, "Good to see you, Adam Novak")
