"""Admins at the same instant, from several processes, on both databases: one owner stays, one version is saved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.races.test_whole_stack import ALL, order, race
from twofold.core.roles import Role
from twofold.factors.registry import FACTORS
from twofold.flows import owner
from twofold.flows.visit import Visit
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from tests.store.racing import Racers
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

PAGE = "/admin/account/security/advanced/authentication"


def owners(desk: Desk) -> int:
    return len(desk.services.people.with_roles(desk.account.id, (Role.OWNER,)))


def an_owner(desk: Desk, name: str) -> Somebody:
    return desk.add(f"{name}@acme.example", Role.OWNER, app=True, chosen=True)


def sign_in(desk: Desk, somebody: Somebody) -> Browser:
    """Sign in without moving the clock: the racers' stands where every test begins, and a later proof is not fresh."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    browser.submit({"passcode": somebody.app.code()})
    return browser


@pytest.mark.security("SE11")
@pytest.mark.parametrize("act", ["role", "suspend", "remove"])
def test_owners_who_shut_each_other_out_leave_one(desk: Desk, racers: Racers, act: str) -> None:
    there = [an_owner(desk, name) for name in ("olga", "otto", "odin")]
    browsers = [sign_in(desk, one) for one in there]
    orders = []
    for browser, victim in zip(browsers, there[1:] + there[:1], strict=True):
        page = f"/admin/people/{victim.id}"
        browser.get(page)
        fields = {"role": "agent"} if act == "role" else {}
        form = next(form for form in browser.page.forms if form.action == f"{page}/{act}")
        orders.append(
            (browser.origin, browser.address, browser.cookies, f"{page}/{act}", {**dict(form.fields), **fields})
        )
    race(racers, orders)
    done = desk.events({"role": "person.role_changed", "suspend": "person.suspended", "remove": "person.removed"}[act])
    assert done
    assert owners(desk) == len(there) - len({event.person_id for event in done})
    assert owners(desk) >= 1


def test_of_many_who_save_what_they_saw_one_does(desk: Desk, racers: Racers) -> None:
    browsers = [sign_in(desk, an_owner(desk, name)) for name in ("olga", "otto", "odin")]
    for browser in browsers:
        browser.get(PAGE)
    orders = [
        order(browser, {"team_trust_days": str(number + 1), "go": "save"}, path=PAGE)
        for number, browser in enumerate(browsers)
    ]
    race(racers, orders)
    assert desk.services.policy.current(desk.account.id).number == 1
    assert len(desk.events("policy.changed")) == 1


def become_owner(services: Services, number: int, job: tuple[AccountId, str]) -> str:
    """Open the owner's link in one of several processes; return what came of it."""
    account_id, token = job
    here = replace(services, entropy=SystemEntropy(), factors=FACTORS)
    account = here.accounts.by_id(account_id)
    assert account is not None
    outcome = owner.begin(
        here,
        Visit(account=account, address="127.0.0.1"),
        token,
        owner.HelpDesk(name=f"Desk {number}", time_zone="UTC"),
        email=f"owner{number}@acme.example",
        name="",
        new_password="correct horse battery",
    )
    return type(outcome).__name__


def test_of_many_who_hold_the_owners_link_one_becomes_owner(desk: Desk, racers: Racers) -> None:
    url = owner.link(desk.services, desk.account)
    assert url is not None
    answers = racers.race(become_owner, (desk.account.id, url.partition("?link=")[2]))
    assert len(answers) == ALL
    assert answers.count("GoOn") == 1, answers
    assert set(answers) <= {"GoOn", "Refuse", "Conflict"}, answers
    assert owners(desk) == 1
    (event,) = desk.events("owner.made")
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    assert account.name == event.detail["help_desk"]
