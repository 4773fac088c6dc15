"""What thieves and insiders try against sent codes, fresh proof, groups and exemptions."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import code, give_phone, sent, texts_go_to, wrong
from tests.walks.helping import code_on, post_help
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.helping import Act, State
from twofold.core.ids import GroupId, HelpActId
from twofold.core.roles import Role
from twofold.core.throttle import Lane
from twofold.core.wanted import Accepts, Requirement
from twofold.flows import approvals, helping
from twofold.flows.person_change import hold_still
from twofold.ports.helping import HelpAct

if TYPE_CHECKING:
    from tests.walks.kit import Desk, Somebody

GROUP = GroupId("0123456789abcdefghjkmnpqrs")
GROUPS = "/admin/people/groups"
APP_ONLY = frozenset({"totp"})


def wrong_in_a_row(desk: Desk, somebody: Somebody) -> int:
    value, _ = desk.services.counters.load(desk.account.id, Lane.UNKNOWN_BROWSERS.value, somebody.id)
    found = value["since_success"]
    assert isinstance(found, int)
    return found


def grouped(desk: Desk, group: Group) -> None:
    desk.rules(lambda rules: replace(rules, groups={GROUP: group}))


@pytest.mark.security("SC4")
def test_a_code_that_was_replaced_is_no_success_and_forgives_no_wrong_one(desk: Desk) -> None:
    texts_go_to(desk, "AT")
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    thief = desk.browser()
    desk.present_password(thief, ann)
    seen_on_her_screen = code(desk)
    desk.forward(seconds=31)
    thief.submit(press="again=1")
    assert len(sent(desk)) == 2
    for _ in range(3):
        desk.forward(seconds=10)
        thief.submit({"passcode": wrong(code(desk))})
    assert wrong_in_a_row(desk, ann) == 3

    desk.forward(seconds=10)
    thief.submit({"passcode": seen_on_her_screen})

    assert "Use the one we sent at" in thief.page.text
    assert wrong_in_a_row(desk, ann) == 3, "else one code that was seen once opens the hard stop for ever"


@pytest.mark.security("SE11")
def test_an_exemption_does_not_rise_with_its_agent(desk: Desk, olive: Somebody) -> None:
    desk.require()
    bob = desk.add(
        "bob@acme.example", exempt_until=desk.clock.now() + timedelta(days=300), exempt_because="Between phones"
    )
    owner = desk.sign_in(olive)
    owner.get(f"/admin/people/{bob.id}")
    owner.submit({"role": "admin"}, having="role")
    assert desk.person(bob).role is Role.ADMIN, owner.page.text

    assert desk.person(bob).exempt_until is None
    browser = desk.browser()
    desk.present_password(browser, bob)
    assert not is_signed_in(browser)


@pytest.mark.security("SD2")
def test_what_policy_allowed_long_ago_is_no_fresh_proof_beside_what_it_allows(desk: Desk, olive: Somebody) -> None:
    texts_go_to(desk, "AT")
    give_phone(desk, olive)
    desk.rules(
        lambda rules: replace(
            rules,
            team=replace(
                rules.team, accepts=Accepts(kinds=APP_ONLY, old_ones_prove_until=desk.clock.now() + timedelta(days=14))
            ),
        )
    )
    desk.forward(days=15)
    thief = desk.sign_in(olive)
    desk.forward(minutes=6)
    thief.get("/profile/security")
    thief.post("/profile/security/recovery-codes")

    thief.post("/profile/security/recovery-codes", {"proof_way": "sms"})

    assert not sent(desk), "its time was over yesterday, and it opens no sign-in any more"
    assert thief.page.form("proof_passcode").has("proof_passcode"), thief.page.text


def test_an_admin_without_a_second_factor_moves_nobody_out_of_a_group(desk: Desk, olive: Somebody) -> None:
    ann = desk.add("ann@acme.example")
    adam = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN))
    required = Extra(required=Requirement(starts_at=desk.clock.now()))
    grouped(desk, Group(name="Night", extra=required))
    desk.services.groups.add(desk.account.id, GROUP, [ann.id], at=desk.clock.now())
    adam.get(f"{GROUPS}/{GROUP}")
    adam.post(f"{GROUPS}/{GROUP}/take-out", {f"pick_{ann.id}": "1", "go": "save"})
    assert "Set up your own second factor first" in adam.page.text
    assert desk.services.groups.of_person(desk.account.id, ann.id)


def test_nor_takes_a_rule_of_one_person_away(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", own_rule=Extra(accepts=Accepts(kinds=APP_ONLY)))
    adam = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN))
    adam.get(f"/admin/people/{ann.id}")
    adam.post("/admin/people/rule", {f"pick_{ann.id}": "1", "go": "remove"})
    assert desk.person(ann).own_rule is not None, adam.page.text


def test_whom_an_admin_may_not_help_they_put_into_no_group_that_opens_more(desk: Desk, olive: Somebody) -> None:
    texts_go_to(desk, "AT")
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    give_phone(desk, adam)
    ann = desk.add("ann@acme.example")
    desk.for_both(lambda rules: replace(rules, accepts=Accepts(kinds=APP_ONLY)))
    grouped(desk, Group(name="Texts", extra=Extra(accepts=Accepts(kinds=frozenset({"sms"})))))
    browser = desk.sign_in(adam)
    browser.get("/admin/people")
    picks = {f"pick_{one.id}": "1" for one in (olive, adam, ann)}
    browser.post(f"{GROUPS}/put-in", {**picks, "group": GROUP, "go": "save"})
    assert "1 person was put in." in browser.page.text
    for one, is_in in ((olive, False), (adam, False), (ann, True)):
        assert bool(desk.services.groups.of_person(desk.account.id, one.id)) is is_in


def test_a_new_address_out_of_a_group_that_asks_for_more_is_told(desk: Desk, olive: Somebody) -> None:
    night = Group(
        name="Night",
        domains=frozenset({"night.example"}),
        extra=Extra(required=Requirement(starts_at=desk.clock.now())),
    )
    grouped(desk, night)
    ann = desk.add("ann@night.example", app=True)
    browser = desk.sign_in(ann)
    browser.get("/profile/address")
    browser.submit({"new_address": "ann@acme.example"})
    assert browser.page.path == "/profile/address/confirm", browser.page.text
    newest = desk.mails("address_code", to="ann@acme.example")[-1]
    browser.submit({"address_code": str(newest.params["code"])}, having="address_code")
    assert desk.person(ann).email == "ann@acme.example"
    (told,) = desk.mails("policy_weakened")
    assert told.to == olive.email
    assert "Ann was taken out of the group “Night”, which asks for more." in told.text


@pytest.mark.security("SE11")
def test_a_password_and_a_code_in_two_tabs_at_once_are_not_both_given_by_one_admin(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(adam)

    def second(*args: object, **named: object) -> object:
        now = desk.clock.now()
        other_tab = HelpAct(
            id=HelpActId(desk.services.entropy.new_id()),
            act=Act.SET_PASSWORD,
            person_id=ann.id,
            asked_by=adam.id,
            asked_at=now,
            state=State.DONE,
            ends_at=now,
            done_at=now,
        )
        desk.services.help_acts.add(desk.account.id, other_tab)
        return hold_still(*args, **named)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(helping, "hold_still", second)
    page = post_help(browser, ann, "codes_gone")
    assert not code_on(page)
    assert not desk.events("help.code_given")


@pytest.mark.security("SE11")
def test_a_yes_that_is_worth_nothing_any_more_is_seen_by_the_act_itself(
    desk: Desk, olive: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    adam, bea, cleo = (
        desk.add(f"{name}@acme.example", Role.ADMIN, app=True, chosen=True) for name in ("adam", "bea", "cleo")
    )
    browser = desk.sign_in(adam)
    post_help(browser, cleo, "lost")
    (asked,) = desk.services.help_acts.open_about(desk.account.id, cleo.id, now=desk.clock.now())
    other = desk.sign_in(bea)
    other.get(f"/admin/help/{asked.id}")
    other.post(f"/admin/help/{asked.id}/approve", {"go": "approve"})
    assert desk.events("help.approved")

    def second(*args: object, **named: object) -> object:
        desk.change(bea, role=Role.AGENT)
        return hold_still(*args, **named)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(approvals, "hold_still", second)
    browser.get(f"/admin/help/{asked.id}")
    browser.post(f"/admin/help/{asked.id}/do", {"go": "do"})
    assert len(desk.held(cleo)) == 1
    assert not desk.events("help.reset")


@pytest.mark.security("SE7")
@pytest.mark.parametrize(("minutes", "led_to"), [(4, "/sign-in/set-up/choose"), (30, "/sign-in/set-up/mailbox")])
def test_the_code_of_a_new_browser_proves_the_mailbox_for_no_set_up_of_later(
    desk: Desk, minutes: int, led_to: str
) -> None:
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"mailbox_code": str(desk.mails("new_browser_code")[-1].params["code"])})
    assert is_signed_in(browser)

    # The session is stolen, and so is the password.
    desk.forward(minutes=minutes)
    browser.get("/profile/security")
    browser.post("/profile/security/set-up")
    if minutes > 5:
        browser.submit({"proof_password": ann.password}, having="proof_password")
    assert browser.page.path == "/sign-in/set-up", browser.page.text
    browser.submit(press="go=set_up")
    assert browser.page.path == led_to
