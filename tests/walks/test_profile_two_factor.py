"""Two-factor authentication in one's own profile: set up by choice, managed, turned off, kept, or why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import codes_on, is_signed_in
from twofold.core.policy import Requirement
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

HERE = "/profile/security"
BOTH = [Role.AGENT, Role.END_USER]
OLD_ENOUGH = {"minutes": 6}


def test_the_settings_begin_with_off_and_a_button(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)

    page = browser.get(HERE)
    assert page.status == 200
    assert "Off" in page.text
    assert any(form.action == f"{HERE}/set-up" for form in page.forms)


@pytest.mark.behaviour("A04")
@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.AGENT, Role.END_USER])
def test_who_sets_up_by_choice_is_asked_at_the_next_sign_in(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role)
    browser = desk.sign_in(ann)
    _set_up(desk, ann, browser)
    assert browser.get(HERE).status == 200
    assert "On, by choice" in browser.page.text
    browser.sign_out()

    desk.present_password(browser, ann)
    browser.drop_cookie("twofold_browser")
    fresh = desk.browser()
    desk.present_password(fresh, ann)
    assert fresh.page.path == "/sign-in/passcode"
    fresh.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(fresh)


@pytest.mark.behaviour("A66", "A69")
def test_an_end_user_sets_up_an_app_in_the_help_center(desk: Desk) -> None:
    eve = desk.add("eve@customer.example", Role.END_USER)
    browser = desk.sign_in(eve)
    page = browser.get("/profile")
    assert "Help Center" in page.text
    browser.click("Manage")
    _set_up(desk, eve, browser)

    again = desk.browser()
    desk.present_password(again, eve)
    assert again.page.path == "/sign-in/passcode"
    assert not is_signed_in(again)
    again.submit({"passcode": eve.app.next_code()})
    assert is_signed_in(again)


@pytest.mark.behaviour("A75")
def test_no_phone_is_needed(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    _begin(desk, ann, browser)
    assert "No phone is needed." in browser.page.text
    browser.submit({"thing": "computer"})
    browser.submit()
    desk.connect(ann, browser)
    assert len(desk.held(ann)) == 1


@pytest.mark.behaviour("A40")
def test_who_chose_is_still_asked_when_the_requirement_ends(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    _set_up(desk, ann, desk.sign_in(ann))
    desk.require(team=True)
    desk.require(team=False)

    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"


@pytest.mark.behaviour("A40")
def test_keep_asking_me_makes_it_a_choice_while_it_is_required(desk: Desk) -> None:
    desk.require(team=True)
    ann = desk.add("ann@acme.example", app=True)
    browser = desk.sign_in(ann)
    page = browser.get(HERE)
    assert "Keep asking me even if Acme Support stops requiring it" in page.text
    assert "checked" not in page.form("keep_asking").attributes("keep_asking")
    browser.submit({"keep_asking": "1"}, having="keep_asking")
    assert desk.person(ann).chosen
    assert "You asked us to keep asking" in browser.page.text

    desk.require(team=False)
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"


@pytest.mark.behaviour("A42", "A43")
@pytest.mark.security("SE9")
@pytest.mark.parametrize("role", BOTH)
def test_turning_off_asks_for_none_at_the_next_sign_in(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, app=True, chosen=True)
    elsewhere = desk.sign_in(ann)
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.click("Turn two-factor authentication off")
    assert len(desk.held(ann)) == 1
    browser.submit()

    assert browser.page.path == HERE
    assert "Two-factor authentication is off" in browser.page.text
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert desk.held(ann) == ()
    fresh = desk.browser()
    desk.present_password(fresh, ann)
    assert is_signed_in(fresh)


@pytest.mark.behaviour("A42")
@pytest.mark.parametrize(("grace", "wait"), [(0, ""), (14, "You may put that off until Monday 15 June, 09:00.")])
def test_who_turns_off_before_a_requirement_reads_from_when_on_it_is_required(
    desk: Desk, as_owner: Browser, grace: int, wait: str
) -> None:
    eve = desk.add("eve@acme.example", Role.END_USER, app=True, chosen=True)
    begins = desk.clock.now() + timedelta(days=28)
    required = Requirement(starts_at=begins, grace_for=timedelta(days=grace))
    desk.rules(lambda rules: replace(rules, end_users=replace(rules.end_users, required=required)))
    browser = desk.sign_in(eve)
    page = browser.get(f"{HERE}/turn-off")
    assert "From Monday 1 June, 09:00, Acme Support requires it of you." in page.text
    assert ("You may put that off" in page.text) == bool(wait)
    assert wait in page.text
    browser.submit()
    assert desk.held(eve) == ()
    (mail,) = desk.mails("two_factor_turned_off", to=eve.email)
    assert "From 1 June 2026, 09:00 BST on Acme Support requires a second factor of you" in mail.text

    # They were told, so the same is not told again, and that it is off is.
    as_owner.get("/admin/account/security/advanced/authentication")
    as_owner.submit({"require_end_users": None}, press="go=save", having="require_end_users")
    assert [one.template for one in desk.mails(to=eve.email)][1:] == ["set_up_called_off"]
    desk.give_app(eve)
    page = desk.sign_in(eve).get(f"{HERE}/turn-off")
    assert "requires it of you" not in page.text


def test_a_day_in_another_year_is_told_with_it(desk: Desk) -> None:
    required = Requirement(starts_at=desk.clock.now() + timedelta(days=365))
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=required)))
    browser = desk.sign_in(desk.add("ann@acme.example", app=True, chosen=True))
    assert "From Tuesday 4 May 2027, 09:00, Acme Support requires it" in browser.get(f"{HERE}/turn-off").text
    browser.submit()
    assert "From Tuesday 4 May 2027, 09:00, Acme Support asks you" in browser.get("/").text


def test_an_exempt_person_reads_that_it_is_required_once_that_is_over(desk: Desk) -> None:
    desk.require(team=True)
    until = desk.clock.now() + timedelta(days=7)
    ann = desk.add("ann@acme.example", app=True, chosen=True, exempt_until=until, exempt_because="abroad")
    page = desk.sign_in(ann).get(f"{HERE}/turn-off")
    assert "From Monday 11 May, 09:00, Acme Support requires it of you." in page.text


@pytest.mark.behaviour("A44")
@pytest.mark.parametrize("role", BOTH)
def test_while_it_is_required_no_way_turns_it_off(desk: Desk, role: Role) -> None:
    desk.require(team=True, end_users=True)
    ann = desk.add("ann@acme.example", role, app=True)
    browser = desk.sign_in(ann)
    page = browser.get(HERE)

    assert "On, required" in page.text
    assert "Acme Support requires two-factor authentication, so it cannot be turned off." in page.text
    assert not [url for url, _ in page.links if "turn-off" in url]
    assert not [url for url, _ in page.links if url.endswith("/remove")]
    (held,) = desk.held(ann)
    for url in (f"{HERE}/turn-off", f"{HERE}/methods/{held.id}/remove"):
        browser.get(HERE)
        browser.post(url)
        assert browser.page.path == HERE
        assert "It is required" in browser.page.text
    assert browser.get(f"{HERE}/turn-off").path == HERE
    assert desk.held(ann) == (held,)


def test_an_exempted_person_may_turn_it_off(desk: Desk) -> None:
    desk.require(team=True)
    until = desk.clock.now() + timedelta(days=7)
    ann = desk.add("ann@acme.example", app=True, chosen=True, exempt_until=until, exempt_because="abroad")
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.click("Turn two-factor authentication off")
    browser.submit()
    assert desk.held(ann) == ()


@pytest.mark.behaviour("A46")
@pytest.mark.parametrize(("role", "area"), [(Role.AGENT, "Support"), (Role.END_USER, "Help Center")])
def test_the_path_to_manage_shows_status_method_and_actions(desk: Desk, role: Role, area: str) -> None:
    ann = desk.add("ann@acme.example", role, app=True, chosen=True)
    browser = desk.sign_in(ann)
    browser.click("View profile")
    assert area in browser.page.text
    assert "Security settings" in browser.page.text
    assert "Two-factor authentication" in browser.page.text
    page = browser.click("Manage")

    assert page.path == HERE
    assert "On, by choice" in page.text
    assert "You turned two-factor authentication on yourself." in page.text
    assert "Authenticator app" in page.text
    actions = {form.action.rpartition("/")[2] for form in page.forms}
    assert {"rename", "replace", "set-up", "recovery-codes", "how-often"} <= actions
    assert [url for url, words in page.links if words.startswith("Remove ") and url.endswith("/remove")]
    assert "10 recovery codes" in page.text


@pytest.mark.behaviour("A32")
def test_every_sign_in_is_asked_where_somebody_chose_so(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    desk.sign_in(ann, browser)
    browser.get(HERE)
    browser.submit({"every_sign_in": "1"}, having="every_sign_in")
    assert "because you chose so" in browser.page.text
    browser.sign_out()

    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    assert "checked" not in browser.page.form("passcode").attributes("trust_device")


@pytest.mark.behaviour("B56")
def test_new_recovery_codes_void_the_old_ones(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    old = ann.recovery_codes
    browser = desk.sign_in(ann)
    assert "10 left" in browser.get(HERE).text
    browser.get(f"{HERE}/recovery-codes")
    assert codes_on(browser) == []
    browser.submit()
    new = codes_on(browser)
    assert len(new) == 10
    assert browser.page.headers["Cache-Control"] == "no-store"
    browser.submit(having="saved")
    assert browser.page.path == HERE
    assert not desk.person(ann).codes_unsaved

    other = desk.browser()
    desk.present_password(other, ann)
    other.submit({"passcode": old[0]})
    assert not is_signed_in(other)
    other.submit({"passcode": new[0]})
    assert is_signed_in(other)
    assert "9 left" in browser.get(HERE).text


@pytest.mark.behaviour("B59")
def test_every_change_of_two_factor_authentication_is_mailed(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    _set_up(desk, ann, browser)
    browser.get(f"{HERE}/recovery-codes")
    browser.submit()
    other = desk.browser()
    desk.present_password(other, ann)
    other.submit({"passcode": codes_on(browser)[0]})
    browser.get(HERE)
    browser.click("Turn two-factor authentication off")
    browser.submit({}, having="")
    if browser.page.forms[0].has("proof_passcode"):
        browser.submit({"proof_passcode": ann.app.next_code()})

    mails = desk.mails(to=ann.email)
    told = {mail.template for mail in mails}
    assert {"factor_set_up", "recovery_codes_renewed", "recovery_code_used", "two_factor_turned_off"} <= told
    for mail in mails:
        if mail.template in {"factor_set_up", "recovery_code_used", "two_factor_turned_off"}:
            assert "/links/freeze?link=" in mail.text


def test_names_and_order_of_methods_are_ones_own(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    desk.give_app(ann, codes_too=False)
    first, second = desk.held(ann)
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.post(f"{HERE}/methods/{second.id}/rename", {"method_name": "<b>Blue</b> phone"})
    assert "<b>Blue</b> phone" in browser.page.text
    assert "<b>Blue" not in browser.page.html
    browser.post(f"{HERE}/methods/{second.id}/prefer")
    assert desk.held(ann)[0].id == second.id
    browser.post(f"{HERE}/methods/{first.id}/remove")
    assert [one.id for one in desk.held(ann)] == [second.id]


def test_a_method_can_be_tried(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    (held,) = desk.held(ann)
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.post(f"{HERE}/methods/{held.id}/try")
    browser.submit({"proof_passcode": ann.app.next_code()})
    assert "It works: the code was right." in browser.page.text
    assert browser.get(f"{HERE}/methods/{held.id}/try").path == HERE


def test_sessions_and_browsers_are_listed_and_ended(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    elsewhere = desk.sign_in(ann, trust=True)
    browser = desk.sign_in(ann)
    page = browser.get(HERE)
    assert page.text.count("Firefox on Linux") >= 3
    ends = [form.action for form in page.forms if form.action.endswith("/end")]
    assert len(ends) == 1
    browser.post(ends[0])
    assert "That session was ended." in browser.page.text
    assert not is_signed_in(elsewhere)

    (_, other) = [form.action for form in browser.get(HERE).forms if form.has("browser_name")]
    browser.post(other, {"browser_name": "Desk"})
    assert "Desk" in browser.page.text
    browser.post(f"{HERE}/browsers/forget-all")
    assert "All browsers are forgotten" in browser.page.text
    desk.present_password(elsewhere, ann)
    assert elsewhere.page.path == "/sign-in/passcode"
    elsewhere.submit({"passcode": ann.app.next_code()})
    browser.get(HERE)
    browser.post(f"{HERE}/sessions/end-others")
    assert not is_signed_in(elsewhere)
    browser.post(f"{HERE}/sessions/end-all")
    assert browser.page.path == "/sign-in"
    assert desk.sessions(ann) == 0


def test_this_was_not_me_freezes_ones_own_sign_in(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    browser.get(HERE)
    browser.post(f"{HERE}/not-me")
    assert "Your sign-in is frozen" in browser.page.text
    assert desk.sessions(ann) == 0
    assert len(desk.held(ann)) == 1
    desk.present_password(browser, ann)
    assert browser.page.status == 403


def test_a_policy_of_every_sign_in_leaves_no_choice(desk: Desk) -> None:
    desk.for_both(lambda rules: replace(rules, trust_for=timedelta()))
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    page = desk.sign_in(ann).get(HERE)
    assert "Acme Support asks for a code at every sign-in." in page.text
    assert not [form for form in page.forms if form.has("every_sign_in")]


def _begin(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    """Begin from the settings and prove the mailbox, up to the question what is at hand."""
    browser.get(HERE)
    browser.post(f"{HERE}/set-up")
    browser.submit(press="go=set_up")
    if browser.page.path == "/sign-in/set-up/mailbox":
        code = str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])
        browser.submit({"mailbox_code": code})


def _set_up(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    """Set up an app from the settings, to the last page."""
    browser.get(HERE)
    browser.post(f"{HERE}/set-up")
    desk.set_up(somebody, browser)
