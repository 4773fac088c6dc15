"""A rule for one person alone, from the form to the next sign-in: required, from a day, how often, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.codes import NUMBER
from tests.walks.group_kit import where
from tests.walks.kit import is_signed_in
from tests.walks.rule_kit import APP_ONLY, LIST, RULE, make_rule, take_back
from tests.walks.test_report import downloaded, generate
from twofold.commands.explain import _lines
from twofold.core.groups import Extra
from twofold.core.policy import Accepts, Requirement
from twofold.core.roles import Role
from twofold.flows import set_up_told
from twofold.flows.explain import explain

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("texts_leave")


def explained(desk: Desk, somebody: Somebody) -> list[str]:
    found = explain(desk.services, desk.account, somebody.email)
    assert found is not None
    return list(_lines(found, desk.account))


def test_required_of_one_person_is_felt_at_their_next_sign_in(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    page = make_rule(as_owner, ann, own_require="1")
    assert "It was saved for 1 person." in page.text
    assert where(desk, ben) == "/", "whoever is not named goes on as before"

    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/set-up"
    assert "has required it of you alone since" in browser.page.text
    desk.set_up(ann, browser)
    assert is_signed_in(browser)
    browser.sign_out()
    desk.forward(days=31)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    assert "has required it of you alone since" in browser.get("/sign-in/why").text

    as_owner = desk.sign_in(as_owner_of(desk))
    text = as_owner.get(f"{LIST}/{ann.id}").text
    assert "It is required of this person alone since" in text
    assert "A second factor is required since Monday 4 May 2026" in text
    assert "Olive decided that on" in text
    told = explained(desk, ann)
    assert any(line.startswith("    because: required of this person alone since") for line in told)
    assert any(
        line.startswith("  Rule for this person alone: a second factor is required from 2026-05-04") for line in told
    )
    assert any("Set by Olive on" in line for line in told)


def test_nothing_is_said_of_what_no_longer_counts_where_nobody_holds_it(desk: Desk, as_owner: Browser) -> None:
    ann, bea = desk.add("ann@acme.example"), desk.add("bea@acme.example")
    codes.give_phone(desk, bea)
    wanted = {"own_require": "1", **APP_ONLY}
    page = make_rule(as_owner, ann, "go=preview", **wanted)
    assert "Only these ways count: Authenticator app." in page.text
    assert "What no longer counts" not in page.text
    assert "What no longer counts opens nothing but set-up" in make_rule(as_owner, bea, "go=preview", **wanted).text


def as_owner_of(desk: Desk) -> Somebody:
    """Return another owner, for whom no time has gone by."""
    return desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.mark.behaviour("B52")
def test_from_a_day_with_grace_and_so_many_times(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    wanted = {
        "own_require": "1",
        "own_starts": "at",
        "own_starts_at": "2026-05-06T09:00",
        "own_grace_days": "3",
        "own_grace_skips": "2",
    }
    page = make_rule(as_owner, ann, "go=preview", **wanted)
    assert "A second factor is required from Wednesday 6 May 2026, 09:00 (Europe/London) on." in page.text
    assert "Has nothing set up, and must set one up. It begins on Wednesday" in page.text
    assert "It begins on Wednesday 6 May 2026, 09:00 (Europe/London)." in page.text
    assert "Until Saturday 9 May 2026, 09:00 (Europe/London) they may choose “Later”, 2 times at most." in page.text
    assert desk.person(ann).own_rule is None, "looking at it saves nothing"
    as_owner.submit(press="go=save")
    assert "It was saved for 1 person." in as_owner.page.text

    assert where(desk, ann) == "/"
    desk.forward(days=2, minutes=1)
    for _ in range(2):
        browser = desk.browser()
        desk.present_password(browser, ann)
        assert is_signed_in(browser), "there is grace"
        assert "Later" in browser.page.text
        browser.submit(press="go=later")
    assert where(desk, ann) == "/sign-in/set-up", "twice is used up"


def test_the_mail_about_it_says_for_whom_it_is_which_ways_count_and_how_often(desk: Desk, as_owner: Browser) -> None:
    ann, ben, cy = (desk.add(f"{name}@acme.example") for name in ("ann", "ben", "cy"))
    make_rule(as_owner, ann, own_require="1", own_trust_days="0", **APP_ONLY)
    make_rule(as_owner, ben, own_require="1", own_starts="at", own_starts_at="2026-05-06T09:00")
    desk.change(cy, every_sign_in=True)
    make_rule(as_owner, cy, own_require="1", own_grace_days="3", own_grace_skips="1")
    told = {mail.to: " ".join(mail.text.split()) for mail in desk.mails("set_up_wanted")}
    assert "now requires a second factor of you at sign-in" in told[ann.email]
    assert all("This rule is for you alone." in text for text in told.values())
    assert "At your next sign-in you are led through set-up." in told[ann.email]
    assert "These ways count: - Authenticator app You are asked for a code at every sign-in." in told[ann.email]
    assert "From 6 May 2026, 09:00 BST on Acme Support requires a second factor of you" in told[ben.email]
    assert "From then on you are led through set-up" in told[ben.email]
    assert "count: - Authenticator app - Text messages - Codes by mail You are asked" in told[ben.email]
    assert "at every sign-in, or once in 30 days on a computer" in told[ben.email]
    assert "You can leave it once, and no later than 7 May 2026" in told[cy.email]
    assert "You are asked for a code at every sign-in." in told[cy.email]


@pytest.mark.behaviour("B52")
def test_whom_alone_it_is_required_of_is_mailed_and_reminded(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example", app=True)
    desk.require(grace_for=timedelta(days=30))
    for somebody in (ann, ben):
        make_rule(as_owner, somebody, own_require="1", own_grace_days="7")
    (mail,) = desk.mails("set_up_wanted")
    assert (mail.to, "This rule is for you alone." in mail.text) == (ann.email, True)
    days: list[int] = []
    for day in range(1, 8):
        desk.forward(days=1)
        set_up_told.remind_where_due(desk.services, desk.account)
        days += [day] * (len(desk.mails("set_up_reminder")) - len(days))
    assert days == [4, 6], "three days before, and one, and each once"
    assert {one.to for one in desk.mails("set_up_reminder")} == {ann.email}


def test_the_link_of_that_mail_leads_into_set_up_before_it_begins(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    make_rule(as_owner, ann, own_require="1", own_starts="at", own_starts_at="2026-06-01T08:00")
    (mail,) = desk.mails("set_up_wanted")
    assert "From 1 June 2026, 08:00" in mail.text
    browser = desk.browser()
    browser.get(str(mail.params["url"]).removeprefix(desk.account.base_url))
    assert browser.page.status == 200
    browser.submit()
    browser.submit({"password": ann.password})
    assert browser.page.path.startswith("/sign-in/set-up")
    desk.forward(days=25, hours=2)
    assert [one.to for one in desk.mails("set_up_reminder")] == [ann.email]


def test_what_is_taken_back_meanwhile_is_told_of_to_nobody(desk: Desk, as_owner: Browser) -> None:
    ann, ben, cy, di = (desk.add(f"{name}@acme.example") for name in ("ann", "ben", "cy", "di"))
    for somebody in (ann, ben, cy, di):
        make_rule(as_owner, somebody, own_require="1", own_grace_days="7")
    take_back(as_owner, ann)
    desk.change(ben, suspended_at=desk.clock.now())
    desk.change(cy, password=None)
    desk.services.people.remove(desk.account.id, di.id)
    assert not desk.mails("set_up_wanted")


def test_how_often_is_one_persons_too_and_is_taken_back(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True, name="Ann Lindqvist")
    page = make_rule(as_owner, ann, "go=preview", own_trust_days="0")
    assert "A code is asked for at every sign-in." in page.text
    assert "Has set one up that counts, and is asked for it." in page.text
    as_owner.submit(press="go=save")
    browser = desk.sign_in(ann)
    browser.sign_out()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode", "the browser is not trusted"
    assert not browser.page.form("passcode").has("trust_device")
    assert "A code is asked for at every sign-in (decided for you alone)." in browser.get("/sign-in/why").text
    told = as_owner.get(f"{LIST}/{ann.id}").text
    assert "A code is asked for at every sign-in (decided for this person alone)." in told

    take_back(as_owner, ann)
    assert desk.person(ann).own_rule is None
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "Trusted computers of Ann Lindqvist are asked less often." in mail.text
    desk.sign_in(ann, browser)
    browser.sign_out()
    desk.present_password(browser, ann)
    assert is_signed_in(browser), "it is trusted again"


@pytest.mark.parametrize(("role", "who"), [(Role.AGENT, "Olive"), (Role.END_USER, "an admin")])
def test_the_history_tells_making_changing_and_taking_back_apart(
    desk: Desk, as_owner: Browser, role: Role, who: str
) -> None:
    ann = desk.add("ann@acme.example", role, name="Ann Lindqvist")
    for days, because in (("7", "Works from trains"), ("1", "Works from airports")):
        make_rule(as_owner, ann, own_trust_days=days, because=because)
        desk.forward(minutes=1)
    make_rule(as_owner, ann, "go=preview_remove", because="Back in the office")
    as_owner.submit(press="go=remove")
    told = as_owner.get(f"{LIST}/{ann.id}").text
    own = desk.sign_in(ann).get("/profile/security").text
    for done, because in (
        ("made", "Works from trains"),
        ("changed", "Works from airports"),
        ("taken back", "Back in the office"),
    ):
        assert f"The rule for this person alone was {done}. Olive · “{because}”" in told
        assert f"The rule for you alone was {done} by {who}." in own
    assert "Works from" not in own, "the reason is for those who decide"


def test_what_was_required_is_taken_back_and_told_of(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True, name="Ann Lindqvist")
    make_rule(as_owner, ann, own_require="1")
    assert where(desk, ann) == "/sign-in/passcode"
    page = make_rule(as_owner, ann, "go=preview_remove", because="Back from the sea")
    assert "Ann Lindqvist: a second factor is no longer required." in page.text
    assert "Is no longer asked for a second factor." in page.text
    as_owner.submit(press="go=remove")
    assert where(desk, ann) == "/"
    assert desk.mails("requirement_ended", to=ann.email)
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "Ann Lindqvist no longer needs a second factor." in mail.text
    assert "Reason: Back from the sea" in mail.text
    assert f"{LIST}/{ann.id}" in mail.text
    *_, first, last = desk.events("person.own_rule_changed")
    assert first.detail["before"] is None
    assert first.detail["weakens"] == []
    assert last.detail["after"] is None
    assert last.detail["weakens"] == ["person.requirement_off"]
    log = as_owner.get("/admin/account/audit?kind=person.own_rule_changed").text
    assert "The rule for this person alone was made." in log
    assert "The rule for this person alone was taken back." in log
    assert "Required > Starts" in log
    assert "Asks for less: This person: a second factor is no longer required" in log
    assert "Back from the sea" in log


def test_whoever_is_asked_again_from_a_later_day_is_told_until_when(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    make_rule(as_owner, ann, own_require="1")
    begins = desk.clock.now() + timedelta(days=7)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=Requirement(starts_at=begins))))
    take_back(as_owner, ann)
    (mail,) = desk.mails("requirement_ended", to=ann.email)
    assert mail.subject == "You are not asked for a second factor at Acme Support until 11 May 2026"
    assert (
        "not asked for it at sign-in until Monday 11 May 2026, 09:00 BST, when Acme Support requires it of you"
        in mail.text
    )
    assert "no longer" not in mail.text
    assert where(desk, ann) == "/"
    desk.forward(days=7)
    assert where(desk, ann) == "/sign-in/passcode", "the mail told no lie"


def test_another_rule_that_asks_as_much_makes_taking_it_back_no_weakening(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example", app=True)
    page = make_rule(as_owner, ann, "go=preview", own_require="1")
    assert "Changes nothing for them" in page.text
    as_owner.submit(press="go=save")
    take_back(as_owner, ann)
    assert not desk.mails("policy_weakened")
    assert not desk.mails("requirement_ended")
    assert where(desk, ann) == "/sign-in/passcode"


def test_sessions_that_are_open_end_where_that_is_wished(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    browser = desk.sign_in(ann)
    desk.forward(minutes=1)
    make_rule(as_owner, ann, own_require="1")
    assert is_signed_in(browser), "sessions run out by themselves"
    take_back(as_owner, ann)
    desk.forward(minutes=1)
    make_rule(as_owner, ann, own_require="1", own_open_sessions="end")
    assert not is_signed_in(browser)


def test_before_save_each_is_told_what_becomes_of_them(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    desk.rules(
        lambda rules: replace(
            rules, end_users=replace(rules.end_users, accepts=Accepts(kinds=frozenset({"sms", "email"})))
        )
    )
    nothing, app = desk.add("bare@acme.example"), desk.add("app@acme.example", app=True)
    text = desk.add("text@acme.example", chosen=True)
    codes.give_phone(desk, text)
    away = desk.add("away@acme.example", exempt_until=desk.clock.now() + timedelta(days=9), exempt_because="At sea")
    asked = desk.add("asked@acme.example", app=True, chosen=True)
    people = (nothing, app, text, away, asked, olive)
    as_owner.get(LIST)
    as_owner.submit({f"pick_{one.id}": "1" for one in people}, press="go=choose", having="everybody_here")
    assert "What is asked of 5 people" in as_owner.page.text
    page = as_owner.submit({"own_require": "1", **APP_ONLY}, press="go=preview", having="own_ways")
    for somebody, sentence in (
        ("Bare", "Has nothing set up, and must set one up at the next sign-in."),
        ("App", "Has set one up that counts, and is asked for it."),
        ("Text", "What they have no longer counts: they must set up another at the next sign-in."),
        ("Away", "Is exempt, so nothing is asked of them before that ends."),
        ("Asked", "Changes nothing for them"),
        ("Olive", "This is you."),
    ):
        assert sentence in page.text.partition("Exempt1")[2].partition(somebody)[2][:150], somebody
    as_owner.submit(press="go=back")
    assert ("own_require", "1") in as_owner.page.form("own_ways").fields, "what was typed is there"
    user = desk.add("user@globex.example", Role.END_USER)
    page = make_rule(as_owner, user, "go=preview", own_require="1", own_only_strong="1")
    assert "nothing would be left to sign in with" in page.text
    assert not any(button[:2] == ("go", "save") for form in page.forms for button in form.buttons)


def test_whoever_has_a_rule_already_is_said_to_lose_it(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    make_rule(as_owner, ann, own_trust_days="7")
    as_owner.get(LIST)
    as_owner.submit({f"pick_{one.id}": "1" for one in (ann, ben)}, press="go=choose", having="everybody_here")
    assert "Some of them have a rule of their own already." in as_owner.page.text
    as_owner.submit({"own_trust_days": "1"}, press="go=save", having="own_ways")
    assert {desk.person(one).own_rule for one in (ann, ben)} == {Extra(trust_for=timedelta(days=1))}
    as_owner.get(f"{RULE}?picked={ann.id},{ben.id}")
    assert ("own_trust_days", "1") in as_owner.page.form("own_ways").fields, "they agree, so it is shown"
    assert "Some of them" not in as_owner.page.text


def test_the_report_and_its_page_name_it(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    make_rule(as_owner, ann, own_require="1", own_trust_days="0", **APP_ONLY)
    make_rule(as_owner, ben, own_trust_days="7", own_only_strong="1")
    assert as_owner.get("/admin/reports").text.count("has a rule of their own") == 2
    path = generate(as_owner)
    desk.mails()
    rows = {row["email"]: row["own rule"] for row in downloaded(as_owner, path)}
    assert rows == {ann.email: "required; ways; how often", ben.email: "ways; how often", "olive@acme.example": ""}


def test_the_operator_is_told_all_of_it(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    make_rule(as_owner, ann, own_require="1", own_grace_days="3", own_trust_days="0", **APP_ONLY)
    make_rule(as_owner, ben, own_trust_days="7", own_only_strong="1")
    told = "\n".join(explained(desk, ann))
    assert "with 3 days of grace; only these count: Authenticator app; a passcode is asked for at every" in told
    assert "at every sign-in. Set by Olive on" in told
    told = "\n".join(explained(desk, ben))
    assert "alone: only strong ones count; a trusted computer is asked once in 7 days. Set by Olive on" in told


def test_the_phone_no_longer_counts_for_one_person(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    codes.give_phone(desk, ann)
    make_rule(as_owner, ann, own_require="1", **APP_ONLY)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert browser.page.path == "/sign-in/set-up"
