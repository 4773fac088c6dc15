"""People of whom something is required by a rule of their own are counted and listed alike on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_person, an_enrolment
from twofold.core.groups import Extra
from twofold.core.roles import Audience, Role
from twofold.core.wanted import Accepts, Requirement

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

REQUIRED = Extra(required=Requirement(starts_at=START))
WAYS_ALONE = Extra(accepts=Accepts(kinds=frozenset({"totp"})))


def _add(services: Services, account: AccountId, person: Subscriber) -> Subscriber:
    assert services.people.add(account, person)
    return person


def _change(services: Services, account: AccountId, old: Subscriber, new: Subscriber) -> Subscriber:
    assert services.people.replace(account, old, new)
    found = services.people.by_id(account, old.id)
    assert found is not None
    return found


def _listed(services: Services, account: AccountId, *, search: str = "") -> list[str]:
    return [row.email for row in services.reports.page(account, search=search, alone=True).rows]


def test_whoever_has_such_a_rule_is_found_while_they_have_it(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana = _add(services, account, replace(a_person(entropy, "ana@acme.example"), role=Role.AGENT, own_rule=None))
    bo = replace(a_person(entropy, "bo@acme.example"), role=Role.END_USER, own_rule=REQUIRED)
    bo = _add(services, account, bo)
    _add(services, account, replace(a_person(entropy, "cy@acme.example"), own_rule=WAYS_ALONE))
    assert services.roll_out.alone(account, behind="", most=9) == [bo.id]
    assert _listed(services, account) == [bo.email]

    ana = _change(services, account, ana, replace(ana, own_rule=REQUIRED))
    assert services.roll_out.alone(account, behind="", most=9) == sorted([ana.id, bo.id])
    assert services.roll_out.alone(account, behind="", most=1) == [min(ana.id, bo.id)]
    assert services.roll_out.alone(account, behind=min(ana.id, bo.id), most=9) == [max(ana.id, bo.id)]
    assert services.roll_out.alone(account, Audience.TEAM, behind="", most=1) == [ana.id]
    assert services.roll_out.alone(account, Audience.END_USERS, behind="", most=9) == [bo.id]
    assert services.roll_out.alone(account, Audience.END_USERS, behind=bo.id, most=9) == []
    # Another address, name and role, and other ways beside it, take nobody off.
    ana = _change(services, account, ana, replace(ana, email="ann@acme.example", name="Ann"))
    ana = _change(services, account, ana, replace(ana, own_rule=replace(REQUIRED, accepts=WAYS_ALONE.accepts)))
    assert set(_listed(services, account)) == {"ann@acme.example", "bo@acme.example"}
    assert _listed(services, account, search="ann") == ["ann@acme.example"]

    ana = _change(services, account, ana, replace(ana, own_rule=WAYS_ALONE))
    assert _listed(services, account) == ["bo@acme.example"]
    services.people.remove(account, bo.id)
    assert _listed(services, account) == []
    assert services.roll_out.alone(account, behind="", most=9) == []


def test_they_are_counted_by_audience_as_they_stand(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana, bo, cy, di = (
        _add(
            services,
            account,
            replace(a_person(entropy, f"{name}@acme.example"), role=role, exempt_until=None, own_rule=REQUIRED),
        )
        for name, role in (("ana", Role.AGENT), ("bo", Role.ADMIN), ("cy", Role.END_USER), ("di", Role.END_USER))
    )
    assert services.enrolments.add(account, an_enrolment(entropy, ana.id))
    _change(services, account, bo, replace(bo, exempt_until=START + timedelta(days=1)))
    _change(services, account, di, replace(di, suspended_at=START))

    team = services.roll_out.tally_alone(account, Audience.TEAM, now=START, most=9)
    assert (team.people, team.set_up, team.exempt) == (2, 1, 1)
    assert services.roll_out.tally_alone(account, Audience.END_USERS, now=START, most=9).people == 1
    assert services.roll_out.tally_alone(account, Audience.TEAM, now=START, most=1).people == 1

    _change(services, account, cy, replace(cy, role=Role.AGENT))
    assert services.roll_out.tally_alone(account, Audience.TEAM, now=START, most=9).people == 3
    assert services.roll_out.tally_alone(account, Audience.END_USERS, now=START, most=9).people == 0


@pytest.mark.parametrize("search", ["alone", "alone:", "\xff", "\xffalone:", "ÿalone:team", "\\xff", "\udcff"])
def test_no_search_finds_them_by_it(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy, search: str
) -> None:
    _add(services, account, replace(a_person(entropy, "ana@acme.example"), own_rule=REQUIRED))
    assert not services.people.page(account, search=search).rows
