"""An admin requires two-factor authentication, and what it does to the people of the account."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PAGE = "/admin/account/security/advanced/authentication"
TEAM = "require_team_members"
END_USERS = "require_end_users"


@pytest.fixture
def admin(desk: Desk) -> Somebody:
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def signed_in(desk: Desk, admin: Somebody) -> Browser:
    """Return the admin's browser, whose proof is fresh."""
    return desk.sign_in(admin)


def save(browser: Browser, **fields: str | None) -> None:
    browser.get(PAGE)
    browser.submit(fields, press="go=save", having=TEAM)
    assert browser.page.status == 200, browser.page.text
    assert "Saved." in browser.page.text


@pytest.mark.behaviour("A03", "A08")
def test_the_setting_is_where_it_is_looked_for_and_a_saved_requirement_stays(
    desk: Desk, admin: Somebody, signed_in: Browser
) -> None:
    signed_in.click("Admin Center")
    signed_in.get({text: url for url, text in signed_in.page.links}["Security"])
    signed_in.click("Advanced > Authentication")
    assert signed_in.page.path == PAGE
    form = signed_in.page.form(TEAM)
    assert not dict(form.fields).keys() & {TEAM, END_USERS}
    assert ("go", "save", "Save") in form.buttons
    signed_in.submit({TEAM: "1"}, press="go=save", having=TEAM)
    assert "Saved." in signed_in.page.text
    fields = dict(signed_in.get(PAGE).form(TEAM).fields)
    assert TEAM in fields
    assert END_USERS not in fields
    (event,) = desk.events("policy.changed")
    assert event.actor_id == admin.id
    assert event.detail["number"] == 1
    before, after = event.detail["before"], event.detail["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["team"] != after["team"]
    assert before["end_users"] == after["end_users"]


@pytest.mark.behaviour("A05", "A06", "A07")
@pytest.mark.parametrize(("team", "end_users"), [(True, False), (False, True), (True, True), (False, False)], ids=str)
def test_whom_the_boxes_name_is_led_through_set_up(desk: Desk, signed_in: Browser, team: bool, end_users: bool) -> None:
    agent = desk.add("ada@acme.example", Role.AGENT)
    customer = desk.add("carl@example.org", Role.END_USER)
    if team or end_users:
        save(signed_in, **{TEAM: "1" if team else None, END_USERS: "1" if end_users else None})
    for somebody, is_led in ((agent, team), (customer, end_users)):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        assert browser.page.path == ("/sign-in/set-up" if is_led else "/")
        assert is_signed_in(browser) is not is_led


@pytest.mark.behaviour("A20")
def test_turning_it_on_is_recommended_while_it_is_off(desk: Desk, signed_in: Browser) -> None:
    assert "We recommend turning on two-factor authentication" in signed_in.get("/admin/account/security").text
    assert "We recommend requiring it for team members" in signed_in.get(PAGE).text
    save(signed_in, **{TEAM: "1"})
    assert "We recommend turning on" not in signed_in.get("/admin/account/security").text
    assert "We recommend requiring it for team members" not in signed_in.get(PAGE).text


@pytest.mark.behaviour("A34", "B02")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_every_sign_in_asks_and_offers_no_box(desk: Desk, signed_in: Browser, role: Role) -> None:
    somebody = desk.add("eve@acme.example", role, app=True)
    trusted = desk.browser()
    save(signed_in, **{TEAM: "1", END_USERS: "1"})
    desk.sign_in(somebody, trusted)
    trusted.sign_out()
    save(signed_in, team_trust_days="0", end_users_trust_days="0")
    for _ in range(2):
        desk.present_password(trusted, somebody)
        assert trusted.page.path == "/sign-in/passcode"
        assert not trusted.page.form("passcode").has("trust_device")
        trusted.submit({"passcode": somebody.app.next_code()})
        assert is_signed_in(trusted)
        trusted.sign_out()


@pytest.mark.behaviour("A39", "A41", "B53")
def test_a_requirement_ends_and_returns(desk: Desk, signed_in: Browser, admin: Somebody) -> None:
    chose = desk.add("cho@acme.example", app=True, chosen=True)
    only_required = desk.add("req@acme.example")
    never = desk.add("nil@acme.example")
    save(signed_in, **{TEAM: "1"})
    browser = desk.browser()
    desk.present_password(browser, only_required)
    desk.set_up(only_required, browser)
    browser.sign_out()

    save(signed_in, **{TEAM: None})
    for somebody, asked in ((chose, True), (only_required, False), (never, False)):
        another = desk.browser()
        desk.present_password(another, somebody)
        assert another.page.path == ("/sign-in/passcode" if asked else "/")
    assert [mail.to for mail in desk.mails("requirement_ended")] == [only_required.email]
    assert "no longer" in desk.mails("requirement_ended")[0].text
    assert [mail.to for mail in desk.mails("policy_weakened")] == [admin.email]
    assert desk.held(only_required), "dormant is kept"

    desk.forward(days=5)
    save(desk.sign_in(admin), **{TEAM: "1"})
    another = desk.browser()
    desk.present_password(another, only_required)
    assert another.page.path == "/sign-in/passcode", "nobody sets up again what still works"
    another.submit({"passcode": only_required.app.next_code()})
    assert is_signed_in(another)


@pytest.mark.behaviour("B53")
def test_what_lay_dormant_for_long_is_proved_once_and_not_set_up_again(
    desk: Desk, signed_in: Browser, admin: Somebody
) -> None:
    ann = desk.add("ann@acme.example", app=True)
    save(signed_in, **{TEAM: "1"})
    desk.sign_in(ann)
    save(desk.sign_in(admin), **{TEAM: None})
    desk.forward(days=45)
    save(desk.sign_in(admin), **{TEAM: "1"})
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser)


