"""Every page, for every role, in the states that people meet: nothing for axe to find, and no sideways scrolling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse
from tests.browser.inspecting import NARROW

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo

PROFILE = (
    "/",
    "/profile",
    "/profile/details",
    "/profile/password",
    "/profile/address",
    "/profile/security",
    "/profile/notices",
)
ADMIN = (
    "/admin/first-steps",
    "/admin/people",
    "/admin/people?search=nobody-is-called-this",
    "/admin/people?own_rule=1",
    "/admin/people/add",
    "/admin/people/import",
    "/admin/account/appearance",
    "/admin/account/mail",
    "/admin/account/texts",
    "/admin/account/audit",
    "/admin/account/audit?kind=policy.changed&from=2026-01-01",
    "/admin/account/security",
    "/admin/account/security/networks",
    "/admin/account/security/passwords",
    "/admin/account/security/sign-up",
    "/admin/whats-new",
    "/admin/reports",
    "/admin/reports?who=everybody&state=exempt",
    "/admin/exemptions",
    "/admin/roll-out",
    "/admin/roll-out/preview",
    "/admin/roll-out/preview?step=connect",
    walks.AUTHENTICATION,
)


def visit(page: Page, inspector: Inspector, *paths: str) -> None:
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == httpx.codes.OK, path
        inspector.look(page, path)


def test_pages_for_strangers(new_browser: NewBrowser, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    visit(page, inspector, "/sign-in", "/sign-in?next=/profile/security", "/forgot-password")
    purposes = ("password_reset", "invitation", "freeze", "set_up_now")
    for wrong in ("/nowhere", *(f"/links/{purpose}?link=x" for purpose in purposes)):
        page.goto(wrong)
        inspector.look(page, wrong)
    page.goto("/forgot-password")
    hands.fill("Email", "nobody@acme.example")
    with page.expect_navigation():
        page.get_by_role("button").first.click()
    inspector.look(page, "asked for a new password")
    page.goto("/sign-in")
    hands.press("Sign in")
    expect(page).to_have_title("Error: Sign in · Acme Support")
    inspector.look(page, "empty sign-in")
    hands.fill("Email", "nobody@acme.example")
    hands.fill("Password", "wrong wrong wrong")
    hands.press("Sign in")
    inspector.look(page, "wrong sign-in")
    visit(page, inspector, "/guides/agents", "/guides/end-users", "/guides/admins")


def test_pages_of_the_demo(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    demo.post("/forgot-password")
    page.goto("/forgot-password")
    hands.fill("Email", "ann@acme.example")
    since = demo.now()
    with page.expect_navigation():
        page.get_by_role("button").first.click()
    demo.mail("ann@acme.example", since=since)
    visit(page, inspector, "/demo")
    hands.press("Lose it")
    expect(page.get_by_text("Nobody knows where the phone is.")).to_be_visible()
    inspector.look(page, "lost phone")
    page.get_by_role("button", name="Sign in as Ann").evaluate("button => button.form.removeAttribute('target')")
    hands.press("Sign in as Ann")
    walks.arrive(page, "Sign in as Ann Lindqvist")
    inspector.look(page, "filled sign-in")


def test_pages_of_a_passcode(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    ben = demo.person("ben")
    walks.give_password(hands, ben)
    walks.arrive(page, "Type your passcode")
    inspector.look(page, "passcode")
    visit(page, inspector, "/sign-in/passcode?with=recovery-code", "/sign-in/cannot-get-a-code", "/sign-in/why")
    page.goto("/sign-in/cannot-get-a-code")
    if page.get_by_role("button", name="Ask for help").count():
        hands.press("Ask for help")
        inspector.look(page, "asked for help")
    page.goto("/sign-in/passcode")
    hands.fill("Passcode", "000000")
    hands.press("Continue")
    expect(page).to_have_title("Error: Passcode · Acme Support")
    inspector.look(page, "wrong passcode")
    for _ in range(6):
        demo.forward("20s")
        if page.get_by_label("Passcode", exact=True).count() == 0:
            break
        hands.fill("Passcode", "000000")
        hands.press("Continue")
    inspector.look(page, "waiting")
    demo.forward("1d")
    walks.give_password(hands, ben)
    hands.fill("Passcode", str(ben["recovery_codes"][0]))
    hands.press("Continue")
    walks.arrive(page, "Where is your phone?")
    inspector.look(page, "after a recovery code")
    hands.press("It is lost, broken or new You set up another now. The old entry goes once it works.")
    inspector.look(page, "lost phone, set up anew")


def _looks_for_the_key_where_it_is_used(page: Page) -> None:
    """On the phone itself the app is opened or the key copied; beside one the picture comes first."""
    on_a_phone = [".steps", ".open-app a", "#key", ".qr", "#passcode"]
    wide = [".steps", ".qr", "#key", "#passcode"]
    size = page.viewport_size
    assert size is not None
    for width, order in ((NARROW, on_a_phone), (size["width"], wide)):
        page.set_viewport_size({"width": width, "height": size["height"]})
        boxes = [page.locator(each).bounding_box() for each in order]
        tops = [box["y"] for box in boxes if box is not None]
        assert len(tops) == len(order)
        assert tops == sorted(tops)
    assert not page.locator(".open-app a").is_visible()


def test_pages_of_the_wizard(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    walks.require(PatientMouse(new_browser()), demo, team=True)
    page = new_browser()
    hands = PatientMouse(page)
    ann = demo.person("ann")
    walks.give_password(hands, ann)
    walks.arrive(page, "Set up two-factor authentication")
    inspector.look(page, "why")
    visit(page, inspector, "/sign-in/set-up/cannot-now", "/sign-in/set-up")
    walks.prove_mailbox(hands, demo, ann)
    walks.arrive(page, "What do you have at hand?")
    page.goto("/sign-in/set-up/choose")
    inspector.look(page, "choose")
    walks.choose_app(hands)
    inspector.look(page, "connect")
    _looks_for_the_key_where_it_is_used(page)
    hands.fill("Code that the app shows now", "123456")
    hands.press("Continue")
    expect(page).to_have_title("Error: Connect your app · Acme Support")
    inspector.look(page, "wrong first code")
    hands.fill("Code that the app shows now", demo.passcode(walks.key_in_letters(page)))
    hands.press("Continue")
    walks.arrive(page, "Keep these recovery codes")
    inspector.look(page, "recovery codes")
    hands.press("I have saved them")
    walks.arrive(page, "All set")
    inspector.look(page, "all set")


def test_pages_of_several_ways_in(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    adam = demo.person("adam")
    walks.give_password(hands, adam)
    walks.arrive(page, "Type your passcode")
    hands.follow("Try another way")
    walks.arrive(page, "Try another way")
    inspector.look(page, "other ways")
    since = demo.now()
    hands.press("A text to •••• 3456")
    demo.mail(adam["number"], since=since)
    inspector.look(page, "passcode by text")
    hands.press("Send a new code")
    inspector.look(page, "too soon")
    visit(page, inspector, "/sign-in/cannot-get-a-code")
    page.goto("/sign-in/passcode?with=recovery-code")
    hands.fill("Recovery code", str(adam["recovery_codes"][0]))
    hands.press("Continue")
    walks.arrive(page, "What is lost?")
    inspector.look(page, "what is lost")
    hands.press("Replace what I ticked")
    inspector.look(page, "nothing ticked")
    hands.press("Skip this question")
    visit(page, inspector, "/demo")


def test_pages_that_connect_another_way(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    adam = walks.sign_in(hands, demo, "adam")
    demo.forward("6m")
    visit(page, inspector, "/profile/security")
    hands.press("Change number Text messages to •••• 3456")
    walks.arrive(page, "Is it still you?")
    hands.unfold("Try another way")
    inspector.look(page, "proof by several ways")
    hands.press("A mail to a•••@a…")
    inspector.look(page, "proof by mail")
    hands.unfold("Try another way")
    hands.press("A code from your authenticator app")
    hands.fill("Passcode", demo.passcode(adam["key"]))
    hands.press("Go on")
    walks.arrive(page, "Your phone number")
    inspector.look(page, "number")
    hands.fill("Phone number", "07400 123456")
    hands.press("Text me a code")
    inspector.look(page, "wrong number")
    hands.fill("Phone number", "+44 7400 123457")
    hands.press("Text me a code")
    walks.arrive(page, "Type the code from the text")
    inspector.look(page, "code from the text")
    hands.follow("Choose another way")
    hands.choose("Your mailbox")
    hands.press("Continue")
    walks.arrive(page, "Type the code from the mail")
    inspector.look(page, "code from the mail")
    hands.follow("Choose another way")
    hands.choose("A token from your team")
    hands.press("Continue")
    walks.arrive(page, "Program your token")
    hands.unfold("My token needs other settings")
    inspector.look(page, "token")


def test_the_mailbox_page(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.give_password(hands, demo.person("gus"))
    walks.arrive(page, "Set up two-factor authentication")
    inspector.look(page, "why, after a reset")
    hands.press("Set up")
    walks.arrive(page, "First, is this mailbox yours?")
    inspector.look(page, "mailbox")
    hands.fill("Code from the mail", "12345678")
    hands.press("Continue")
    expect(page).to_have_title("Error: Confirm your mailbox · Acme Support")
    inspector.look(page, "wrong mailbox code")


@pytest.mark.parametrize("name", ["olivia", "ben", "fay", "emil"])
def test_pages_of_the_profile(new_browser: NewBrowser, demo: Demo, inspector: Inspector, name: str) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    person = walks.sign_in(hands, demo, name, asks=name in {"olivia", "ben"})
    visit(page, inspector, *PROFILE)
    if person["key"]:
        visit(page, inspector, "/profile/security/recovery-codes", "/profile/security/turn-off")
        demo.forward("6m")
        page.goto("/profile/security/recovery-codes")
        hands.press("Make new codes")
        walks.arrive(page, "Is it still you?")
        inspector.look(page, "proof by passcode")
        hands.fill("Passcode", demo.passcode(person["key"]))
        hands.press("Go on")
        walks.arrive(page, "Recovery codes")
        inspector.look(page, "new recovery codes")
    else:
        demo.forward("6m")
        page.goto("/profile/security")
        hands.press("Set up")
        walks.arrive(page, "Is it still you?")
        inspector.look(page, "proof by password")
    page.goto("/")
    hands.unfold(str(person["name"]))
    inspector.look(page, "open menu")
    page.goto("/admin/people")
    if name != "olivia":
        inspector.look(page, "forbidden")


def test_pages_of_admin_center(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    visit(page, inspector, *ADMIN)
    page.goto("/admin/people")
    links = page.locator("main table a, main .rows a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    people = sorted({href for href in links if href.startswith("/admin/people/") and "add" not in href})
    assert len(people) == 8
    visit(page, inspector, *people)
    page.goto(walks.AUTHENTICATION)
    hands.tick(walks.REQUIRE_TEAM)
    hands.press("See what this does first")
    inspector.look(page, "what saving does")
    page.goto(walks.AUTHENTICATION)
    hands.tick(walks.REQUIRE_TEAM)
    hands.press("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    inspector.look(page, "saved policy")
    visit(page, inspector, "/admin/account/security", "/admin/first-steps")


def test_pages_of_the_log_of_networks_and_of_passwords(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector
) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/account/security/passwords")
    hands.fill("Characters at least", "9")
    hands.press("Save")
    expect(page).to_have_title("Error: Passwords · Acme Support")
    inspector.look(page, "wrong password rules")
    hands.fill("Characters at least", "14")
    hands.tick("Let owners and admins set a password for others")
    hands.press("Save")
    page.goto("/admin/account/security/networks")
    hands.fill("Networks, one a line", "192.0.2.7/24")
    hands.press("Save")
    expect(page).to_have_title("Error: Network addresses · Acme Support")
    inspector.look(page, "wrong networks")
    page.goto("/admin/people")
    hands.follow("Ben Okafor")
    hands.follow("Set a password")
    walks.arrive(page, "Set a password for Ben Okafor")
    inspector.look(page, "set a password")
    page.goto("/admin/account/audit")
    hands.unfold("2 changes")
    inspector.look(page, "audit log with changes")
    page.goto("/admin/account/audit?person=nobody&from=yesterday")
    inspector.look(page, "wrong search of the log")
