"""An auditor: reads every page of Admin Center, changes nothing, takes the report and the log out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.walks.kit import is_signed_in
from tests.walks.routes import AN_ID, all_paths
from twofold.core.groups import Group
from twofold.core.ids import GroupId, PersonId
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

ADMIN_PATHS = [path for path in all_paths() if path.startswith("/admin")]
ONLY_ACTS = {"/admin/people/add", f"/admin/people/{AN_ID}/password"}
"""Pages that hold nothing to be read: they are there for adding somebody, and for setting a password."""
MAY_POST = {
    "/admin/account/audit/export",
    "/admin/reports",
    f"/admin/reports/{AN_ID}/download",
    "/admin/roll-out/preview",
}
"""Taking the log out, making and downloading the report; and walking through an example that stores nothing."""
SETTINGS = ("account", "policy_version", "setting", "person", "group_member", "enrolment", "recovery_code", "session")


@pytest.fixture
def udo(desk: Desk) -> Somebody:
    return desk.add("udo@acme.example", Role.AUDITOR, app=True, chosen=True)


@pytest.fixture
def auditor(desk: Desk, udo: Somebody) -> Browser:
    desk.add("olive@acme.example", Role.OWNER)
    # Whoever a path with an id means.
    desk.add("ann@acme.example", app=True, id=PersonId(AN_ID))
    return desk.sign_in(udo)


def stored() -> dict[str, object]:
    """Return every row of what can be set and whom it is set for."""
    found: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in SETTINGS:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 -- a table of ours
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            # Reading is noted: when a session was last seen.
            found[table] = sorted(str({**row, "last_seen_at": None, "version": None}) for row in rows)
    return found


@pytest.mark.parametrize("path", ADMIN_PATHS)
def test_an_auditor_opens_every_page_and_changes_nothing(desk: Desk, auditor: Browser, path: str) -> None:
    before = stored()
    page = auditor.get(path)
    assert page.status in ({403} if path in ONLY_ACTS else {200, 404, 405}), page.text
    # The preview of the wizard shows what others see.
    if 'aria-label="Admin Center"' in page.html:
        assert "You are an auditor: you can read everything here, and change nothing." in page.text
    answer = auditor.post(path, {"role": "owner", "go": "save", "name": "x", "keep_days": "0", "version": "0"})
    if path not in MAY_POST:
        assert answer.status in {403, 405}, answer.text
    if answer.status == 403:
        assert "Auditors change nothing" in answer.text
        assert "nothing was changed" in answer.text
    assert stored() == before


def test_most_pages_are_there_to_be_read(auditor: Browser) -> None:
    assert sum(auditor.get(path).status == 200 for path in ADMIN_PATHS) > 10


def test_a_page_without_buttons_says_nothing_about_saving(desk: Desk) -> None:
    night = GroupId("0123456789abcdefghjkmnpqrs")
    desk.rules(lambda rules: replace(rules, groups={night: Group(name="Night")}))
    ann = desk.add("ann@acme.example")
    empty_handed = desk.sign_in(desk.add("udo@acme.example", Role.AUDITOR))
    owner = desk.sign_in(desk.add("olive@acme.example", Role.OWNER))
    policy = "/admin/account/security/advanced/authentication"
    asked, first = "Before it is saved you may be asked for a code of yours.", "Nobody can require what they do not"
    for page in (policy, f"/admin/people/groups/{night}/rule", f"/admin/people/rule?picked={ann.id}"):
        assert asked in owner.get(page).text
        assert asked not in empty_handed.get(page).text
    assert first in owner.get(policy).text
    assert first not in empty_handed.get(policy).text


def test_an_auditor_takes_the_log_out(desk: Desk, auditor: Browser, udo: Somebody) -> None:
    auditor.get("/admin/first-steps")
    auditor.click("Audit log")
    assert auditor.page.path == "/admin/account/audit"
    auditor.submit(press="form=csv")
    assert auditor.page.status == 200
    assert auditor.page.content.startswith(b"at,kind,event,")
    [event] = desk.events("audit.exported")
    assert event.actor_id == udo.id


def test_an_auditor_makes_the_report_and_downloads_it(desk: Desk, auditor: Browser, udo: Somebody) -> None:
    auditor.get("/admin/reports")
    auditor.submit(having="include_end_users")
    assert "The report was asked for." in auditor.page.text
    [mail] = desk.mails("report_ready", to=udo.email)
    auditor.get(str(mail.params["url"]).removeprefix(desk.account.base_url))
    auditor.submit()
    assert auditor.page.status == 200
    assert auditor.page.headers["Content-Disposition"].startswith("attachment")
    assert b"ann@acme.example" in auditor.page.content


def test_an_auditor_sees_no_way_to_act_on_anybody(auditor: Browser) -> None:
    page = auditor.get(f"/admin/people/{AN_ID}")
    assert page.status == 200
    assert "Ann" in page.text
    assert not page.forms


def test_an_auditor_is_a_team_member(desk: Desk, auditor: Browser, udo: Somebody) -> None:
    assert auditor.get("/profile").status == 200
    assert "Support" in auditor.page.text
    eve = desk.add("eve@acme.example", Role.AUDITOR)
    desk.require(team=True)
    browser = desk.browser()
    desk.present_password(browser, eve)
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)


@pytest.mark.parametrize("giver", [Role.OWNER, Role.ADMIN])
def test_owners_and_admins_give_the_role_and_take_it_back(desk: Desk, giver: Role) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(desk.add("gabi@acme.example", giver, app=True, chosen=True))
    browser.get(f"/admin/people/{ann.id}")
    browser.submit({"role": "auditor"}, having="role")
    assert "The role is changed" in browser.page.text
    assert "Auditor" in browser.page.text
    assert desk.person(ann).role is Role.AUDITOR
    assert desk.events("person.role_changed", of=ann)[0].detail["after"] == "auditor"
    assert desk.mails("role_changed", to=ann.email)
    browser.get("/admin/people?role=auditor")
    assert "ann@acme.example" in browser.page.text
    browser.get(f"/admin/people/{ann.id}")
    browser.submit({"role": "agent"}, having="role")
    assert desk.person(ann).role is Role.AGENT


@pytest.mark.security("SE11")
def test_an_auditor_does_not_raise_themselves(desk: Desk, auditor: Browser, udo: Somebody) -> None:
    for role in ("owner", "admin"):
        assert auditor.post(f"/admin/people/{udo.id}/role", {"role": role}).status == 403
    assert desk.person(udo).role is Role.AUDITOR
