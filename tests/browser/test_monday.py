"""A roll-out as an owner lives through it: required from Monday, followed, excepted, helped, reported, off and on."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.conftest import NewBrowser
    from tests.demos import Demo

AUDITOR = "auditor@acme.example"
AUDITORS_PASSWORD = "tin-whistle-behind-the-sofa"
NAMES = ("Olivia Hart", "Adam Novak", "Ann Lindqvist", "Ben Okafor", "Cara Mendes")


class Office:
    """A demo, the owner's own browser, and one for everybody else who comes along."""

    def __init__(self, demo: Demo, new_browser: NewBrowser) -> None:
        self.demo = demo
        self.new_browser = new_browser
        self.owner = PatientMouse(new_browser())

    def until(self, at: datetime) -> None:
        """Let the time go by; whoever was signed in signs in again."""
        self.demo.forward(f"{int((at - self.demo.now()).total_seconds())}s")

    def owner_arrives(self) -> Page:
        """Sign the owner in: this browser is trusted from the first time on."""
        page = self.owner.page
        is_known = bool(walks.cookies(page))
        walks.sign_in(self.owner, self.demo, "olivia", asks=not is_known)
        return page

    def prove(self) -> None:
        """Give the code that is asked for before something that matters, where it is asked for."""
        page = self.owner.page
        if page.get_by_role("heading", name="Is it still you?").count():
            self.owner.fill("Passcode", self.demo.passcode(self.demo.person("olivia")["key"]))
            self.owner.press("Go on")

    def save_policy(self) -> None:
        self.owner.press("Save")
        self.prove()
        expect(self.owner.page.get_by_text("Saved.")).to_be_visible()

    def arrives(self, name: str) -> PatientMouse:
        hands = PatientMouse(self.new_browser())
        walks.give_password(hands, self.demo.person(name))
        return hands


def monday(now: datetime) -> datetime:
    """Return nine o'clock on the next Monday that is a day away at least."""
    day = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return day + timedelta(days=(7 - day.weekday()) % 7)


def numbers(page: Page) -> dict[str, str]:
    """Return the counts of the page before Save, of team members."""
    section = page.locator("section.sheet", has=page.get_by_role("heading", name="Team members")).first
    words, counts = section.locator("dl.facts dt"), section.locator("dl.facts dd")
    return dict(zip(words.all_inner_texts(), counts.all_inner_texts(), strict=True))


@pytest.mark.behaviour("A01", "A45", "B12", "B44")
def test_an_owner_requires_it_from_monday_and_gets_everybody_through(
    new_browser: NewBrowser, demo: Demo, tmp_path: Path
) -> None:
    office = Office(demo, new_browser)
    starts = monday(demo.now())
    require_from(office, starts)
    exempt(office, "cara", starts + timedelta(days=4))

    office.until(starts + timedelta(minutes=10))
    put_off(office)
    walks.sign_in(PatientMouse(new_browser()), demo, "cara")
    follow(office, "3 of 5 people have a second factor", "1 is exempt.")
    office.until(starts + timedelta(days=1, minutes=10))
    set_up_at_last(office, "ann")
    follow(office, "4 of 5 people have a second factor", "1 is exempt.")
    get_back_in(office)
    read_the_report(office, mail_the_report(office, tmp_path), starts)
    hand_over_the_log(office, tmp_path)

    office.until(starts + timedelta(days=5, minutes=10))
    walks.arrive(office.arrives("cara").page, "Set up two-factor authentication")
    turn_off(office)
    turn_on_again(office)


