"""Helpers at the same instant, from several processes, on both databases: done once, ten a day, and nobody slips in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections

from tests.races.test_admin import sign_in
from tests.races.test_whole_stack import order, race
from tests.walks.helping import REASON, answer, help_page
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.password_rules import PasswordRules
from twofold.core.roles import AGENT_HELPS_A_DAY, Role
from twofold.core.wanted import Accepts, Requirement
from twofold.flows import password_rules, recent_acts
from twofold.store.help_acts import HelpActStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.store.racing import Racers
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

MEET_WITHIN = 0.5
"""Seconds for which one waits for another, who began at the same moment and needs a tenth of that to come so far."""


def an_admin(desk: Desk, name: str) -> Somebody:
    return desk.add(f"{name}@acme.example", Role.ADMIN, app=True, chosen=True)


def asked_to(browser: Browser, somebody: Somebody, what: str) -> tuple[str, dict[str, str]]:
    """Open the last page of helping somebody; return where its form goes, and what is typed."""
    browser.get(f"{help_page(somebody)}?what={what}&check=video")
    return help_page(somebody), {"reason": REASON}


@pytest.mark.security("SE11")
def test_what_was_agreed_to_is_done_once(desk: Desk, racers: Racers) -> None:
    desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    adam, ada, aki = (an_admin(desk, name) for name in ("adam", "ada", "aki"))
    as_adam, as_ada = sign_in(desk, adam), sign_in(desk, ada)
    path = answer(as_adam, aki, "elsewhere").path
    assert "Agreed." in as_ada.post(f"{path}/approve").text
    as_adam.get(path)
    form = next(form for form in as_adam.page.forms if form.action == f"{path}/do")
    fields = dict(form.fields)
    answers = race(racers, [(as_adam.origin, as_adam.address, as_adam.cookies, f"{path}/do", fields)])
    assert len(desk.events("help.code_given", of=aki)) == 1
    assert [status for status, _, _ in answers].count(200) == 1


@pytest.mark.security("SE11")
def test_an_agent_helps_ten_times_however_many_at_once(desk: Desk, racers: Racers) -> None:
    agent = desk.add("ann@acme.example", app=True, chosen=True, helps_since=desk.clock.now())
    browser = sign_in(desk, agent)
    orders = []
    for number in range(17):
        user = desk.add(f"user{number}@globex.example", Role.END_USER, app=True, chosen=True)
        path, fields = asked_to(browser, user, "elsewhere")
        orders.append(order(browser, fields, path=path))
    race(racers, orders)
    assert len(desk.events("help.code_given")) == AGENT_HELPS_A_DAY


@pytest.mark.security("SE11")
def test_nobody_signs_in_past_a_reset(desk: Desk, racers: Racers) -> None:
    adam = an_admin(desk, "adam")
    aki = desk.add("aki@acme.example", app=True, chosen=True)
    browser = desk.browser()
    desk.present_password(browser, aki)
    signing_in = order(browser, {"passcode": aki.app.code()}, path="/sign-in/passcode")
    helper = sign_in(desk, adam)
    path, fields = asked_to(helper, aki, "lost")
    race(racers, [signing_in, order(helper, fields, path=path)])
    assert desk.events("help.reset", of=aki)
    assert desk.held(aki) == ()
    assert desk.sessions(aki) == 0
    assert desk.person(aki).must_set_up


def meeting(meet: Barrier, look: Callable[..., object]) -> Callable[..., object]:
    """Let whoever has looked in a transaction wait a moment for somebody else to look too, before either goes on."""

    def looks(*given: object, **more: object) -> object:
        found = look(*given, **more)
        if connection.in_atomic_block:
            with suppress(BrokenBarrierError):
                meet.wait(MEET_WITHIN)
        return found

    return looks


@pytest.mark.security("SE11")
@pytest.mark.parametrize("how", ["put_in", "rule", "role", "name", "own_rule"])
def test_an_address_and_an_exemption_at_once_are_not_joined(
    desk: Desk, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One helper changes an address and frees the same person in another way, at the same moment: one of both."""
    now, room = desk.clock.now(), GroupId("r" * 26)
    ann = desk.add("ann@acme.example")
    if how == "role":
        desk.require()
    exempt = Extra(exempt_until=now + timedelta(days=30), exempt_because="No phones in there")
    extra = exempt if how == "put_in" else Extra(required=Requirement(starts_at=now))
    desk.rules(lambda rules: replace(rules, groups={room: Group(name="Clean room", extra=extra)}))
    an_admin(desk, "ada")
    one = sign_in(desk, an_admin(desk, "adam"))
    other = desk.browser()
    for name, value in one.cookies.items():
        other.set_cookie(name, value)
    if how == "put_in":
        path, freeing = "/admin/people/groups/put-in", {f"pick_{ann.id}": "1", "group": room, "go": "save"}
    elif how == "role":
        path, freeing = f"/admin/people/{ann.id}/role", {"role": "end_user"}
    elif how == "name":
        path, freeing = f"/admin/people/{ann.id}/exempt", exemption(desk)
    elif how == "own_rule":
        desk.change(ann, own_rule=Extra(required=Requirement(starts_at=now), accepts=Accepts(needs_strong=True)))
        path, freeing = "/admin/people/rule", {"picked": ann.id, "go": "remove"}
    else:
        desk.services.groups.add(desk.account.id, room, [ann.id], at=now)
        path = f"/admin/people/groups/{room}/rule"
        form = next(form for form in other.get(path).forms if form.has("domains"))
        freeing = {name: value for name, value in form.fields if name != "group_require"}
    proposing = {"new_address": "new@example.org", "check": "video", "reason": REASON}
    meet = Barrier(2)
    for name in ("of", "in_the_way"):
        monkeypatch.setattr(recent_acts, name, meeting(meet, getattr(recent_acts, name)))
    with ThreadPoolExecutor(2) as crew:
        first = crew.submit(closing_behind, one.post, f"/admin/people/{ann.id}/address", proposing)
        second = crew.submit(closing_behind, other.post, path, freeing)
        first.result()
        second.result()
    kind = {
        "put_in": "group.member_added",
        "rule": "policy.changed",
        "role": "person.role_changed",
        "name": "exemption.given",
        "own_rule": "person.own_rule_changed",
    }[how]
    assert len([*desk.events(kind), *desk.events("address.proposed", of=ann)]) == 1


