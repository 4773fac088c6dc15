"""Counting an audience: whole, in parts, and only as far as has to be known."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_person, an_enrolment
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Audience, Role
from twofold.flows import counts
from twofold.ports.roll_out import Members

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId, PersonId
    from twofold.ports.services import Services

NOW = START + timedelta(hours=1)


def crowd(services: Services, account: AccountId, entropy: FakeEntropy) -> list[PersonId]:
    """Add 11 agents and end users, of whom some are suspended, chose it, are exempt or hold something."""
    added = []
    for number in range(11):
        person = replace(
            a_person(entropy, f"p{number}@acme.example"),
            role=Role.AGENT if number < 7 else Role.END_USER,
            chosen=number % 2 == 0,
            must_set_up=number % 3 == 0,
            exempt_until=NOW if number % 4 else NOW + timedelta(seconds=1),
            suspended_at=START if number in {2, 8} else None,
        )
        assert services.people.add(account, person)
        if number % 3:
            assert services.enrolments.add(account, an_enrolment(entropy, person.id))
        added.append(person.id)
    return added


NIGHT = GroupId("n" * 26)
MIXED = Members(id=NIGHT, group=Group(name="x", domains=frozenset({"night.example"}), roles=frozenset({Role.END_USER})))
BY_HAND = Members(id=NIGHT, group=Group(name="x"))


@pytest.mark.parametrize("most", [1, 2, 3, 6, 50])
@pytest.mark.parametrize(
    ("whose", "people"), [(Audience.TEAM, 10), (Audience.END_USERS, 3), (MIXED, 6), (BY_HAND, 2)], ids=str
)
def test_parts_add_up_to_the_whole(
    services: Services, account: AccountId, entropy: FakeEntropy, whose: Audience | Members, people: int, most: int
) -> None:
    some_of_them = crowd(services, account, entropy)[:3]
    for number, domain in enumerate(("night.example", "sub.night.example", "night.example.org", "fortnight.example")):
        person = replace(a_person(entropy, f"n{number}@{domain}"), role=Role.AGENT)
        assert services.people.add(account, person)
    services.groups.add(account, NIGHT, some_of_them, at=START)
    sums, behind, rounds = counts.NOTHING, "", 0
    while True:
        some, last = services.roll_out.tally_of_some(account, whose, now=NOW, behind=behind, most=most)
        sums, rounds = counts.plus(sums, some), rounds + 1
        if last is None:
            break
        behind = last

    assert sums == services.roll_out.tally(account, whose, now=NOW)
    assert sums.people == people
    assert rounds == sums.people // most + 1


def test_it_is_counted_no_further_than_has_to_be_known(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    crowd(services, account, entropy)

    found = [services.roll_out.are_more_than(account, Audience.TEAM, than) for than in (0, 6, 7, 8)]

    assert found == [True, True, False, False]
    assert not services.roll_out.are_more_than(account, Audience.END_USERS, 4)


@pytest.mark.parametrize("most", [1, 3, 50])
def test_who_holds_nothing_else_is_found(
    services: Services, account: AccountId, entropy: FakeEntropy, most: int
) -> None:
    held = (
        ("app", ("totp",)),
        ("text", ("sms",)),
        ("mail", ("email",)),
        ("weak", ("sms", "email")),
        ("both", ("totp", "sms")),
        ("none", ()),
        ("ruled", ("totp",)),
        ("gone", ("sms",)),
        ("user", ("sms",)),
    )
    names, put = {}, []
    for name, kinds in held:
        person = replace(
            a_person(entropy, f"{name}@{'night' if name == 'text' else 'acme'}.example"),
            role=Role.END_USER if name == "user" else Role.AGENT,
            own_rule=Extra(trust_for=timedelta(0)) if name == "ruled" else None,
            suspended_at=START if name == "gone" else None,
        )
        assert services.people.add(account, person)
        for kind in kinds:
            assert services.enrolments.add(account, replace(an_enrolment(entropy, person.id), kind=kind))
        names[person.id] = name
        put += [person.id] if name == "both" else []
    services.groups.add(account, NIGHT, put, at=START)

    def found(whose: Audience | Members, *kinds: str) -> list[str]:
        ids: list[PersonId] = []
        while some := services.roll_out.hold_only(
            account, whose, frozenset(kinds), behind=ids[-1] if ids else "", most=most
        ):
            ids += some
        assert ids == sorted(ids)
        return sorted(names[one] for one in ids)

    assert found(Audience.TEAM, "sms", "email") == ["mail", "ruled", "text", "weak"]
    assert found(Audience.TEAM, "sms") == ["ruled", "text"]
    assert found(Audience.TEAM) == ["ruled"]
    assert found(Audience.END_USERS, "sms") == ["user"]
    assert found(MIXED, "sms", "totp") == ["both", "text", "user"]
    everybody = services.roll_out.hold_only(account, Audience.TEAM, frozenset({"sms"}), most=9)
    first = services.roll_out.hold_only(account, Audience.TEAM, frozenset({"sms"}), up_to=everybody[0], most=9)
    assert list(first) == [everybody[0]]