def require_from(office: Office, starts: datetime) -> None:
    """Require it of the team from a day on, with three days' grace, after a look at what that does."""
    ann = office.demo.person("ann")
    page = office.owner_arrives()
    page.goto(walks.AUTHENTICATION)
    office.owner.tick(walks.REQUIRE_TEAM)
    team = page.locator("section.sheet", has=page.get_by_role("heading", name="Team members")).first
    team.get_by_role("radio", name="From a day and time").check()
    team.get_by_label("Day and time").last.fill(f"{starts:%Y-%m-%dT%H:%M}")
    team.get_by_label("Days of grace").fill("3")
    office.owner.press("See what this does first")
    walks.arrive(page, "What this does")
    expect(
        page.get_by_text(f"Team members need a second factor from Monday {starts.day} {starts:%B %Y}, 09:00")
    ).to_be_visible()
    until = starts + timedelta(days=3)
    expect(
        page.get_by_text(
            f"Team members who have none may wait for 3 days, until Thursday {until.day} {until:%B %Y}, 09:00"
        )
    ).to_be_visible()
    counted = numbers(page)
    assert (counted["People"], counted["Asked for the code they have"]) == ("5", "3")
    assert (counted["Led through set-up"], counted["Exempt"]) == ("1", "1")
    since = office.demo.now()
    office.save_policy()
    told = office.demo.mail(ann["email"], since=since, subject="Set up two-factor authentication")["body"]
    due = starts + timedelta(days=3)
    assert f"You can leave it until {due.day} {due:%B %Y}, 09:00 UTC" in told
    hands = office.arrives("ann")
    walks.arrive(hands.page, f"Good to see you, {ann['name']}")


def exempt(office: Office, name: str, until: datetime) -> None:
    """Exempt somebody to the end of a day, with a reason."""
    page = office.owner.page
    person = office.demo.person(name)
    page.goto(f"/admin/people?search={name}")
    office.owner.follow(person["name"])
    office.owner.follow("Change or end the exemption")
    page.get_by_label("Until", exact=True).fill(f"{until:%Y-%m-%d}")
    office.owner.fill("Reason", "On a plane until Friday.")
    since = office.demo.now()
    office.owner.press("Exempt")
    office.prove()
    assert "On a plane until Friday." in office.demo.mail(person["email"], since=since)["body"]
    page.goto("/admin/exemptions")
    expect(page.get_by_text("On a plane until Friday.")).to_be_visible()


def put_off(office: Office) -> None:
    """On Monday Ann is asked for it, and puts it off."""
    ann = office.demo.person("ann")
    hands = office.arrives("ann")
    walks.arrive(hands.page, "Set up two-factor authentication")
    expect(hands.page.get_by_text("You can leave this until")).to_be_visible()
    hands.press("Later")
    walks.arrive(hands.page, f"Good to see you, {ann['name']}")


def set_up_at_last(office: Office, name: str) -> None:
    person = office.demo.person(name)
    hands = office.arrives(name)
    walks.set_up_app(hands, office.demo, person)
    walks.arrive(hands.page, f"Good to see you, {person['name']}")


def follow(office: Office, *words: str) -> None:
    """Look at how far it is."""
    page = office.owner_arrives()
    page.goto("/admin/roll-out")
    team = page.locator("section.sheet", has=page.get_by_role("heading", name="Team members")).first
    for each in words:
        expect(team.get_by_text(each)).to_be_visible()


def get_back_in(office: Office) -> None:
    """Get Ben back in, whose phone is lost: after a look at him, which the history tells."""
    ben = office.demo.person("ben")
    hands = office.arrives("ben")
    walks.arrive(hands.page, "Type your passcode")
    hands.follow("I cannot get a code")
    hands.press("Ask for help")
    number = hands.page.locator(".two-digits").inner_text()

    page = office.owner.page
    page.goto("/admin/help")
    office.owner.follow(ben["name"])
    expect(page.locator(".two-digits")).to_have_text(number)
    page.get_by_text("It is lost, broken or new").click()
    office.owner.press("Continue")
    page.get_by_text("In person", exact=True).click()
    office.owner.press("Continue")
    office.owner.fill("Reason", "Stands at the desk with his badge; the phone fell off a ferry.")
    office.owner.press("Reset the second factor")
    office.prove()
    walks.arrive(page, ben["name"])
    history = page.locator("section.sheet", has=page.get_by_role("heading", name="History"))
    expect(history.get_by_text("Olivia Hart · seen in person · “Stands at the desk with his badge")).to_be_visible()
    set_up_at_last(office, "ben")


def mail_the_report(office: Office, folder: Path) -> dict[str, dict[str, str]]:
    """Have the report mailed, open it from the mail, and return its lines by address."""
    page = office.owner.page
    page.goto(walks.AUTHENTICATION)
    since = office.demo.now()
    office.owner.press("Generate 2FA status report")
    owner = office.demo.person("olivia")
    body = office.demo.mail(owner["email"], since=since, subject="Your 2FA status report")["body"]
    found = re.search(r"http\S+/admin/reports/\w{26}$", body, re.MULTILINE)
    assert found, body
    page.goto(found.group())
    path = downloaded(page, "Download (CSV)", folder)
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["email"]: row for row in csv.DictReader(file)}


