"""A rule for one person alone that somebody else saved meanwhile: nobody puts another in its place unseen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.rule_kit import APP_ONLY, LIST, RULE, make_rule, take_back
from twofold.core.groups import Extra
from twofold.core.policy import Accepts
from twofold.core.roles import Role
from twofold.flows.person_change import alone_with
from twofold.store.people import PeopleStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.core.ids import AccountId, PersonId
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

AGAIN = "look at it, then save again"

pytestmark = pytest.mark.usefixtures("texts_leave")


@pytest.fixture
def otto(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True))


def own(desk: Desk, somebody: Somebody) -> Extra:
    found = desk.person(somebody).own_rule
    assert found is not None
    return found


def test_of_two_who_opened_the_form_the_second_is_told(desk: Desk, as_owner: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    as_owner.get(f"{RULE}?picked={ann.id}")
    make_rule(otto, ann, own_require="1")
    page = as_owner.submit({**APP_ONLY, "because": "The phone was lost"}, press="go=save", having="own_ways")
    assert page.status == 400
    assert "Somebody else changed this rule meanwhile." in page.text
    assert "Now it says:A second factor is required" in page.text, "what holds now is said"
    assert AGAIN in page.text
    assert own(desk, ann).required is not None
    assert own(desk, ann).accepts.is_everything

    fields = page.form("own_ways").fields
    assert ("because", "The phone was lost") in fields, "what was typed is there"
    assert not {name for name, _ in fields} & {"own_require", "own_way_sms", "own_way_email"}
    as_owner.submit({"own_require": "1"}, press="go=save", having="own_ways")
    assert own(desk, ann).required is not None
    assert own(desk, ann).accepts.kinds == frozenset({"totp"})


def test_it_is_compared_after_the_fresh_proof_as_well(
    desk: Desk, olive: Somebody, as_owner: Browser, otto: Browser
) -> None:
    ann = desk.add("ann@acme.example", app=True)
    desk.forward(minutes=6)
    make_rule(as_owner, ann, own_trust_days="7")
    rule = Extra(trust_for=timedelta(0))
    desk.change(ann, own_rule=rule)
    page = as_owner.submit({"proof_passcode": olive.app.next_code()})
    assert AGAIN in page.text
    assert own(desk, ann) == rule
    assert ("own_trust_days", "7") in page.form("own_ways").fields


def test_it_is_compared_behind_and_before_what_it_does(desk: Desk, as_owner: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    make_rule(as_owner, ann, "go=preview", own_trust_days="7")
    make_rule(otto, ann, own_require="1")
    page = as_owner.submit(press="go=save")
    assert AGAIN in page.text
    assert ("own_trust_days", "7") in page.form("own_ways").fields
    take_back(otto, ann)
    page = as_owner.submit(press="go=preview", having="own_ways")
    assert page.status == 400
    assert "Now there is none." in page.text
    assert AGAIN in page.text
    as_owner.submit(press="go=preview", having="own_ways")
    as_owner.submit(press="go=back")
    make_rule(otto, ann, own_require="1")
    assert AGAIN in as_owner.submit(press="go=save", having="own_ways").text, "going back shows nothing newer"
    assert own(desk, ann).trust_for is None


def test_what_is_wrong_beside_it_shows_nothing_newer(desk: Desk, as_owner: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    as_owner.get(f"{RULE}?picked={ann.id}")
    make_rule(otto, ann, own_require="1")
    page = as_owner.submit({"own_trust_days": "91"}, press="go=save", having="own_ways")
    assert "from 0 to 90" in page.text
    page = as_owner.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")
    assert AGAIN in page.text
    assert own(desk, ann).required is not None


def test_a_rule_that_nobody_saw_is_not_taken_back(desk: Desk, as_owner: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    make_rule(otto, ann, own_trust_days="7")
    make_rule(as_owner, ann, "go=preview_remove")
    make_rule(otto, ann, own_require="1")
    page = as_owner.submit(press="go=remove")
    assert page.status == 400
    assert "So it was not taken back" in page.text
    assert own(desk, ann).required is not None
    as_owner.submit(press="go=preview_remove", having="own_ways")
    as_owner.submit(press="go=remove")
    assert desk.person(ann).own_rule is None


def test_of_several_the_others_are_saved(desk: Desk, as_owner: Browser, otto: Browser) -> None:
    ann, ben, cy, di = (desk.add(f"{name}@acme.example", app=True) for name in ("ann", "ben", "cy", "di"))
    as_owner.get(LIST)
    as_owner.submit({f"pick_{one.id}": "1" for one in (ann, ben, cy, di)}, press="go=choose", having="everybody_here")
    make_rule(otto, ann, own_require="1")
    desk.change(ben, name="Benjamin", skipped=1)
    desk.change(cy, own_rule=Extra(trust_for=timedelta(days=7)))
    desk.change(di, role=Role.OWNER)
    di_rule = desk.person(di).own_rule
    page = as_owner.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")
    assert "It was saved for 2 people." in page.text
    assert own(desk, ben).trust_for == timedelta(days=7), "nobody changed the rule"
    assert desk.person(di).own_rule != di_rule
    assert "It was so already." in page.text, "both wanted the same"
    assert own(desk, ann).trust_for is None
    assert "Rule for Ann alone" in page.text
    assert AGAIN in page.text
    as_owner.submit(press="go=save", having="own_ways")
    assert own(desk, ann).trust_for == timedelta(days=7)


@pytest.mark.parametrize("seen", ["", "strange", "x" * 9000, ".", "0" * 26])
def test_whoever_names_nothing_seen_means_what_holds(desk: Desk, as_owner: Browser, seen: str) -> None:
    ann = desk.add("ann@acme.example", app=True)
    as_owner.post(RULE, {"picked": ann.id, "go": "save", "own_trust_days": "7", "seen": seen})
    assert own(desk, ann).trust_for == timedelta(days=7)


def removed(desk: Desk, one: Somebody) -> None:
    desk.services.people.remove(desk.account.id, one.id)


def with_a_rule(desk: Desk, one: Somebody) -> None:
    desk.change(one, own_rule=Extra(trust_for=timedelta(days=3)))


def out_of_reach(desk: Desk, one: Somebody) -> None:
    desk.change(one, role=Role.OWNER)


def under_another_policy(desk: Desk, one: Somebody) -> None:
    assert desk.person(one).role is Role.END_USER
    desk.rules(lambda rules: replace(rules, end_users=replace(rules.end_users, accepts=Accepts(needs_strong=True))))


MEANWHILE: dict[Callable[[Desk, Somebody], None], str] = {
    removed: "Somebody who was removed meanwhile.",
    with_a_rule: "Somebody else changed this rule meanwhile.",
    out_of_reach: "An admin cannot decide this alone",
    under_another_policy: "nothing would be left to sign in with",
}


@pytest.mark.parametrize("change", MEANWHILE)
def test_what_changed_before_it_was_the_admins_turn_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, change: Callable[[Desk, Somebody], None]
) -> None:
    """Everybody is judged before the block that writes; what that block reads stands over it."""
    codes.texts_go_to(desk, "AT")
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    codes.give_mailbox(desk, adam)
    as_adam = desk.sign_in(adam)
    ann, ben = desk.add("ann@globex.example", Role.END_USER), desk.add("ben@acme.example")

    def late(services: Services, account: AccountId, *people: PersonId) -> None:
        alone_with(services, account, *people)
        change(desk, ann)

    as_adam.get(LIST)
    as_adam.submit({f"pick_{one.id}": "1" for one in (ann, ben)}, press="go=choose", having="everybody_here")
    monkeypatch.setattr("twofold.flows.own_rules.alone_with", late)
    page = as_adam.submit({"own_way_sms": None, "own_way_totp": None}, press="go=save", having="own_ways")

    assert MEANWHILE[change] in page.text
    assert own(desk, ben).accepts.kinds == frozenset({"email"})
    assert [event.person_id for event in desk.events("person.own_rule_changed")] == [ben.id]


def test_whoever_was_changed_while_they_are_written_is_judged_once_more(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = (desk.add(f"{name}@acme.example", app=True) for name in ("ann", "ben"))
    as_owner.get(LIST)
    as_owner.submit({f"pick_{one.id}": "1" for one in (ann, ben)}, press="go=choose", having="everybody_here")
    write, tries = PeopleStore.replace, []

    def slow(store: PeopleStore, account: AccountId, old: Subscriber, new: Subscriber) -> bool:
        if old.id == ann.id:
            tries.append(old.version)
            if len(tries) == 1:
                assert write(store, account, old, replace(old, name="Ann of the night"))
        return write(store, account, old, new)

    monkeypatch.setattr(PeopleStore, "replace", slow)
    page = as_owner.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")

    assert "It was saved for 2 people." in page.text
    assert len(tries) == 2
    assert desk.person(ann).name == "Ann of the night"
    assert own(desk, ann).trust_for == own(desk, ben).trust_for == timedelta(days=7)
    assert len(desk.events("person.own_rule_changed")) == 2


def test_whoever_is_changed_again_and_again_is_left_as_they_are(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, ben = (desk.add(f"{name}@acme.example", app=True) for name in ("ann", "ben"))
    as_owner.get(LIST)
    as_owner.submit({f"pick_{one.id}": "1" for one in (ann, ben)}, press="go=choose", having="everybody_here")
    write = PeopleStore.replace
    monkeypatch.setattr(
        PeopleStore, "replace", lambda store, account, old, new: old.id != ann.id and write(store, account, old, new)
    )
    page = as_owner.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")
    assert "It was saved for 1 person." in page.text
    assert desk.person(ann).own_rule is None
    assert own(desk, ben).trust_for == timedelta(days=7)
