"""Admin Center > Roll-out: counts as they are, who is stuck, an announcement, and a pause of some hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.flows import announcing, mail_settings, roll_out, signed_in
from twofold.flows.visit import Visit
from twofold.web import cookies, pages

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PAGE = "/admin/roll-out"
GROUP = GroupId("0123456789abcdefghjkmnpqrs")


def led_to(desk: Desk, somebody: Somebody) -> tuple[str, bool]:
    browser = desk.browser()
    desk.present_password(browser, somebody)
    return browser.page.path, is_signed_in(browser)


def pause(as_owner: Browser, whose: str, *, seconds: int = 3600) -> None:
    as_owner.get(PAGE)
    fields = {"whose": whose, "pause_for": str(seconds), "because": "The mail server is down"}
    as_owner.submit(fields, having="pause", press="pause=1")


def test_it_counts_who_is_set_up_by_day(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    desk.add("bob@acme.example")
    shown = as_owner.get(PAGE).text
    assert "1 of 3 people has a second factor." in shown
    browser = desk.browser()
    desk.present_password(browser, ann)
    desk.set_up(ann, browser)
    page = as_owner.get(PAGE)
    assert "2 of 3 people have a second factor." in page.text
    # Read by everybody, as the line has no numbers of its own.
    assert "Team members with a second factor, by day: 0 a fortnight ago, 2 today." in page.text
    assert "Required since " in page.text
    assert "There is nobody here yet. Not required." in page.text, "the end users"
    assert page.html.count("<polyline") == 1, "no line of nobody"


def test_who_is_stuck_is_listed_with_what_they_were_told_last(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit(press="go=set_up")
    browser.submit({"mailbox_code": "12345678"})
    assert "Nobody." in as_owner.get(PAGE).text, "they are at it"
    desk.forward(minutes=6)
    shown = as_owner.get(PAGE).text
    assert "Nobody." not in shown
    assert "Ann ann@acme.example" in shown
    assert "A wrong code from a mail was typed." in shown

    again = desk.browser()
    desk.present_password(again, ann)
    desk.set_up(ann, again)
    desk.forward(minutes=6)
    assert "Nobody." in as_owner.get(PAGE).text


def test_announcing_mails_whoever_has_nothing(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.add("bob@acme.example", app=True)
    desk.add("end-user@acme.example", Role.END_USER)
    assert as_owner.post(PAGE, {"announce": "1", "text": "Hello"}).status == 403, "nothing is required"
    desk.require(grace_for=timedelta(days=7))
    as_owner.get(PAGE)
    as_owner.submit({"text": "Bring your phone on Monday.\nTea is served."}, having="announce", press="announce=1")
    assert "No mail server is set yet: each mail becomes a file" in as_owner.page.text
    (mail,) = desk.mails("set_up_announced")
    assert mail.to == ann.email
    assert "Bring your phone on Monday.\nTea is served." in mail.text
    assert "until 11 May 2026" in mail.text
    assert "Olive writes:" in mail.text
    (event,) = desk.events("roll_out.announced")
    assert event.actor_id == olive.id


def test_whom_an_announcement_reaches_is_said_before_and_after(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    desk.require(grace_for=timedelta(days=7))
    desk.add("ann@acme.example")
    desk.add("bob@acme.example", app=True)
    desk.change(desk.add("invited@acme.example"), password=None)
    page = as_owner.get(PAGE)
    assert "Reaches now1 person." in page.text
    assert "Last sent" not in page.text
    desk.add("cleo@acme.example")
    assert "Reaches now2 people." in as_owner.get(PAGE).text
    assert not desk.mails("set_up_announced"), "nobody is mailed by looking"
    as_owner.submit({"text": "Bring your phone."}, having="announce", press="announce=1")
    assert "Last sent4 May, 09:00 by Olive, to 2 people." in as_owner.page.text
    assert len(desk.mails("set_up_announced")) == 2
    assert desk.events("roll_out.announced")[-1].detail["people"] == 2
    # It is not counted every twenty seconds, while the page only looks again by itself.
    visit = Visit(account=desk.account, address="127.0.0.1")
    me = signed_in.who(desk.services, visit, as_owner.cookies[cookies.SESSION])
    assert me is not None
    for is_attended in (True, False):
        view = roll_out.look(desk.services, visit, me, is_attended=is_attended)
        assert isinstance(view, roll_out.RollOutView)
        assert (view.reaches is not None) == is_attended


def test_whom_it_reaches_is_counted_for_whoever_asks_where_there_are_many(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "AT_A_GLANCE", 2)
    desk.require(grace_for=timedelta(days=7))
    for number in range(3):
        desk.add(f"person{number}@acme.example")
    assert "Reaches nowCount them" in as_owner.get(PAGE).text
    as_owner.click("Count them")
    assert "Reaches now3 people." in as_owner.page.text


def test_an_announcement_to_nobody_says_so(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    assert "Reaches nowNobody: whoever has to has set up." in as_owner.get(PAGE).text
    as_owner.submit({"text": "Bring your phone."}, having="announce", press="announce=1")
    assert "Nobody was mailed: whoever has to set up has done it." in as_owner.page.text
    assert not desk.mails("set_up_announced")


def test_an_announcement_is_on_its_way_once_there_is_a_mail_server(desk: Desk, as_owner: Browser) -> None:
    desk.services.kept.replace(desk.account.id, mail_settings.MAIL, {"host": "smtp.acme.example"}, version=0)
    desk.require(grace_for=timedelta(days=7))
    desk.add("ann@acme.example")
    as_owner.get(PAGE)
    as_owner.submit({"text": "Bring your phone."}, having="announce", press="announce=1")
    assert "It is on its way" in as_owner.page.text


def test_an_empty_announcement_is_not_sent(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    assert "Write what the mail says." in as_owner.post(PAGE, {"announce": "1", "text": " "}).text
    assert not desk.mails("set_up_announced")


@pytest.mark.parametrize("whose", ["team", GROUP])
def test_a_pause_stops_new_set_ups_and_nothing_else(desk: Desk, olive: Somebody, as_owner: Browser, whose: str) -> None:
    desk.rules(lambda rules: replace(rules, groups={GROUP: Group(name="Night", domains=frozenset({"acme.example"}))}))
    desk.require(skips=1)
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example", app=True)
    gone = desk.add("gone@acme.example", must_set_up=True)
    other = desk.add("ed@other.example")
    assert led_to(desk, ann) == ("/sign-in/set-up", False)

    pause(as_owner, whose)

    assert "Paused. Every owner and admin is mailed." in as_owner.page.text
    assert led_to(desk, ann) == ("/sign-in/set-up", True), "with a notice"
    assert led_to(desk, bob) == ("/sign-in/passcode", False)
    assert led_to(desk, gone) == ("/sign-in/set-up", False), "a reset has no pause"
    assert led_to(desk, other) == ("/sign-in/set-up", whose == "team")
    assert desk.person(ann).skipped == 0
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "is made to set up" in mail.text
    assert "Reason: The mail server is down" in mail.text
    assert desk.events("policy.changed")[-1].detail["because"] == "The mail server is down"

    desk.forward(minutes=61)
    assert led_to(desk, ann) == ("/sign-in/set-up", False)


def test_a_pause_is_ended_early_and_stays_when_the_rules_are_saved(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    pause(as_owner, "team")
    as_owner.get("/admin/account/security/advanced/authentication")
    as_owner.submit({"team_trust_days": "7"}, press="go=save", having="require_team_members")
    assert led_to(desk, ann)[1]

    as_owner.get(PAGE)
    as_owner.submit(having="end", press="end=1")

    assert "The pause is over." in as_owner.page.text
    assert not led_to(desk, ann)[1]


def test_a_pause_says_who_began_it_and_why_until_it_is_over(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    pause(as_owner, "team")
    said = "Paused by Olive, 4 May, 09:00. “The mail server is down”"
    assert said in as_owner.get(PAGE).text
    # What somebody else saves meanwhile, or another pause, is none of it.
    other = desk.sign_in(desk.add("ada@acme.example", Role.OWNER, app=True, chosen=True))
    other.get("/admin/account/security/advanced/authentication")
    other.submit({"team_trust_days": "7"}, press="go=save", having="require_team_members")
    pause(other, "end_users")
    page = as_owner.get(PAGE)
    assert said in page.text
    assert "Paused by Ada, " in page.text
    auditor = desk.sign_in(desk.add("ed@acme.example", Role.AUDITOR))
    assert said in auditor.get(PAGE).text
    desk.forward(minutes=61)
    as_owner = desk.sign_in(desk.add("oz@acme.example", Role.OWNER, app=True, chosen=True))
    assert "Paused by" not in as_owner.get(PAGE).text


def test_a_pause_needs_a_reason_and_lasts_a_day_at_most(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    fields = {"pause": "1", "whose": "team", "pause_for": "3600"}
    assert "Say in a few words why." in as_owner.post(PAGE, fields).text
    assert as_owner.post(PAGE, {**fields, "pause_for": "999999", "because": "x"}).status == 400
    assert as_owner.post(PAGE, {**fields, "whose": "nobody", "because": "x"}).status == 400
    assert desk.services.policy.current(desk.account.id).rules.team.paused_until is None


def test_others_see_or_change_nothing(desk: Desk) -> None:
    desk.require(team=False, end_users=True)
    agent = desk.sign_in(desk.add("cy@acme.example"))
    assert agent.get(PAGE).status == 403
    auditor = desk.sign_in(desk.add("ed@acme.example", Role.AUDITOR))
    assert auditor.get(PAGE).status == 200
    assert auditor.post(PAGE, {"announce": "1", "text": "x"}).status == 403


def test_in_a_demo_no_phone_scans_the_example(desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_demo_banner", lambda _: "This is a demo.")
    page = as_owner.get("/admin/roll-out/preview?step=connect")
    assert "This is a demo." in page.text
    assert "Connect your app" in page.text
    assert "scan it" not in page.text
    browser = desk.browser()
    desk.present_password(browser, desk.add("ann@acme.example", must_set_up=True))
    browser.submit(press="go=set_up")
    browser.submit({"mailbox_code": str(desk.mails("mailbox_code")[-1].params["code"])})
    browser.submit({"thing": "app"})
    assert "scan it" in browser.submit().text


@pytest.mark.parametrize("whose", ["team members", "end users"])
def test_what_they_will_see_is_walked_through_and_stores_nothing(
    desk: Desk, olive: Somebody, as_owner: Browser, whose: str
) -> None:
    desk.require(end_users=True, grace_for=timedelta(days=7))
    before, events = desk.person(olive), len(desk.events())
    as_owner.get(PAGE)
    as_owner.click(whose)
    titles = []
    for form in ("go", "mailbox_code", "thing", "passcode", "saved", "keep_asking"):
        assert "This is an example. Nothing is stored" in as_owner.page.text
        assert not [url for url, _ in as_owner.page.links if url.startswith(("/sign-in", "/profile"))], "no way astray"
        titles.append(as_owner.page.html.partition("<h1>")[2].partition("</h1>")[0])
        fields = {"thing": "app"} if form == "thing" else {}
        as_owner.submit(fields, having=form)
    assert as_owner.page.path == PAGE
    assert titles == [
        "Set up two-factor authentication",
        "First, is this mailbox yours?",
        "What do you have at hand?",
        "Connect your app",
        "Keep these recovery codes",
        "All set",
    ]
    assert desk.person(olive) == before
    assert len(desk.held(olive)) == 1
    assert len(desk.events()) == events
    assert not desk.mails("mailbox_code")
    agent = desk.sign_in(desk.add("cy@acme.example"))
    assert agent.get("/admin/roll-out/preview").status == 403
