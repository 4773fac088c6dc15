"""The pages of helping somebody sign in, as helpers and callers meet them: axe, dark, and on a small phone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse
from tests.browser.inspecting import shoot

if TYPE_CHECKING:
    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo


def test_pages_of_helping(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    ben = demo.person("ben")
    caller = new_browser()
    hands = PatientMouse(caller)
    walks.give_password(hands, ben)
    walks.arrive(caller, "Type your passcode")
    caller.goto("/sign-in/cannot-get-a-code")
    hands.press("Ask for help")
    expect(caller.get_by_text("Your request is on its way.")).to_be_visible()
    inspector.look(caller, "called for help")

    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "adam")
    page.goto("/admin/help")
    inspector.look(page, "/admin/help")
    hands.follow(str(ben["name"]))
    walks.arrive(page, f"Help {ben['name']} sign in")
    inspector.look(page, "what happened")
    page.get_by_text("It is not here today").click()
    hands.press("Continue")
    expect(page.get_by_role("group", name=f"2. How do you know that it is {ben['name']}?")).to_be_visible()
    inspector.look(page, "how do you know")
    page.get_by_text("Four words", exact=True).click()
    hands.press("Continue")
    expect(page.get_by_role("heading", name="3. What follows")).to_be_visible()
    inspector.look(page, "what follows")
    since = demo.now()
    page.get_by_role("button", name="Send four words to").click()
    expect(page.get_by_text("Four words are on their way.")).to_be_visible()
    inspector.look(page, "words sent")
    hands.fill("The four words", "able acid acorn acre")
    hands.fill("Reason", "The phone is at home.")
    hands.press("Get a recovery code")
    expect(page.get_by_text("These are not the words that we sent.")).to_be_visible()
    inspector.look(page, "wrong words")
    lines = demo.mail(str(ben["email"]), since=since, subject="Four words")["body"].splitlines()
    words = next(line.strip() for line in lines if line.startswith("    "))
    hands.fill("The four words", words)
    hands.press("Get a recovery code")
    walks.arrive(page, f"A recovery code for {ben['name']}")
    inspector.look(page, "the code")
    hands.follow("Done")
    walks.arrive(page, str(ben["name"]))
    inspector.look(page, "helped")


def test_pages_of_a_second_yes(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "adam")
    olivia = demo.person("olivia")
    page.goto("/admin/people?search=olivia")
    hands.follow(str(olivia["name"]))
    hands.follow(f"Help {olivia['name']} sign in")
    page.get_by_text("It is lost, broken or new").click()
    hands.press("Continue")
    page.get_by_text("In person").click()
    hands.press("Continue")
    hands.fill("Reason", "Her phone fell into the harbour.")
    inspector.look(page, "what follows for an owner")
    since = demo.now()
    hands.press("Ask for a yes")
    walks.arrive(page, f"Reset the second factor of {olivia['name']}")
    inspector.look(page, "asked")
    page.goto("/admin/help")
    inspector.look(page, "/admin/help")
    mail = demo.mail(str(olivia["email"]), since=since, subject="Something is to be done")
    link = next(line for line in mail["body"].splitlines() if "/links/stop_help" in line)
    stranger = new_browser()
    stranger.goto(link[link.index("/links/") :])
    inspector.look(stranger, "stop it?")
    PatientMouse(stranger).press("Stop it")
    walks.arrive(stranger, "It is stopped")
    inspector.look(stranger, "stopped")
    page.goto("/admin/help")
    expect(page.get_by_text("Nothing is waiting.")).to_be_visible()
    many_wait(demo, str(olivia["email"]))
    page.goto("/admin/help")
    expect(page.get_by_text("60 open")).to_have_count(2)
    inspector.look(page, "many wait")
    shoot(page, "help-many")
    page.get_by_role("navigation", name="Pages of Asking for help").get_by_role("link", name="Older").click()
    expect(page.get_by_text("Number REF-59")).to_be_visible()
    inspector.look(page, "the last who wait")
    shoot(page, "help-last")


def many_wait(demo: Demo, email: str) -> None:
    """Have sixty calls and sixty requests wait, so that each list has a second page."""
    now = int(demo.now().timestamp() * 1_000_000)
    with closing(sqlite3.connect(demo.folder / "twofold.sqlite3")) as database, database:
        account, person = database.execute("SELECT account, id FROM person WHERE email = ?", [email]).fetchone()
        for number in range(60):
            row, at = f"{number:026}", now - number * 60_000_000
            database.execute(
                "INSERT INTO help_call (account, id, reference, number, person_id, attempt_id, place, called_at,"
                " address, browser) VALUES (?, ?, ?, '47', ?, ?, 'passcode', ?, '192.0.2.7', '')",
                (account, row, f"REF-{number:02}", person, row, at),
            )
            database.execute(
                "INSERT INTO help_act (account, id, act, person_id, asked_by, asked_at, state, detail, reason, ends_at,"
                " version) VALUES (?, ?, 'reset', ?, ?, ?, 'asked', '{}', 'The harbour.', ?, 0)",
                (account, row, person, person, at, at + 259_200_000_000),
            )


def test_pages_of_another_address(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "adam")
    ben = demo.person("ben")
    page.goto("/admin/people?search=ben")
    hands.follow(str(ben["name"]))
    hands.follow("Change the address")
    walks.arrive(page, f"Another address for {ben['name']}")
    inspector.look(page, "another address")
    hands.fill("New email address", "nobody")
    hands.press("Mail the link")
    expect(page).to_have_title(f"Error: Another address for {ben['name']} · Acme Support")
    inspector.look(page, "wrong address")
    hands.fill("New email address", "ben.okafor.new@acme.example")
    page.get_by_label("How do you know who it is?").select_option(label="In person")
    hands.fill("Reason", "The old mailbox is closed.")
    since = demo.now()
    hands.press("Mail the link")
    expect(page.get_by_text("A link went to the new address.")).to_be_visible()
    mail = demo.mail("ben.okafor.new@acme.example", since=since, subject="Confirm this address")
    link = next(line for line in mail["body"].splitlines() if "/links/confirmation" in line)
    mailbox = new_browser()
    mailbox.goto(link[link.index("/links/") :])
    inspector.look(mailbox, "confirm?")
