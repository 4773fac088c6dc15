"""What a roll-out shows is counted and listed alike on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from tests.store.building import a_person, an_attempt, an_enrolment
from twofold.core.instants import EPOCH
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

DAY = timedelta(days=1)


def test_open_exemptions_come_by_their_ends(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    people = []
    for days in (3, 1, 2, -1):
        one = replace(a_person(entropy, f"one{days}@acme.example"), exempt_until=START + days * DAY)
        assert services.people.add(account, one)
        people.append(one)
    assert services.people.add(account, replace(a_person(entropy, "none@acme.example"), exempt_until=None))
    first = services.roll_out.exempt(account, now=START, most=2)
    assert [one.id for one in first] == [people[1].id, people[2].id]
    behind = services.roll_out.exempt(account, now=START, after=(first[-1].until, first[-1].id), most=2)
    assert [one.id for one in behind] == [people[0].id]


def test_who_is_stuck_and_how_it_grew(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    ana, bob, cy = (
        replace(a_person(entropy, f"{name}@acme.example"), role=role)
        for name, role in (("ana", Role.AGENT), ("bob", Role.AGENT), ("cy", Role.END_USER))
    )
    for one in (ana, bob, cy):
        assert services.people.add(account, one)
        services.attempts.begin(account, an_attempt(entropy, one.id), token_digest=one.id)
    for one in (bob, cy):
        assert services.enrolments.add(account, replace(an_enrolment(entropy, one.id), confirmed_at=START))

    stuck = services.roll_out.stuck(account, since=START - DAY, before=START + DAY, most=5)
    assert [(one.person_id, one.last_step_at) for one in stuck] == [(ana.id, START + timedelta(seconds=1))]
    assert not services.roll_out.stuck(account, since=START - DAY, before=START, most=5), "still at it"
    assert not services.roll_out.stuck(account, since=START + DAY, before=START + DAY, most=5)

    today = (START - EPOCH) // DAY
    for end_users in (True, False):
        assert services.roll_out.set_up_by_day(account, end_users=end_users, since=START - DAY) == {today: 1}
        assert services.roll_out.set_up_by_day(account, end_users=end_users, since=START + DAY) == {-1: 1}
