"""The ways that count: chosen on the page Authentication, and felt at the next sign-in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.codes import NUMBER, things_on
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody
    from twofold.core.wanted import Accepts

PAGE = "/admin/account/security/advanced/authentication"
TEAM = "require_team_members"
APP_ONLY = {"team_way_sms": None, "team_way_email": None}


@pytest.fixture
def admin(desk: Desk) -> Somebody:
    codes.texts_go_to(desk, "AT")
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def as_admin(desk: Desk, admin: Somebody) -> Browser:
    return desk.sign_in(admin)


def save(browser: Browser, press: str = "go=save", /, **fields: str | None) -> Page:
    browser.get(PAGE)
    return browser.submit(fields, press=press, having=TEAM)


def accepts(desk: Desk) -> Accepts:
    return desk.services.policy.current(desk.account.id).rules.team.accepts


def test_every_kind_stands_on_the_page_with_its_words(as_admin: Browser) -> None:
    page = as_admin.get(PAGE)
    fields = dict(page.form(TEAM).fields)
    assert {"team_way_totp", "team_way_sms", "team_way_email"} <= set(fields)
    for words in ("Authenticator app", "Text messages", "Codes by mail", "Ways that count: every way"):
        assert words in page.text
    assert "team_only_resistant" not in page.html, "nothing here stands up to phishing yet"


@pytest.mark.behaviour("A55")
def test_the_app_alone_for_the_whole_account(desk: Desk, as_admin: Browser) -> None:
    ends = {name.replace("team", "end_users"): value for name, value in APP_ONLY.items()}
    save(as_admin, **{TEAM: "1", "require_end_users": "1", **APP_ONLY, **ends})
    assert "Saved." in as_admin.page.text
    assert "Ways that count: Authenticator app" in as_admin.get(PAGE).text
    for somebody in (desk.add("ann@acme.example"), desk.add("emil@globex.example", Role.END_USER)):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        codes.to_choices(desk, browser, somebody)
        assert set(things_on(browser.page)) == {"computer", "app", "token", "none"}
        assert browser.post("/sign-in/set-up/choose", {"thing": "texts"}).status == 400


@pytest.mark.behaviour("A49")
def test_one_method_at_a_time_is_a_choice_of_the_policy(desk: Desk, as_admin: Browser) -> None:
    ann, ben = (desk.add(f"{name}@acme.example", app=True, chosen=True) for name in ("ann", "ben"))
    several = desk.sign_in(ann)
    codes.begin_from_profile(several)
    several.submit(press="go=set_up")
    codes.set_up_texts(desk, several)
    assert [one.kind for one in desk.held(ann)] == ["totp", "sms"], "without that policy"

    save(as_admin, team_one_method="1")
    assert "Saved." in as_admin.page.text
    one_alone = desk.sign_in(ben)
    codes.begin_from_profile(one_alone)
    one_alone.submit(press="go=set_up")
    codes.set_up_texts(desk, one_alone, codes.ANOTHER)
    assert [one.kind for one in desk.held(ben)] == ["sms"]
    again = desk.browser()
    desk.present_password(again, ben)
    again.submit({"passcode": codes.code(desk, codes.ANOTHER)}, having="passcode")
    assert is_signed_in(again)


@pytest.mark.behaviour("A55", "B50")
def test_what_no_longer_counts_opens_set_up_alone_and_stops_at_the_date(desk: Desk, as_admin: Browser) -> None:
    ann, bea = desk.add("ann@acme.example"), desk.add("bea@acme.example")
    for somebody, number in ((ann, NUMBER), (bea, codes.ANOTHER)):
        codes.give_phone(desk, somebody, number)
    save(as_admin, "go=preview", **{TEAM: "1", **APP_ONLY, "team_old_until": "2026-05-20"})
    assert "Team members: only these ways count from now on: Authenticator app." in as_admin.page.text
    assert "opens nothing but set-up, until 20 May 2026." in as_admin.page.text
    as_admin.submit(press="go=save")
    # The end of that day by the account's clock, an hour ahead of UTC in May.
    assert accepts(desk).old_ones_prove_until == datetime(2026, 5, 20, 23, tzinfo=UTC)

    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)
    assert browser.get("/profile").path == "/sign-in/set-up", "nothing but set-up is reachable"
    browser.get("/sign-in/set-up")
    browser.submit(press="go=set_up")
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    assert is_signed_in(browser)
    assert {one.kind for one in desk.held(ann)} == {"sms", "totp"}
    again = desk.sign_in(ann, desk.browser())
    assert "no longer allowed" in again.get("/profile/security").text

    desk.forward(days=17)
    late = desk.browser()
    desk.present_password(late, bea)
    assert late.page.path == "/sign-in/passcode"
    before = len(codes.sent(desk, codes.ANOTHER))
    late.post("/sign-in/passcode", {"kind": "sms", "again": "1"})
    assert len(codes.sent(desk, codes.ANOTHER)) == before, "after the date nothing is sent to the old one"
    assert not is_signed_in(late)


def test_what_people_have_may_go_on_counting(desk: Desk, as_admin: Browser) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    codes.give_phone(desk, ann)
    save(as_admin, **APP_ONLY, team_old="count")
    assert accepts(desk).old_ones_count
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert is_signed_in(browser)


def test_the_day_is_fourteen_days_off_unless_another_is_chosen(desk: Desk, as_admin: Browser) -> None:
    save(as_admin, **APP_ONLY)
    first = accepts(desk).old_ones_prove_until
    assert first == datetime(2026, 5, 18, 23, tzinfo=UTC)
    assert "2026-05-18" in dict(as_admin.get(PAGE).form(TEAM).fields).values()
    desk.forward(days=30)
    as_admin = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    save(as_admin, team_trust_days="7")
    assert accepts(desk).old_ones_prove_until == first, "what nobody touched stays"
    save(as_admin, team_way_email="1", team_way_totp=None)
    assert as_admin.page.status == 400, "the owner holds no mail"
    save(as_admin, team_way_email="1")
    until = accepts(desk).old_ones_prove_until
    assert until is not None
    assert until > desk.clock.now() + timedelta(days=13), "what stops counting now has time from now"
    save(as_admin, team_way_email="1", team_way_sms="1")
    assert accepts(desk).is_everything
    assert accepts(desk).old_ones_prove_until is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"team_way_totp": None, "team_way_sms": None, "team_way_email": None}, "Tick at least one way"),
        ({"team_way_totp": None, "team_only_strong": "1"}, "None of these is strong enough"),
        ({**APP_ONLY, "team_old_until": "2020-01-01"}, "still to come"),
        ({**APP_ONLY, "team_old_until": "some day"}, "still to come"),
        ({"team_way_totp": None, "team_way_email": None}, "You do not meet this yourself"),
    ],
)
def test_ways_that_cannot_be_are_refused_beside_their_field(
    desk: Desk, as_admin: Browser, fields: dict[str, str | None], message: str
) -> None:
    save(as_admin, **fields)
    assert as_admin.page.status == 400
    assert message in as_admin.page.text
    assert accepts(desk).is_everything
    shown = dict(as_admin.page.form(TEAM).fields)
    assert not any(name in shown for name, value in fields.items() if value is None), "the boxes are as they were left"


def test_texts_alone_are_refused_while_none_can_be_sent(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    assert "Nothing can be sent this way at present." in browser.get(PAGE).text
    save(browser, end_users_way_totp=None, end_users_way_email=None)
    assert browser.page.status == 400
    assert "Nobody could get a code" in browser.page.text


def test_the_page_says_when_a_second_device_is_needed(desk: Desk, admin: Somebody, as_admin: Browser) -> None:
    codes.give_phone(desk, admin)
    notice = "Each of these needs a second device."
    save(as_admin, "go=preview", team_way_totp=None, team_way_email=None)
    assert "Team members: each way that counts needs a second device." in as_admin.page.text
    as_admin.submit(press="go=back")
    assert notice in as_admin.page.text
    save(as_admin, team_way_totp=None, team_way_email=None)
    assert notice in as_admin.get(PAGE).text
    save(as_admin, team_way_totp="1", team_way_email=None)
    assert notice not in as_admin.get(PAGE).text


def test_new_browsers_are_checked_where_it_is_ticked(desk: Desk, as_admin: Browser) -> None:
    ann = desk.add("ann@acme.example")
    save(as_admin, team_new_browsers="1")
    assert "Saved." in as_admin.page.text
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/new-browser"
    save(as_admin, team_new_browsers=None)
    (mail,) = desk.mails("policy_weakened")
    assert "Team members without a second factor are mailed no code on new browsers any more." in mail.text


def test_a_script_that_names_no_way_leaves_them_as_they_are(desk: Desk, as_admin: Browser) -> None:
    save(as_admin, **APP_ONLY, team_one_method="1", team_new_browsers="1")
    before = desk.services.policy.current(desk.account.id).rules.team
    as_admin.post(PAGE, {TEAM: "on"})
    after = desk.services.policy.current(desk.account.id).rules.team
    assert after.required is not None
    assert (after.accepts, after.one_method, after.checks_new_browsers) == (before.accepts, True, True)


def test_ways_that_are_put_back_give_time_anew(desk: Desk, admin: Somebody, as_admin: Browser) -> None:
    save(as_admin, **APP_ONLY)
    save(as_admin, team_way_sms="1", team_way_email="1")
    desk.forward(days=40)
    as_admin = desk.sign_in(admin)
    as_admin.get(PAGE)
    as_admin.post(f"{PAGE}/restore", {"number": "2", "back_to": "1"})
    as_admin.submit(press="go=save")
    assert "Put back." in as_admin.page.text
    assert accepts(desk).old_ones_prove_until == desk.clock.now() + timedelta(days=14)


def test_before_saving_it_is_said_who_would_be_left_without_a_way(desk: Desk, as_admin: Browser) -> None:
    ann, ben = desk.add("ann@acme.example", chosen=True), desk.add("ben@acme.example", chosen=True)
    codes.give_phone(desk, ann)
    codes.give_phone(desk, ben, codes.ANOTHER)
    save(as_admin, "go=preview", **APP_ONLY)
    assert "Set up another way, with what they have2" in as_admin.page.text
    assert "Notice the change2" in as_admin.page.text
    assert "without a way to sign in" not in as_admin.page.text
    as_admin.submit(press="go=save")
    desk.forward(days=20)
    as_admin = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    save(as_admin, "go=preview", team_trust_days="7")
    assert "Had no way before, and have none now2" in as_admin.page.text
    assert "left without a way to sign in" not in as_admin.page.text, "this change leaves nobody without one"
    # Whoever is not asked so far, and holds nothing but what no longer counts, would be.
    dora = desk.add("dora@acme.example")
    codes.give_phone(desk, dora, "+447946000003")
    save(as_admin, "go=preview", require_team_members="1")
    assert "1 person would be left without a way to sign in, and needs help. Dora" in as_admin.page.text
    as_admin.click("Dora")
    assert as_admin.page.path == f"/admin/people/{dora.id}"


def test_security_settings_say_what_one_can_set_up(desk: Desk, as_admin: Browser) -> None:
    ann = desk.sign_in(desk.add("ann@acme.example"))
    every = "What you can set up: Authenticator app, Text messages, Codes by mail"
    assert every in ann.get("/profile/security").text
    save(as_admin, **APP_ONLY)
    assert every not in ann.get("/profile/security").text
    assert "What you can set up: Authenticator app" in ann.page.text