def test_open_sessions_run_out_or_end_at_the_start_as_was_chosen(
    desk: Desk, signed_in: Browser, admin: Somebody
) -> None:
    ann = desk.add("ann@acme.example")
    customer = desk.add("carl@example.org", Role.END_USER)
    at_work, at_home = desk.sign_in(ann), desk.sign_in(customer)
    save(signed_in, **{END_USERS: "1"})
    assert is_signed_in(at_home), "let run out, unless chosen otherwise"
    # The account's clock: 08:00 UTC is 09:00 in London.
    starts = {"team_starts": "at", "team_starts_at": "2026-05-04T09:30", "team_open_sessions": "end"}
    save(signed_in, **{TEAM: "1", **starts})
    assert is_signed_in(at_work), "it has not started"
    desk.forward(minutes=31)
    assert not is_signed_in(at_work)
    assert is_signed_in(at_home)
    desk.present_password(at_work, ann)
    assert at_work.page.path == "/sign-in/set-up"


def test_what_becomes_of_open_sessions_is_asked_before_the_start_alone(desk: Desk, signed_in: Browser) -> None:
    assert signed_in.get(PAGE).form(TEAM).has("team_open_sessions")
    save(signed_in, **{TEAM: "1", "team_open_sessions": "end"})
    form = signed_in.get(PAGE).form(TEAM)
    assert not form.has("team_open_sessions")
    assert form.has("end_users_open_sessions")
    # What was chosen stays, whatever else is saved.
    save(signed_in, team_grace_days="3")
    required = desk.services.policy.current(desk.account.id).rules.team.required
    assert required is not None
    assert required.ends_open_sessions


def test_saving_asks_for_a_fresh_code_and_keeps_what_was_typed(desk: Desk, signed_in: Browser, admin: Somebody) -> None:
    desk.forward(minutes=6)
    signed_in.get(PAGE)
    signed_in.submit({TEAM: "1", "team_grace_days": "14", "because": "The board said so"}, press="go=save", having=TEAM)
    assert signed_in.page.form().has("proof_passcode")
    signed_in.submit({"proof_passcode": "000000"})
    assert desk.services.policy.current(desk.account.id).number == 0
    signed_in.submit({"proof_passcode": admin.app.next_code()})
    assert "Saved." in signed_in.page.text
    saved = desk.services.policy.current(desk.account.id)
    assert saved.rules.team.required is not None
    assert saved.rules.team.required.grace_for == timedelta(days=14)
    assert saved.because == "The board said so"
    assert saved.saved_by == admin.id


