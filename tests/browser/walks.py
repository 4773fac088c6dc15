"""What people do in a demo, step by step; every step waits for the heading that it leads to."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

import zxingcpp
from PIL import Image
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.hands import Hands
    from tests.demos import Demo

AUTHENTICATION = "/admin/account/security/advanced/authentication"
REQUIRE_TEAM = "Require two-factor authentication for team members"
REQUIRE_END_USERS = "Require two-factor authentication for end users"


def arrive(page: Page, heading: str) -> None:
    """Wait for the page with this heading of the first level."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def cookies(page: Page) -> set[str]:
    return {str(cookie["name"]) for cookie in page.context.cookies()}


def give_password(hands: Hands, person: dict[str, Any]) -> None:
    """Open the first page and send email and password."""
    hands.page.goto("/sign-in")
    arrive(hands.page, "Sign in")
    hands.fill("Email", person["email"])
    hands.fill("Password", person["password"])
    hands.press("Sign in")


def give_passcode(hands: Hands, demo: Demo, key: str) -> None:
    arrive(hands.page, "Type your passcode")
    hands.fill("Passcode", demo.passcode(key))
    hands.press("Continue")


def sign_in(hands: Hands, demo: Demo, name: str, *, asks: bool | None = None) -> dict[str, Any]:
    """Sign in up to the home page; `asks` states whether a passcode is asked for (None: where there is a key)."""
    person = demo.person(name)
    give_password(hands, person)
    if asks if asks is not None else bool(person["key"]):
        give_passcode(hands, demo, person["key"])
    arrive(hands.page, f"Good to see you, {person['name']}")
    return person


def sign_out(hands: Hands, person: dict[str, Any]) -> None:
    hands.unfold(person["name"])
    hands.press("Sign out")
    arrive(hands.page, "Sign in")


def require(hands: Hands, demo: Demo, name: str = "olivia", **boxes: bool) -> None:
    """Sign in as somebody who may, set the boxes (`team`, `end_users`), save, and sign out."""
    person = sign_in(hands, demo, name)
    hands.unfold(person["name"])
    hands.follow("Admin Center")
    arrive(hands.page, "First steps")
    hands.follow("Authentication")
    arrive(hands.page, "Authentication")
    for box, label in (("team", REQUIRE_TEAM), ("end_users", REQUIRE_END_USERS)):
        if box in boxes:
            hands.tick(label, on=boxes[box])
    hands.press("Save")
    expect(hands.page.get_by_text("Saved.")).to_be_visible()
    sign_out(hands, person)


def prove_mailbox(hands: Hands, demo: Demo, person: dict[str, Any]) -> None:
    """From the first page of the wizard: have a code sent, and type it."""
    arrive(hands.page, "Set up two-factor authentication")
    since = demo.now()
    hands.press("Set up")
    arrive(hands.page, "First, is this mailbox yours?")
    body = demo.mail(person["email"], since=since)["body"]
    found = re.search(r"\b\d{8}\b", body)
    assert found, body
    hands.fill("Code from the mail", found.group())
    hands.press("Continue")


def choose_app(hands: Hands) -> None:
    """Say that a phone with an app is at hand, and come to the QR code; without scripts one more button is there."""
    arrive(hands.page, "What do you have at hand?")
    hands.choose("A phone with an authenticator app")
    hands.press("Continue")
    arrive(hands.page, "Connect your app")
    if not hands.scripts:
        hands.press("Show the QR code")
    expect(hands.page.get_by_label("Code that the app shows now")).to_be_visible()


def scanned(page: Page) -> dict[str, str]:
    """Photograph the QR code and read it: `key`, `issuer` and `label`."""
    picture = Image.open(BytesIO(page.locator(".qr").screenshot()))
    codes = [code.text for code in zxingcpp.read_barcodes(picture)]
    assert len(codes) == 1, codes
    uri = urlsplit(codes[0])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    query = parse_qs(uri.query)
    return {"key": query["secret"][0], "issuer": query["issuer"][0], "label": unquote(uri.path.lstrip("/"))}


def key_in_letters(page: Page) -> str:
    """Return the key as somebody without a camera types it into an app."""
    return "".join(page.locator("#key").inner_text().split())


def keep_codes(hands: Hands) -> list[str]:
    """Read the recovery codes, say that they are saved, and go on to the home page."""
    arrive(hands.page, "Keep these recovery codes")
    codes = hands.page.locator(".codes code").all_inner_texts()
    hands.press("I have saved them")
    arrive(hands.page, "All set")
    hands.press("Go on")
    return codes


def set_up_app(hands: Hands, demo: Demo, person: dict[str, Any]) -> tuple[str, list[str]]:
    """Go through the whole wizard from its first page; return the key and the recovery codes."""
    prove_mailbox(hands, demo, person)
    choose_app(hands)
    key = scanned(hands.page)["key"]
    hands.fill("Code that the app shows now", demo.passcode(key))
    hands.press("Continue")
    return key, keep_codes(hands)
