"""The audit log: everything that happened is listed, looked for by anything it says, and taken out."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from twofold.core.ids import EventId
from twofold.core.roles import Role
from twofold.delivery.worker import Worker
from twofold.ports.audit import Event
from twofold.web.admin import files

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

LOG = "/admin/account/audit"
AUTHENTICATION = "/admin/account/security/advanced/authentication"


@pytest.fixture
def owner(desk: Desk, olive: Somebody) -> Browser:
    return desk.sign_in(olive)


def take_out(browser: Browser, form: str, **wanted: str) -> Page:
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    browser.get(f"{LOG}?{query}" if query else LOG)
    return browser.submit(press=f"form={form}")


def rows_of(page: Page) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page.content.decode(), newline="")))


def objects_of(page: Page) -> list[dict[str, str]]:
    return [json.loads(line) for line in page.content.decode().splitlines()]


def an_event(desk: Desk, kind: str = "policy.changed", *, ago: timedelta = timedelta(), **facts: object) -> Event:
    """Record an event that happened a while ago, as if the log had held it since."""
    at = desk.clock.now() - ago
    event = Event(id=EventId(desk.services.entropy.ordered_id(at)), at=at, kind=kind, actor="person", **facts)  # type: ignore[arg-type]  # a test names fields of the record
    desk.services.audit.record(desk.account.id, event)
    return event


def work(desk: Desk) -> None:
    desk.mails()
    worker = Worker(desk.worker_needs())
    while worker.step():
        pass


@pytest.mark.behaviour("B44")
def test_who_did_what_when_and_from_where_is_listed_and_taken_out(desk: Desk, owner: Browser, olive: Somebody) -> None:
    owner.get(AUTHENTICATION)
    owner.submit({"require_end_users": "1"}, press="go=save", having="require_end_users")
    ann = desk.add("ann@customer.example", Role.END_USER)
    browser = desk.browser(address="2001:db8::7")
    desk.present_password(browser, ann)
    desk.set_up(ann, browser)
    desk.forward(days=31)
    desk.present_password(browser, ann, password="wrong horse battery")
    desk.present_password(browser, ann)
    browser.submit({"passcode": "000000"})
    desk.forward(seconds=5)
    browser.submit({"passcode": ann.recovery_codes[0]})
    browser.get("/forgot-password")
    desk.browser(address="192.0.2.9").post("/forgot-password", {"email": ann.email})
    reset = desk.browser(address="192.0.2.9")
    reset.get(str(desk.mails("password_forgotten")[-1].params["url"]).removeprefix(desk.account.base_url))
    reset.submit({"new_password": "another horse battery"})
    happened = {
        "policy.changed": ("olive@acme.example", "", "127.0.0.1"),
        "enrolment.confirmed": ("", "ann@customer.example", "2001:db8::7"),
        "password.refused": ("", "ann@customer.example", "2001:db8::7"),
        "second_factor.refused": ("", "ann@customer.example", "2001:db8::7"),
        "recovery_code.used": ("", "ann@customer.example", "2001:db8::7"),
        "password.reset": ("", "ann@customer.example", "192.0.2.9"),
    }

    owner = desk.sign_in(olive)
    page = owner.get(LOG)
    for words in (
        "The sign-in policy was changed.",
        "A method was set up.",
        "A wrong password was typed.",
        "A wrong code was typed.",
        "A recovery code was used.",
        "A new password was set by a mailed link.",
    ):
        assert words in page.text
    assert "Olive" in page.text
    assert "→ Ann" in page.text
    assert "4 June, 09:00:30" in page.text

    for form in ("csv", "jsonl"):
        taken = take_out(owner, form)
        assert taken.headers["Content-Disposition"] == f'attachment; filename="audit-log-2026-06-04.{form}"'
        lines = rows_of(taken) if form == "csv" else objects_of(taken)
        assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
        found = {line["kind"]: line for line in lines}
        for kind, (actor, person, address) in happened.items():
            line = found[kind]
            assert ((line["actor_email"] or ""), (line["person_email"] or "")) in {(actor, person), (person, person)}
            assert line["address"] == address
            assert line["at"].endswith("+00:00")
    exported = desk.events("audit.exported")
    assert [event.detail for event in exported] == [{"form": "csv", "wanted": {}}, {"form": "jsonl", "wanted": {}}]
    assert {event.actor_id for event in exported} == {olive.id}


def test_a_change_shows_what_stood_there_before(desk: Desk, owner: Browser) -> None:
    owner.get(AUTHENTICATION)
    owner.submit({"require_team_members": "1", "team_trust_days": "7"}, press="go=save", having="team_trust_days")
    owner.get("/admin/account/appearance")
    owner.submit({"name": "Acme <Help>"}, having="colour")
    page = owner.get(LOG)
    assert "Team members > Not asked again on a computer for 30 days 7 days" in page.text
    assert "Team members > Required > Grace nothing none" in page.text
    assert "Name Acme Support Acme <Help>" in page.text
    assert "Acme &lt;Help&gt;" in page.html
    assert '<td data-head="Before">Acme Support</td>' in page.html, "on a phone, where the heads are out of sight"


def test_it_is_looked_through_by_person_actor_kind_address_and_day(desk: Desk, owner: Browser, olive: Somebody) -> None:
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")
    an_event(desk, "a.one", ago=timedelta(days=2), person_id=ann.id, actor_id=olive.id, address="192.0.2.1")
    an_event(desk, "session.ended", ago=timedelta(days=1), person_id=bob.id, actor_id=bob.id, address="2001:db8::1")
    an_event(desk, "session.ended", person_id=ann.id, actor_id=ann.id, address="192.0.2.1")

    def found(**wanted: str) -> list[tuple[str, str]]:
        lines = rows_of(take_out(owner, "csv", **wanted))
        assert owner.page.status == 200, owner.page.text
        return [(line["kind"], line["person_name"]) for line in lines]

    assert found(person="ann@acme.example") == [("a.one", "Ann"), ("session.ended", "Ann")]
    assert found(person=str(ann.id), actor="olive@acme.example") == [("a.one", "Ann")]
    assert found(kind="session.ended") == [("session.ended", "Bob"), ("session.ended", "Ann")]
    assert found(address="2001:DB8:0::1") == [("session.ended", "Bob")]
    assert found(kind="session.ended", to="2026-05-03") == [("session.ended", "Bob")]
    assert ("session.ended", "Bob") not in found(**{"from": "2026-05-04"})
    assert found(**{"from": "2026-05-02", "to": "2026-05-02"}) == [("a.one", "Ann")]
    page = owner.get(f"{LOG}?kind=session.ended&person=bob@acme.example")
    assert "One open session was ended." in page.text
    assert "Ann" not in page.text
    assert desk.events("audit.exported")[1].detail["wanted"] == {"person": ann.id, "actor": olive.id}
    assert "Nothing fits." in owner.get(f"{LOG}?kind=rescue.followed").text


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("person=nobody@acme.example", "Nobody has this address."),
        ("actor=ann", "Nobody has this address."),
        ("kind=x", "Choose from the list."),
        ("address=nowhere", "Type one network address"),
        ("from=yesterday", "Type a day as 2026-05-04."),
        ("from=0000-01-01", "Type a day as 2026-05-04."),
        ("from=2026-05-04&to=2026-05-03", "The last day lies before the first."),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_its_field(owner: Browser, query: str, says: str) -> None:
    owner.show_failures()
    page = owner.get(f"{LOG}?{query}")
    assert page.status == 400
    assert says in page.text
    assert page.title.startswith("Error:")


@pytest.mark.parametrize("before", ["strange", "%00", "\u0665", "LTEKYQ", "9" * 500])
def test_a_strange_cursor_shows_the_newest(owner: Browser, before: str) -> None:
    owner.show_failures()
    assert owner.get(f"{LOG}?before={before}").status in {200, 400}


def test_pages_go_back_to_the_beginning_and_no_event_is_left_out(desk: Desk, owner: Browser) -> None:
    already = len(desk.events())
    for number in range(120):
        an_event(desk, f"number.n{number:03}")
    seen: list[str] = []
    page = owner.get(LOG)
    while True:
        seen += [word for word in page.text.split() if word.startswith("number.")]
        older = [url for url, text in page.links if text == "Older"]
        if not older:
            break
        page = owner.get(older[0])
        assert "Newest" in page.text
    assert seen == [f"number.n{number:03}" for number in reversed(range(120))]
    assert already < 50


@pytest.mark.security("SJ5")
def test_a_cell_is_never_a_formula_and_names_stay_text(desk: Desk, owner: Browser) -> None:
    eve = desk.add("eve@acme.example", name='=HYPERLINK("http://evil.example")', role=Role.END_USER)
    an_event(desk, person_id=eve.id, browser="@SUM(1)\n-2", detail={"because": "+1,=2", "text": "<b>"})
    page = owner.get(f"{LOG}?person=eve@acme.example")
    assert "<b>" not in page.html
    [line] = rows_of(take_out(owner, "csv", person="eve@acme.example"))
    assert line["person_name"] == '\'=HYPERLINK("http://evil.example")'
    assert line["browser"] == "'@SUM(1) -2"
    lines = take_out(owner, "jsonl", person="eve@acme.example").content.decode().splitlines()
    assert json.loads(lines[0])["detail"] == {"because": "+1,=2", "text": "<b>"}


def test_the_whole_of_a_long_log_is_taken_out_a_piece_at_a_time(desk: Desk, owner: Browser) -> None:
    with desk.services.transactions.begin():
        for _ in range(2500):
            an_event(desk, ago=timedelta(minutes=1), kind="session.ended")
    whole = take_out(owner, "jsonl", kind="session.ended").content.splitlines()
    assert len(whole) == 2500
    assert len({json.loads(line)["id"] for line in whole}) == 2500


def test_at_most_two_are_taken_out_at_a_time(desk: Desk, owner: Browser) -> None:
    with files._PLACES, files._PLACES:
        page = take_out(owner, "csv")
        assert page.status == 503
        assert page.headers["Retry-After"] == "60"
        assert "Two files are being sent already." in page.text
    assert take_out(owner, "csv").status == 200
    assert take_out(owner, "csv").status == 200
    assert take_out(owner, "csv").status == 200
    assert len(desk.events("audit.exported")) == 3


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_the_log_is_not_for_everybody(desk: Desk, role: Role) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example", role))
    assert browser.get(LOG).status == 403
    assert browser.post(f"{LOG}/export", {"form": "csv"}).status == 403
    assert browser.post(f"{LOG}/keep", {"keep_days": "90", "version": "0"}).status == 403
    assert not desk.events("audit.exported")


def test_events_of_those_who_were_removed_stay_with_an_id_and_no_name(desk: Desk, owner: Browser) -> None:
    eve = desk.add("eve@acme.example", Role.END_USER)
    desk.sign_in(eve)
    owner.get(f"/admin/people/{eve.id}")
    owner.post(f"/admin/people/{eve.id}/remove")
    assert "Eve " not in owner.get(LOG).text
    page = owner.get(f"{LOG}?person={eve.id}")
    assert "Somebody was removed and erased." in page.text
    assert "somebody removed" in page.text


def test_it_is_kept_for_two_years_unless_an_owner_says_otherwise(desk: Desk, olive: Somebody, owner: Browser) -> None:
    desk.add("adam@acme.example", Role.ADMIN)
    an_event(desk, "long.ago", ago=timedelta(days=731))
    an_event(desk, "year.ago", ago=timedelta(days=365))
    work(desk)
    assert not desk.events("long.ago")
    assert desk.events("year.ago")
    [gone] = desk.events("audit.forgotten")
    assert (gone.actor, gone.detail) == ("system", {"before_day": "2024-05-04", "removed": 1})

    owner.get(LOG)
    assert "It begins on 4 May 2025." in owner.page.text
    for bad in ("89", "3651", "-1", "many", "1e3", ""):
        owner.get(LOG)
        assert owner.submit({"keep_days": bad}, having="keep_days").status == 400
        assert "Type a whole number from 90 to 3650, or 0 for ever." in owner.page.text
    desk.forward(minutes=6)
    owner.get(LOG)
    owner.submit({"keep_days": "100"}, having="keep_days")
    assert owner.page.title.startswith("Is it still you?")
    owner.submit({"proof_passcode": olive.app.next_code()})
    assert "Saved." in owner.page.text
    [changed] = desk.events("audit.retention_changed")
    assert changed.detail == {"before": {"keep_days": 730}, "after": {"keep_days": 100}}
    assert sorted(mail.to for mail in desk.mails("audit_kept_shorter")) == ["adam@acme.example", "olive@acme.example"]
    desk.forward(minutes=11)
    work(desk)
    assert not desk.events("year.ago")
    assert desk.events("audit.forgotten")[-1].detail["removed"] == 1
    desk.forward(days=400)
    work(desk)
    # Whatever the clock says, what lies within 90 days of the newest event stays.
    assert desk.events("audit.retention_changed")


def test_two_owners_do_not_undo_each_other(desk: Desk, owner: Browser) -> None:
    owner.get(LOG)
    stale = owner.page
    owner.submit({"keep_days": "0"}, having="keep_days")
    assert "For ever." in owner.page.text
    owner.page = stale
    owner.submit({"keep_days": "100"}, having="keep_days")
    assert "Somebody else saved meanwhile." in owner.page.text
    assert "For ever." in owner.page.text
    assert not desk.mails("audit_kept_shorter")


def test_admins_read_the_log_and_do_not_say_how_long_it_is_kept(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN))
    page = browser.get(LOG)
    assert page.status == 200
    assert "Owners can change that." in page.text
    assert browser.post(f"{LOG}/keep", {"keep_days": "90", "version": "0"}).status == 403
