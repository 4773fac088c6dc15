"""Password rules of the account, and setting somebody's password: off unless the account says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.flows import recent_acts

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

RULES = "/admin/account/security/passwords"
NEW = "another horse battery"


@pytest.fixture
def owner(desk: Desk, olive: Somebody) -> Browser:
    return desk.sign_in(olive)


def allow(browser: Browser, **rules: str | None) -> None:
    browser.get(RULES)
    browser.submit({"admins_set": "1", **rules}, having="least")
    assert "Saved." in browser.page.text


@pytest.mark.behaviour("B57")
@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_while_it_is_off_the_action_is_not_there(desk: Desk, ann: Somebody, role: Role) -> None:
    browser = desk.sign_in(desk.add("gabi@acme.example", role, app=True, chosen=True))
    page = browser.get(f"/admin/people/{ann.id}")
    assert not [url for url, _ in page.links if url.endswith("/password") and "/people/" in url]
    assert "Set a password" not in page.text
    assert browser.get(f"/admin/people/{ann.id}/password").status == 403
    assert browser.post(f"/admin/people/{ann.id}/password", {"new_password": NEW, "reason": "x"}).status == 403
    desk.present_password(desk.browser(), ann)
    assert not desk.events("password.set_by_helper")


@pytest.mark.behaviour("B57")
@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_once_it_is_on_a_password_is_set_and_the_person_is_mailed(
    desk: Desk, owner: Browser, ann: Somebody, role: Role
) -> None:
    allow(owner)
    theirs = desk.sign_in(ann, trust=True)
    helper = desk.add("gabi@acme.example", role, app=True, chosen=True)
    browser = desk.sign_in(helper)
    browser.get(f"/admin/people/{ann.id}")
    browser.click("Set a password")
    browser.submit({"new_password": NEW, "reason": "No mailbox yet"}, having="new_password")
    assert "The password is set." in browser.page.text

    [mail] = desk.mails("helped", to=ann.email)
    assert "your password was set for you" in mail.text
    assert "/links/freeze?" in mail.text
    assert NEW not in mail.text
    [event] = desk.events("password.set_by_helper", of=ann)
    assert (event.actor_id, event.detail) == (helper.id, {"reason": "No mailbox yet"})
    assert not is_signed_in(theirs)
    desk.present_password(theirs, ann)
    assert "do not fit together" in theirs.page.text
    desk.present_password(theirs, ann, password=NEW)
    # Trust ended, and two-factor authentication is as it was.
    assert theirs.page.path == "/sign-in/passcode"
    theirs.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(theirs)


def test_a_bad_password_or_no_reason_is_said_beside_its_field(desk: Desk, owner: Browser, ann: Somebody) -> None:
    allow(owner)
    for fields, says in (
        ({"new_password": "short", "reason": "x"}, "at least 12 characters"),
        ({"new_password": "ann@acme.example", "reason": "x"}, "little more than your name"),
        ({"new_password": NEW, "reason": ""}, "Say in a few words why."),
    ):
        owner.get(f"/admin/people/{ann.id}/password")
        page = owner.submit(fields, having="new_password")
        assert page.status == 400
        assert says in page.text
    desk.present_password(desk.browser(), ann)
    assert not desk.mails("helped")


@pytest.mark.security("SE11")
def test_it_is_judged_like_every_help(desk: Desk, owner: Browser, olive: Somebody) -> None:
    allow(owner)
    adam, alma = (desk.add(f"{each}@acme.example", Role.ADMIN, app=True, chosen=True) for each in ("adam", "alma"))
    browser = desk.sign_in(adam)
    # Nobody sets their own so; it has a page of its own, which asks for fresh proof.
    assert browser.get(f"/admin/people/{adam.id}/password").status == 403
    for whom in (alma, olive):
        page = browser.get(f"/admin/people/{whom.id}/password")
        assert "You may not do this alone." in page.text
        assert not [form for form in page.forms if form.has("new_password")]
        assert browser.post(f"/admin/people/{whom.id}/password", {"new_password": NEW, "reason": ""}).status == 400
        desk.present_password(desk.browser(), whom)
    assert not desk.events("password.set_by_helper")

    browser.get(f"/admin/people/{alma.id}/password")
    browser.submit({"reason": "On holiday"}, having="reason")
    assert "waits for a yes" in browser.page.text
    request = browser.page.path
    assert [mail.to for mail in desk.mails("help_asked")] == [olive.email]
    # Agreeing holds no password: it is typed by whoever asked.
    owner.get(request)
    owner.post(f"{request}/approve")
    browser.post(f"{request}/do")
    assert not desk.events("password.set_by_helper")
    browser.get(f"/admin/people/{alma.id}/password")
    browser.submit({"new_password": NEW, "reason": "On holiday"}, having="new_password")
    assert "The password is set." in browser.page.text
    [event] = desk.events("password.set_by_helper", of=alma)
    assert event.detail == {"reason": "On holiday", "approved_by": olive.id}
    # One yes is for one time.
    page = browser.get(f"/admin/people/{alma.id}/password")
    assert "You may not do this alone." in page.text


@pytest.mark.security("SE11")
def test_a_yes_that_counts_no_more_once_the_password_is_hashed_is_none(
    desk: Desk, owner: Browser, olive: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(owner)
    adam, alma = (desk.add(f"{each}@acme.example", Role.ADMIN, app=True, chosen=True) for each in ("adam", "alma"))
    browser = desk.sign_in(adam)
    browser.get(f"/admin/people/{alma.id}/password")
    browser.submit({"reason": "On holiday"}, having="reason")
    owner.post(f"{browser.page.path}/approve")
    browser.get(f"/admin/people/{alma.id}/password")
    alone = recent_acts.alone

    def wait(*given: object) -> None:
        desk.change(olive, suspended_at=desk.clock.now())
        alone(*given)  # type: ignore[arg-type]  # handed on as they come

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(recent_acts, "alone", wait)
        browser.submit({"new_password": NEW, "reason": "On holiday"}, having="new_password")
    assert not desk.events("password.set_by_helper")


@pytest.mark.security("SE11")
def test_a_password_and_a_reset_of_one_person_need_a_second_helper(desk: Desk, owner: Browser, ann: Somebody) -> None:
    allow(owner)
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    browser = desk.sign_in(adam)
    browser.get(f"/admin/people/{ann.id}/password")
    browser.submit({"new_password": NEW, "reason": "x"}, having="new_password")
    browser.post(f"/admin/people/{ann.id}/help", {"what": "lost", "check": "in_person", "reason": "x", "go": "do"})
    assert not desk.events("help.reset", of=ann)
    assert desk.held(ann)


def test_a_helper_without_a_second_factor_sets_theirs_up_first(desk: Desk, owner: Browser, ann: Somebody) -> None:
    allow(owner)
    browser = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN))
    browser.post(f"/admin/people/{ann.id}/password", {"new_password": NEW, "reason": "x"})
    assert not desk.events("password.set_by_helper")


def test_fresh_proof_is_asked_for_and_what_was_typed_goes_on(
    desk: Desk, owner: Browser, olive: Somebody, ann: Somebody
) -> None:
    allow(owner)
    desk.forward(minutes=6)
    owner.get(f"/admin/people/{ann.id}/password")
    owner.submit({"new_password": NEW, "reason": "x"}, having="new_password")
    assert owner.page.title.startswith("Is it still you?")
    owner.submit({"proof_passcode": olive.app.next_code()})
    assert "The password is set." in owner.page.text


def test_the_rules_are_saved_mailed_about_where_they_ask_for_less_and_kept_to(
    desk: Desk, owner: Browser, ann: Somebody
) -> None:
    desk.add("adam@acme.example", Role.ADMIN)
    owner.get("/admin/account/security")
    owner.click("Passwords")
    assert owner.page.path == RULES
    owner.submit({"least": "20"}, having="least")
    assert not desk.mails("password_rules_weakened")
    browser = desk.sign_in(ann)
    page = browser.get("/profile/password")
    assert "At least 20 characters." in page.text
    assert page.form("new_password").attributes("new_password")["minlength"] == "20"
    browser.submit({"new_password": "nineteen characters"})
    assert "at least 20 characters" in browser.page.text
    browser.get("/profile/password")
    browser.submit({"new_password": "twenty characters ok"})
    assert "The new password is saved." in browser.page.text

    owner.get(RULES)
    owner.submit({"least": "12", "admins_set": "1"}, having="least")
    told = desk.mails("password_rules_weakened")
    assert sorted(mail.to for mail in told) == ["adam@acme.example", "olive@acme.example"]
    assert "at least 12 characters" in told[0].text
    assert [event.detail for event in desk.events("passwords.rules_changed")] == [
        {"before": {"least": 12, "admins_set": False}, "after": {"least": 20, "admins_set": False}},
        {"before": {"least": 20, "admins_set": False}, "after": {"least": 12, "admins_set": True}},
    ]
    page = owner.get("/admin/account/audit?kind=passwords.rules_changed")
    assert "Characters at least 20 12" in page.text
    assert "Owners and admins set passwords for others no yes" in page.text


@pytest.mark.parametrize("least", ["11", "65", "", "many", "-20"])
def test_a_length_that_no_account_can_want_is_refused(desk: Desk, owner: Browser, least: str) -> None:
    owner.get(RULES)
    page = owner.submit({"least": least}, having="least")
    assert page.status == 400
    assert "Type a whole number from 12 to 64." in page.text
    assert not desk.events("passwords.rules_changed")


def test_two_admins_do_not_undo_each_other(owner: Browser) -> None:
    owner.get(RULES)
    stale = owner.page
    owner.submit({"least": "16"}, having="least")
    owner.page = stale
    owner.submit({"least": "14"}, having="least")
    assert "Somebody else saved meanwhile." in owner.page.text
    assert dict(owner.page.form("least").fields)["least"] == "16"