def test_an_admin_without_a_second_factor_is_led_to_set_up_first(desk: Desk) -> None:
    bare = desk.add("bea@acme.example", Role.ADMIN)
    browser = desk.sign_in(bare)
    browser.get(PAGE)
    browser.submit({TEAM: "1", "team_grace_days": "7"}, press="go=save", having=TEAM)
    assert browser.page.status == 400
    assert desk.services.policy.current(desk.account.id).number == 0
    browser.post(f"{PAGE}/set-up-first", dict(browser.page.forms[0].fields))
    assert browser.page.path == "/sign-in/set-up"
    desk.set_up(bare, browser)
    assert browser.page.path == PAGE
    fields = dict(browser.page.form(TEAM).fields)
    assert fields["team_grace_days"] == "7"
    assert "This is not saved yet." in browser.page.text
    assert TEAM in fields
    browser.submit(press="go=save", having=TEAM)
    assert "Saved." in browser.page.text


@pytest.mark.behaviour("A03")
def test_a_script_may_post_the_two_boxes_alone(desk: Desk, signed_in: Browser) -> None:
    save(signed_in, team_trust_days="7")
    signed_in.post(PAGE, {TEAM: "on", END_USERS: "on"})
    rules = desk.services.policy.current(desk.account.id).rules
    assert rules.team.required is not None
    assert rules.end_users.required is not None
    assert rules.team.trust_for == timedelta(days=7), "what was not sent stays"
    signed_in.post(PAGE, {TEAM: "on"})
    assert desk.services.policy.current(desk.account.id).rules.end_users.required is None


def test_what_it_does_is_said_in_counts_before(desk: Desk, signed_in: Browser) -> None:
    for number in range(3):
        desk.add(f"agent{number}@acme.example")
    desk.add("carla@acme.example", app=True)
    signed_in.get(PAGE)
    signed_in.submit({TEAM: "1"}, press="go=preview", having=TEAM)
    assert "Team members need a second factor from now on." in signed_in.page.text
    assert "Led through set-up3" in signed_in.page.text
    assert desk.services.policy.current(desk.account.id).number == 0
    signed_in.submit(press="go=back")
    assert TEAM in dict(signed_in.page.form(TEAM).fields)
    signed_in.submit(press="go=preview", having=TEAM)
    signed_in.submit(press="go=save")
    assert "Saved." in signed_in.page.text


def test_a_requirement_may_start_later_in_the_accounts_time(desk: Desk, signed_in: Browser) -> None:
    agent = desk.add("ada@acme.example")
    # London has summer time in May: the account's clock is an hour ahead of UTC.
    save(signed_in, **{TEAM: "1", "team_starts": "at", "team_starts_at": "2026-05-06T09:00"})
    assert "What has a day is required from that day on" in signed_in.page.text
    required = desk.services.policy.current(desk.account.id).rules.team.required
    assert required is not None
    assert required.starts_at.isoformat() == "2026-05-06T08:00:00+00:00"
    browser = desk.browser()
    desk.present_password(browser, agent)
    assert browser.page.path == "/"
    desk.forward(days=2)
    browser = desk.browser()
    desk.present_password(browser, agent)
    assert browser.page.path == "/sign-in/set-up"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({TEAM: "1", "team_starts": "at", "team_starts_at": "2020-01-01T09:00"}, "still to come"),
        ({TEAM: "1", "team_starts": "at", "team_starts_at": "soon"}, "still to come"),
        ({"team_trust_days": "91"}, "from 0 to 90"),
        ({"team_trust_days": "often"}, "whole number"),
        ({"end_users_idle_minutes": "0"}, "whole number"),
        ({"team_idle_minutes": "721"}, "longer than the whole session"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Desk, signed_in: Browser, fields: dict[str, str], message: str
) -> None:
    signed_in.get(PAGE)
    signed_in.submit(fields, press="go=save", having=TEAM)
    assert signed_in.page.status == 400
    assert signed_in.page.title.startswith("Error:")
    assert message in signed_in.page.text
    shown = dict(signed_in.page.form(TEAM).fields)
    assert all(shown[name] == value for name, value in fields.items()), "what was typed is still there"
    assert desk.services.policy.current(desk.account.id).number == 0


def test_two_admins_at_once_do_not_overwrite_each_other(desk: Desk, signed_in: Browser) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    other = desk.sign_in(olga)
    other.get(PAGE)
    save(signed_in, **{TEAM: "1"})
    other.submit({END_USERS: "1"}, press="go=save", having=TEAM)
    assert other.page.status == 400
    assert "Somebody else saved meanwhile." in other.page.text
    rules = desk.services.policy.current(desk.account.id).rules
    assert rules.team.required is not None
    assert rules.end_users.required is None


