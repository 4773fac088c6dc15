"""The 2FA status report: asked for on the Authentication page, mailed about, downloaded by admins for a day."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.walks.kit import PASSWORD
from twofold.core.report import COLUMNS
from twofold.core.roles import Role
from twofold.core.wanted import Accepts
from twofold.delivery.worker import Worker
from twofold.store.housekeeping import sweep
from twofold.web.admin import files

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

AUTHENTICATION = "/admin/account/security/advanced/authentication"
GENERATE = "include_end_users"


def generate(browser: Browser, *, end_users: bool = False) -> str:
    """Press the button on the Authentication page and return the path of the report."""
    browser.get(AUTHENTICATION)
    browser.submit({GENERATE: "1" if end_users else None}, having=GENERATE)
    assert browser.page.path.startswith("/admin/reports/")
    return browser.page.path


def downloaded(browser: Browser, path: str) -> list[dict[str, str]]:
    """Open the page of a report, download its file, and return the rows by their columns."""
    browser.get(path)
    page = browser.submit()
    assert page.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert int(page.headers["Content-Length"]) == len(page.content)
    return list(csv.DictReader(io.StringIO(page.content.decode("utf-8-sig"), newline="")))


def tidy(desk: Desk) -> None:
    """Let the worker do what it does while it has nothing else to do."""
    desk.mails()
    worker = Worker(desk.worker_needs())
    while worker.step():
        pass


def by_email(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    found = {row["email"]: row for row in rows}
    assert len(found) == len(rows)
    return found


@pytest.mark.behaviour("A36")
def test_the_button_starts_a_job_and_says_so(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    as_owner.get(AUTHENTICATION)
    assert "Generate 2FA status report" in as_owner.page.text

    path = generate(as_owner)

    assert "The report was asked for. You get a mail as soon as it is ready." in as_owner.page.text
    assert "It is being made" in as_owner.page.text
    assert "You need not wait" in as_owner.page.text
    assert not as_owner.page.forms
    # Asking again while it is made leads to the same report.
    assert generate(as_owner) == path
    assert [event.actor_id for event in desk.events("report.asked")] == [olive.id]


@pytest.mark.behaviour("A35")
def test_each_team_member_has_a_row_with_yes_or_no(desk: Desk, as_owner: Browser) -> None:
    desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)
    desk.add("bob@acme.example", Role.AGENT)
    desk.add("cy@acme.example", Role.AGENT, suspended_at=desk.clock.now())
    desk.add("ed@acme.example", Role.AUDITOR)
    path = generate(as_owner)
    desk.mails()

    rows = by_email(downloaded(as_owner, path))

    assert {email: row["2FA on"] for email, row in rows.items()} == {
        "olive@acme.example": "yes",
        "ada@acme.example": "yes",
        "bob@acme.example": "no",
        "cy@acme.example": "no",
        "ed@acme.example": "no",
    }
    assert [row["role"] for row in rows.values()] == ["admin", "agent", "agent", "auditor", "owner"]
    assert rows["cy@acme.example"]["state"] == "Off, suspended"


@pytest.mark.behaviour("A37")
@pytest.mark.security("SI4")
def test_whoever_asked_gets_a_mail_with_a_link_that_works(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    desk.add("ada@acme.example", Role.ADMIN)
    as_owner.extra = {"HTTP_X_FORWARDED_HOST": "evil.example", "HTTP_FORWARDED": "host=evil.example"}
    path = generate(as_owner)
    as_owner.extra = {}

    [mail] = desk.mails("report_ready")

    assert mail.to == "olive@acme.example"
    url = str(mail.params["url"])
    # Made from the configured address; nothing but the id stands in it.
    assert url == f"{desk.account.base_url}{path}"
    assert url in mail.text
    assert "evil" not in mail.text
    assert as_owner.get(url.removeprefix(desk.account.base_url)).status == 200
    assert "It is ready" in as_owner.page.text
    assert len(downloaded(as_owner, path)) == 2
    assert [event.detail["report"] for event in desk.events("report.downloaded")] == [path.rpartition("/")[2]]
    assert [event.detail["people"] for event in desk.events("report.made")] == [2]


@pytest.mark.behaviour("A38")
@pytest.mark.behaviour("B22")
def test_end_users_are_in_it_only_when_ticked(desk: Desk, as_owner: Browser) -> None:
    desk.add("eve@globex.example", Role.END_USER, app=True, chosen=True)
    without = generate(as_owner)
    desk.mails()
    with_them = generate(as_owner, end_users=True)
    desk.mails()

    assert set(by_email(downloaded(as_owner, without))) == {"olive@acme.example"}
    rows = by_email(downloaded(as_owner, with_them))

    assert set(rows) == {"olive@acme.example", "eve@globex.example"}
    eve = rows["eve@globex.example"]
    yesterday = (desk.clock.now() - timedelta(days=1)).date().isoformat()
    assert (eve["role"], eve["methods"], eve["state"]) == ("end user", "totp", "On, by choice")
    assert eve["enrolled at"][:10] == eve["last used at"][:10] == yesterday


def test_a_row_tells_everything_that_is_known(desk: Desk, as_owner: Browser) -> None:
    desk.require(team=True)
    ann = desk.add("ann@acme.example", Role.AGENT, app=True, name="Ann Ärmlich")
    desk.add("bob@acme.example", Role.AGENT, name='Bob "Bobby" B', exempt_until=None)
    exempt_until = desk.clock.now() + timedelta(days=4)
    desk.add("cy@acme.example", Role.AGENT, exempt_until=exempt_until, exempt_because="New phone, on Friday")
    desk.add("di@acme.example", Role.AGENT, exempt_until=desk.clock.now() - timedelta(days=1), exempt_because="Old")
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    desk.sign_in(ann, desk.browser(), trust=False)
    path = generate(as_owner)
    desk.mails()

    rows = by_email(downloaded(as_owner, path))

    at = desk.clock.now()
    assert rows["ann@acme.example"] == {
        "name": "Ann Ärmlich",
        "email": "ann@acme.example",
        "role": "agent",
        "groups": "",
        "state": "On, required",
        "2FA on": "yes",
        "required": "yes",
        "by choice": "no",
        "methods": "totp",
        "strong": "yes",
        "enrolled at": rows["ann@acme.example"]["enrolled at"],
        "last used at": f"{(at + timedelta(hours=1)).replace(tzinfo=None).isoformat(timespec='seconds')}+01:00",
        "recovery codes left": "10",
        "trusted browsers": "1",
        "last sign-in": rows["ann@acme.example"]["last used at"],
        "how": "password + totp",
        "exempt until": "",
        "why": "",
        "own rule": "",
        "no longer count": "",
    }
    bob, cy, di = (rows[f"{name}@acme.example"] for name in ("bob", "cy", "di"))
    assert (bob["name"], bob["state"], bob["strong"], bob["recovery codes left"]) == (
        'Bob "Bobby" B',
        "Must set up",
        "no",
        "",
    )
    assert (cy["state"], cy["required"], cy["why"]) == ("Exempt until 2026-05-08", "no", "New phone, on Friday")
    assert cy["exempt until"].startswith("2026-05-08T09:")
    # An exemption that is over explains nothing any more.
    assert (di["state"], di["exempt until"], di["why"]) == ("Must set up", "", "")


def test_what_ends_with_a_day_is_told_by_that_day(desk: Desk, as_owner: Browser) -> None:
    """What no longer counts proves up to the end of a day, so "by" names that day, in the file and on the page."""
    eve = desk.add("eve@globex.example", Role.END_USER, app=True, chosen=True)
    end_of_the_20th = datetime(2026, 5, 20, 23, tzinfo=UTC)
    mail_only = Accepts(kinds=frozenset({"email"}), old_ones_prove_until=end_of_the_20th)
    desk.rules(lambda rules: replace(rules, end_users=replace(rules.end_users, accepts=mail_only)))

    path = generate(as_owner, end_users=True)
    desk.mails()

    assert by_email(downloaded(as_owner, path))["eve@globex.example"]["state"] == "Must set up by 2026-05-20"
    assert "Must set up by 20 May" in as_owner.get(f"/admin/people/{eve.id}").text


@pytest.mark.security("SJ5")
@pytest.mark.parametrize(
    "name",
    ["=HYPERLINK(1)", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", '"=1"', " =1", "x;=1", "x,+1", "\uff1d1", "=1\n=2"],
)
def test_no_cell_is_a_formula(desk: Desk, as_owner: Browser, name: str) -> None:
    desk.add("mallory@acme.example", Role.AGENT, name=name, exempt_because=name)
    desk.change(desk.add("=cmd@acme.example", Role.AGENT), exempt_until=desk.clock.now() + timedelta(days=1))
    path = generate(as_owner)
    desk.mails()

    as_owner.get(path)
    text = as_owner.submit().content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline="")))

    assert all(len(row) == len(COLUMNS) for row in rows)
    assert len(rows) == 4
    for separator in ",;|\t":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert cell.lstrip()[:1] not in {*"=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"} or cell == "", row


def test_nobody_but_admins_and_auditors_who_are_signed_in_see_it(
    desk: Desk, olive: Somebody, as_owner: Browser
) -> None:
    path = generate(as_owner)
    desk.mails()
    ada = desk.add("ada@acme.example", Role.ADMIN)
    ed = desk.add("ed@acme.example", Role.AUDITOR)
    for somebody in (ada, ed):
        assert len(downloaded(desk.sign_in(somebody), path)) == 1
    for role in (Role.AGENT, Role.END_USER):
        other = desk.sign_in(desk.add(f"{role.value}@acme.example", role))
        assert other.get(path).status == 403
        assert other.get("/admin/reports").status == 403
        assert other.post(f"{path}/download").status == 403
        assert other.post("/admin/reports").status == 403
    stranger = desk.browser()
    assert stranger.get(path).path == "/sign-in"
    assert stranger.post(f"{path}/download").path == "/sign-in"
    elsewhere = as_owner.get("/admin/reports/" + "0" * 26)
    assert elsewhere.status == 404


def test_a_person_with_an_open_session_who_was_made_an_agent_sees_it_no_longer(desk: Desk, as_owner: Browser) -> None:
    ada = desk.add("ada@acme.example", Role.ADMIN)
    browser = desk.sign_in(ada)
    path = generate(browser)
    desk.change(ada, role=Role.AGENT)

    assert desk.mails("report_ready") == []
    assert browser.get(path).status == 403
    assert len(downloaded(as_owner, path)) == 2


def test_after_a_day_the_file_is_gone(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    path = generate(as_owner)
    desk.mails()
    desk.forward(hours=23, minutes=30)
    as_owner = desk.sign_in(olive)
    assert len(downloaded(as_owner, path)) == 1
    desk.forward(minutes=30)
    as_owner.get(path)
    assert "The file is gone" in as_owner.page.text

    as_owner.post(f"{path}/download")
    assert as_owner.page.path == "/admin/reports"
    assert "The file of that report is gone" in as_owner.page.text
    sweep(desk.clock.now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM report_part")
        assert cursor.fetchone() == (0,)
    assert len(desk.events("report.downloaded")) == 1
    # The list still says that it was made.
    assert "file gone" in as_owner.get("/admin/reports").text


@pytest.mark.behaviour("A21")
def test_who_requires_it_and_makes_no_report_is_reminded(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ada = desk.add("ada@acme.example", Role.ADMIN)
    desk.add("bob@acme.example", Role.AGENT)
    desk.require(team=True)
    desk.forward(days=89)
    tidy(desk)
    assert desk.mails("report_reminder") == []
    assert "nobody made a report for 90 days" not in desk.sign_in(olive).get(AUTHENTICATION).text

    desk.forward(days=1)
    tidy(desk)
    tidy(desk)

    assert {mail.to for mail in desk.mails("report_reminder")} == {olive.email, ada.email}
    browser = desk.sign_in(olive)
    assert "nobody made a report for 90 days" in browser.get(AUTHENTICATION).text
    path = generate(browser)
    desk.mails()
    assert len(downloaded(browser, path)) == 3
    assert "nobody made a report for 90 days" not in browser.get(AUTHENTICATION).text
    desk.forward(days=89)
    tidy(desk)
    assert len(desk.mails("report_reminder")) == 2
    desk.forward(days=2)
    tidy(desk)
    assert len(desk.mails("report_reminder")) == 4


def test_nobody_is_reminded_while_nothing_is_required(desk: Desk, as_owner: Browser) -> None:
    desk.forward(days=400)
    tidy(desk)

    assert desk.mails("report_reminder") == []


def test_a_file_is_sent_to_two_at_once(desk: Desk, as_owner: Browser) -> None:
    path = generate(as_owner)
    desk.mails()
    taken = [files.place() for _ in range(files.AT_ONCE)]
    as_owner.get(path)

    page = as_owner.submit()
    assert page.status == 503
    assert page.headers["Retry-After"] == "60"

    for place in taken:
        assert place is not None
        place.give_back()
    assert len(downloaded(as_owner, path)) == 1
    assert PASSWORD not in page.text