@pytest.mark.security("SE11")
@pytest.mark.parametrize("act", ["exempt", "password"])
def test_what_is_asked_for_twice_at_once_is_asked_for_once(
    desk: Desk, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aki = an_admin(desk, "aki")
    an_admin(desk, "ada")
    if act == "password":
        allowed = PasswordRules(admins_set=True).to_json()
        assert desk.services.kept.replace(desk.account.id, password_rules.KEPT, allowed, version=0)
    browsers = [sign_in(desk, an_admin(desk, "adam")), desk.browser()]
    for name, value in browsers[0].cookies.items():
        browsers[1].set_cookie(name, value)
    path, fields = (
        (f"/admin/people/{aki.id}/exempt", exemption(desk))
        if act == "exempt"
        else (f"/admin/people/{aki.id}/password", {"reason": REASON})
    )
    monkeypatch.setattr(HelpActStore, "open_about", meeting(Barrier(2), HelpActStore.open_about))
    with ThreadPoolExecutor(2) as crew:
        presses = [crew.submit(closing_behind, one.post, path, fields) for one in browsers]
        for press in presses:
            press.result()
    assert len(desk.events("help.asked", of=aki)) == 1


def exemption(desk: Desk) -> dict[str, str]:
    day = desk.clock.now().date() + timedelta(days=10)
    return {"until": day.isoformat(), "reason": REASON}


def closing_behind(post: Callable[[str, dict[str, str]], object], path: str, fields: dict[str, str]) -> None:
    """Post, and leave no connection of this thread behind."""
    try:
        post(path, fields)
    finally:
        connections.close_all()


def test_many_presses_make_one_call(desk: Desk, racers: Racers) -> None:
    desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.click("I cannot get a code")
    race(racers, [order(browser, {"ask": "1"}, path="/sign-in/cannot-get-a-code")])
    assert len(desk.events("help.called")) == 1
    assert len(desk.mails("help_called")) == 1