def test_an_earlier_version_is_put_back(desk: Desk, signed_in: Browser, admin: Somebody) -> None:
    save(signed_in, **{TEAM: "1"})
    save(signed_in, **{TEAM: None})
    signed_in.post(f"{PAGE}/restore", {"number": "2", "back_to": "1"})
    assert "Team members need a second factor from now on." in signed_in.page.text
    signed_in.submit(press="go=save")
    assert "Put back. It applies from the next sign-in on." in signed_in.page.text
    saved = desk.services.policy.current(desk.account.id)
    assert saved.number == 3
    assert saved.rules.team.required is not None
    assert saved.because == "Version 1 put back"
    assert signed_in.post(f"{PAGE}/restore", {"number": "3", "back_to": "77"}).status == 404
    assert "before anything was saved" in signed_in.get(PAGE).text


def test_what_is_put_back_with_a_day_does_not_apply_yet(desk: Desk, signed_in: Browser) -> None:
    save(signed_in, **{TEAM: "1", "team_starts": "at", "team_starts_at": "2026-05-11T09:00"})
    save(signed_in, **{TEAM: None})
    signed_in.post(f"{PAGE}/restore", {"number": "2", "back_to": "1"})
    signed_in.submit(press="go=save")
    assert "Put back. What has a day is required from that day on" in signed_in.page.text
    signed_in.post(f"{PAGE}/restore", {"number": "3", "back_to": "3"})
    signed_in.submit(press="go=back")
    signed_in.post(f"{PAGE}/restore", {"number": "3", "back_to": "2", "go": "save"})
    assert "Put back. It applies from the next sign-in on." in signed_in.page.text


@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_nobody_else_sees_or_saves_it(desk: Desk, role: Role) -> None:
    browser = desk.sign_in(desk.add("nosy@acme.example", role, app=True, chosen=True))
    for path in (PAGE, "/admin", "/admin/account/security", "/admin/account/mail"):
        assert browser.get(path).status == 403
    assert browser.post(PAGE, {TEAM: "1"}).status == 403
    assert browser.post(f"{PAGE}/restore", {"back_to": "0"}).status == 403
    assert desk.services.policy.current(desk.account.id).number == 0
    assert not desk.events("policy.changed")


@pytest.mark.security("SE8")
def test_a_forged_form_saves_nothing(desk: Desk, signed_in: Browser) -> None:
    for path in (PAGE, f"{PAGE}/restore", "/admin/people/add", "/admin/account/appearance", "/admin/account/mail"):
        assert signed_in.post(path, {TEAM: "1", "go": "save"}, token=False).status == 403
        token = signed_in.token()
        signed_in.extra = {"HTTP_ORIGIN": "https://evil.example"}
        assert signed_in.post(path, {TEAM: "1", "csrfmiddlewaretoken": token}).status == 403
        signed_in.extra = {}
    assert desk.services.policy.current(desk.account.id).number == 0
    page = signed_in.get(PAGE)
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.behaviour("B20", "B21")
def test_session_limits_are_the_policys(desk: Desk, signed_in: Browser, admin: Somebody) -> None:
    agent = desk.add("ada@acme.example")
    idle = desk.sign_in(agent)
    desk.forward(minutes=61)
    assert not is_signed_in(idle)

    busy = desk.sign_in(agent)
    for _ in range(23):
        desk.forward(minutes=30)
        assert is_signed_in(busy)
    desk.forward(minutes=30)
    assert not is_signed_in(busy), "12 hours old, and used all the time"

    save(desk.sign_in(admin), team_idle_minutes="120", team_session_hours="24")
    longer = desk.sign_in(agent)
    desk.forward(minutes=110)
    assert is_signed_in(longer)


@pytest.mark.behaviour("A72", "A73")
def test_both_guides_are_linked_and_say_how_to_require_it(desk: Desk, signed_in: Browser) -> None:
    signed_in.get(PAGE)
    for link in ("Guide for team members", "Guide for end users", "Guide for admins"):
        assert link in [text.partition(":")[0] for _, text in signed_in.page.links]
    signed_in.click("Guide for team members")
    assert "Admin Center > Account > Security > Advanced > Authentication" in signed_in.page.text
    signed_in.click("Guide for end users")
    assert "Help Center" in signed_in.page.text
    # Somebody who cannot sign in reads them too.
    stranger = desk.browser()
    assert "Admin Center > Account > Security > Advanced > Authentication" in stranger.get("/guides/admins").text
    assert stranger.get("/guides/nothing").status == 404
