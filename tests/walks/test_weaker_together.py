"""A policy that is stricter in every part and weaker for people in whom two rules meet: said before, mailed after."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks.group_kit import PAGE, change
from twofold.core.groups import Extra, Group, Membership
from twofold.core.ids import GroupId
from twofold.core.roles import Audience, Role
from twofold.core.wanted import Accepts
from twofold.flows import foresee, weaker_together

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

DAYS: Final = GroupId("d" * 26)
NIGHT: Final = GroupId("n" * 26)
STRICTER: Final[dict[str, str | None]] = {"group_way_email": None}


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    """Return an owner of an account with two groups that leave mail to whoever is in both."""
    groups = {
        DAYS: Group(name="Days", extra=Extra(accepts=Accepts(kinds=frozenset({"totp", "email"})))),
        NIGHT: Group(name="Night", extra=Extra(accepts=Accepts(kinds=frozenset({"email", "sms"})))),
    }
    desk.rules(lambda rules: replace(rules, groups=groups))
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, olga: Somebody) -> Browser:
    return desk.sign_in(olga)


def in_both(desk: Desk, name: str) -> Somebody:
    somebody = desk.add(f"{name}@acme.example", name=name.title())
    for group in (DAYS, NIGHT):
        desk.services.groups.add(desk.account.id, group, [somebody.id], at=desk.clock.now())
    return somebody


def test_it_is_said_before_save_and_mailed_after(desk: Desk, olga: Somebody, as_owner: Browser) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN)
    ann, bob = in_both(desk, "ann"), desk.add("bob@acme.example")
    desk.services.groups.add(desk.account.id, DAYS, [bob.id], at=desk.clock.now())
    rules = desk.services.policy.current(desk.account.id).rules
    assert rules.of(Audience.TEAM, (Membership(DAYS), Membership(NIGHT))).accepts.kinds_of_all == frozenset({"email"})

    as_owner.get(f"{PAGE}/{DAYS}/rule")
    page = as_owner.submit(STRICTER, press="go=preview", having="domains")

    assert "This asks for less than before" not in page.text, "by its parts it only became stricter"
    assert "two rules leave nothing in common" in page.text
    assert "Ann" in page.text
    assert "Bob" not in page.text
    as_owner.submit(press="go=save")
    assert not desk.mails("policy_weakened")
    mails = desk.mails("policy_weakened_together")
    assert {mail.to for mail in mails} == {olga.email, adam.email}
    assert "- Ann" in mails[0].text
    assert "Bob" not in mails[0].text
    assert f"{PAGE}/{DAYS}" in mails[0].text
    assert ann.email not in {mail.to for mail in mails}


def test_many_people_are_looked_at_in_chunks_and_some_are_named(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weaker_together, "CHUNK", 4)
    for number in range(23):
        in_both(desk, f"agent{number:02}")
    change(as_owner, f"{PAGE}/{DAYS}", **STRICTER)
    (mail,) = desk.mails("policy_weakened_together")
    assert mail.text.count("- Agent") == weaker_together.NAMED_MOST
    assert "and 3 more people." in mail.text


def test_with_very_many_people_only_the_mail_tells(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 1)
    in_both(desk, "ann")
    as_owner.get(f"{PAGE}/{DAYS}/rule")
    page = as_owner.submit(STRICTER, press="go=preview", having="domains")
    assert "two rules leave nothing in common" not in page.text
    as_owner.submit(press="go=save")
    assert len(desk.mails("policy_weakened_together")) == 1


def test_nobody_is_mailed_where_nobody_is_in_both(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example")
    change(as_owner, f"{PAGE}/{DAYS}", **STRICTER)
    assert not desk.mails("policy_weakened_together")
    assert not desk.mails("policy_weakened")
