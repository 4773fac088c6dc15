"""A pause of set-up, and the check of new browsers: whoever changed an address does not free that person by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks.group_kit import PAGE, change, put_in
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

MOVING: Final = GroupId("0123456789abcdefghjkmnpqrs")
ROLL_OUT: Final = "/admin/roll-out"
POLICY: Final = "/admin/account/security/advanced/authentication"
LATELY: Final = "in the last three days, and this would free them"


@pytest.fixture
def adam(desk: Desk) -> Somebody:
    """Return an admin of an account that requires it of team members, with a group whose set-up is paused."""
    desk.require()
    paused = Extra(paused_until=desk.clock.now() + timedelta(hours=24))
    desk.rules(lambda rules: replace(rules, groups={MOVING: Group(name="Moving house", extra=paused)}))
    desk.add("bea@acme.example", Role.ADMIN, app=True, chosen=True)
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def as_admin(desk: Desk, adam: Somebody) -> Browser:
    return desk.sign_in(adam)


def propose(helper: Browser, ann: Somebody) -> Page:
    """Enter another address for her."""
    fields = {"new_address": f"new.{ann.email}", "check": "video", "reason": "She lost the mailbox"}
    return helper.post(f"/admin/people/{ann.id}/address", fields)


def pause(helper: Browser, whose: str = "team") -> Page:
    helper.get(ROLL_OUT)
    fields = {"whose": whose, "pause_for": "3600", "because": "The mail server is down"}
    return helper.submit(fields, having="pause", press="pause=1")


def number(desk: Desk) -> int:
    return desk.services.policy.current(desk.account.id).number


@pytest.mark.security("SE11")
@pytest.mark.parametrize("whose", ["team", MOVING])
def test_whoever_changed_an_address_pauses_nothing_that_lets_that_person_in(
    desk: Desk, adam: Somebody, as_admin: Browser, whose: str
) -> None:
    ann = desk.add("ann@acme.example")
    if whose == MOVING:
        desk.services.groups.add(desk.account.id, MOVING, [ann.id], at=desk.clock.now())
        desk.forward(hours=25)
        as_admin = desk.sign_in(adam)
    propose(as_admin, ann)
    before = number(desk)
    page = pause(as_admin, whose)
    assert LATELY in page.text
    assert "Ann" in page.text
    assert number(desk) == before
    pause(desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)), whose)
    assert number(desk) == before + 1


@pytest.mark.security("SE11")
def test_a_pause_counts_as_letting_in_whoever_holds_nothing(desk: Desk, as_admin: Browser) -> None:
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example", app=True)
    assert "Paused." in pause(as_admin).text
    assert propose(as_admin, ann).path.startswith("/admin/help/"), "asked for, not done"
    assert not propose(as_admin, bob).path.startswith("/admin/help/"), "who holds something is asked as before"


def test_who_changed_the_address_of_somebody_who_is_asked_all_the_same_may_pause(desk: Desk, as_admin: Browser) -> None:
    propose(as_admin, desk.add("bob@acme.example", app=True))
    propose(as_admin, desk.add("ben@acme.example", must_set_up=True))
    assert "Paused." in pause(as_admin).text


@pytest.mark.security("SE11")
def test_nobody_is_put_into_a_paused_group_by_whoever_changed_their_address(desk: Desk, as_admin: Browser) -> None:
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")
    propose(as_admin, ann)
    page = put_in(as_admin, f"{PAGE}/{MOVING}", ann)
    assert "You changed their address or password in the last three days." in page.text
    assert not desk.services.groups.sizes(desk.account.id)
    assert "1 person was put in." in put_in(as_admin, f"{PAGE}/{MOVING}", bob).text
    assert is_signed_in(desk.sign_in(bob))
    (mail,) = desk.mails("policy_weakened", to="bea@acme.example")
    assert "For some hours Bob is not made to set up a second factor." in mail.text
    assert propose(as_admin, bob).path.startswith("/admin/help/"), "the other way round as well"


@pytest.mark.security("SE11")
def test_one_admin_lets_no_other_admin_in_through_a_paused_group(desk: Desk, as_admin: Browser) -> None:
    ada = desk.add("ada@acme.example", Role.ADMIN)
    put_in(as_admin, f"{PAGE}/{MOVING}", ada)
    assert not desk.services.groups.sizes(desk.account.id)


@pytest.mark.security("SE11")
def test_a_paused_group_that_takes_more_people_is_told_of(desk: Desk, as_admin: Browser) -> None:
    change(as_admin, f"{PAGE}/{MOVING}", role_agent="1")
    (mail,) = desk.mails("policy_weakened", to="bea@acme.example")
    assert "nobody in the group “Moving house” is made to set up" in mail.text


def test_a_pause_that_is_over_is_not_told_of_again(desk: Desk, adam: Somebody) -> None:
    desk.forward(hours=25)
    change(desk.sign_in(adam), f"{PAGE}/{MOVING}", role_agent="1")
    assert desk.services.policy.current(desk.account.id).rules.groups[MOVING].roles == {Role.AGENT}
    assert not desk.mails("policy_weakened")


@pytest.fixture
def as_checking(desk: Desk) -> Browser:
    """Return an admin of an account that requires nothing, and has a code mailed on new browsers."""
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, checks_new_browsers=True)))
    desk.add("bea@acme.example", Role.ADMIN, app=True, chosen=True)
    return desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))


@pytest.mark.security("SE11")
def test_whoever_changed_an_address_does_not_end_the_check_of_new_browsers(desk: Desk, as_checking: Browser) -> None:
    propose(as_checking, desk.add("ann@acme.example"))
    before = number(desk)
    as_checking.get(POLICY)
    page = as_checking.submit({"team_new_browsers": None}, having="team_new_browsers", press="go=save")
    assert LATELY in page.text
    assert number(desk) == before


@pytest.mark.security("SE11")
def test_nobody_leaves_the_check_of_new_browsers_by_a_role_from_whoever_changed_their_address(
    desk: Desk, as_checking: Browser
) -> None:
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")
    propose(as_checking, ann)
    as_checking.post(f"/admin/people/{ann.id}/role", {"role": "end_user"})
    assert desk.person(ann).role is Role.AGENT
    as_checking.post(f"/admin/people/{bob.id}/role", {"role": "end_user"})
    assert desk.person(bob).role is Role.END_USER
    assert propose(as_checking, bob).path.startswith("/admin/help/"), "the other way round as well"