def read_the_report(office: Office, rows: dict[str, dict[str, str]], starts: datetime) -> None:
    states = {row["name"]: row["state"] for row in rows.values()}
    friday = starts + timedelta(days=4)
    assert states == dict.fromkeys(NAMES, "On, required") | {"Cara Mendes": f"Exempt until {friday:%Y-%m-%d}"}
    assert rows[office.demo.person("cara")["email"]]["why"] == "On a plane until Friday."
    assert [rows[office.demo.person(one)["email"]]["by choice"] for one in ("ann", "ben", "olivia")] == [
        "no",
        "no",
        "yes",
    ]


def hand_over_the_log(office: Office, folder: Path) -> None:
    """Make somebody an auditor: they read the log and take it out, and can change nothing."""
    page = office.owner.page
    page.goto("/admin/people/add")
    office.owner.fill("Email", AUDITOR)
    page.get_by_label("Role").select_option(label="Auditor")
    since = office.demo.now()
    office.owner.press("Add")
    office.prove()
    body = office.demo.mail(AUDITOR, since=since)["body"]
    found = re.search(r"http\S+/links/\S+", body)
    assert found, body
    hands = PatientMouse(office.new_browser())
    hands.page.goto(found.group())
    hands.fill("Your name", "The auditor")
    hands.fill("New password", AUDITORS_PASSWORD)
    hands.press("Continue")
    walks.arrive(hands.page, "Set up two-factor authentication")
    hands.press("Later")
    hands.page.goto("/admin/account/audit")
    walks.arrive(hands.page, "Audit log")
    hands.fill("Happened to (email)", office.demo.person("ben")["email"])
    hands.press("Search")
    expect(hands.page.locator("ul.rows").get_by_text("A helper reset the second factor")).to_be_visible()
    with downloaded(hands.page, "CSV", folder).open(encoding="utf-8-sig", newline="") as file:
        helped = next(line for line in csv.DictReader(file) if line["event"] == "A helper reset the second factor.")
    assert helped["actor_email"] == office.demo.person("olivia")["email"]
    assert "the phone fell off a ferry" in helped["detail"]
    hands.page.goto(walks.AUTHENTICATION)
    expect(hands.page.get_by_role("checkbox", name=walks.REQUIRE_TEAM)).to_be_checked()
    expect(hands.page.get_by_role("button", name="Save")).to_have_count(0)


def turn_off(office: Office) -> None:
    """End the requirement: who chose it is asked on, and Ann is not."""
    page = office.owner_arrives()
    page.goto(walks.AUTHENTICATION)
    office.owner.tick(walks.REQUIRE_TEAM, on=False)
    office.owner.press("See what this does first")
    counted = numbers(page)
    assert (counted["Asked for the code they have"], counted["Keep theirs, not asked for it"]) == ("2", "2")
    team = page.locator("section.sheet", has=page.get_by_role("heading", name="Team members")).first
    expect(team.get_by_text("4 people are no longer asked for a second factor.")).to_contain_text("Cara Mendes")
    still = team.get_by_text("2 people still are, by choice or by another rule.")
    for name in ("Olivia Hart", "Adam Novak"):
        expect(still).to_contain_text(name)
    since = office.demo.now()
    office.save_policy()
    for name in ("olivia", "adam"):
        office.demo.mail(office.demo.person(name)["email"], since=since)
    hands = office.arrives("ann")
    walks.arrive(hands.page, f"Good to see you, {office.demo.person('ann')['name']}")
    hands = office.arrives("adam")
    walks.arrive(hands.page, "Type your passcode")


def turn_on_again(office: Office) -> None:
    """Require it again, from now on: Ann is asked for the code of the app that she kept."""
    page = office.owner.page
    page.goto(walks.AUTHENTICATION)
    office.owner.tick(walks.REQUIRE_TEAM)
    office.save_policy()
    ann = office.demo.person("ann")
    hands = office.arrives("ann")
    walks.give_passcode(hands, office.demo, ann["key"])
    walks.arrive(hands.page, f"Good to see you, {ann['name']}")


def downloaded(page: Page, button: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=button, exact=True).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path
