"""What a roll-out shows is counted and listed alike on every database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from tests.store.building import a_person, a_session, an_attempt, an_enrolment
from twofold.core.asked import SignIn
from twofold.core.ids import BrowserId, PersonId, SessionId
from twofold.core.instants import EPOCH
from twofold.core.roles import Audience, Role, audience_of

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
    for audience in Audience:
        for since, found in ((START - DAY, {today: 1}), (START + DAY, {-1: 1})):
            assert services.roll_out.set_up_by_day(account, audience, since=since, behind="", most=9) == found


def test_an_audience_is_counted_by_day_in_parts(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    people = [a_person(entropy, f"p{number}@acme.example") for number in range(7)]
    for number, one in enumerate(people):
        assert services.people.add(account, replace(one, suspended_at=START if number == 3 else None))
        for days in range(number % 3):
            held = replace(an_enrolment(entropy, one.id), confirmed_at=START - (number + days) * DAY)
            assert services.enrolments.add(account, held)
    audience = audience_of(people[0].role)
    whole = services.roll_out.set_up_by_day(account, audience, since=START - 3 * DAY, behind="", most=99)
    today = (START - EPOCH) // DAY
    assert whole == {-1: 2, today - 1: 1, today - 3: 1}
    ids = sorted(one.id for number, one in enumerate(people) if number != 3)
    parts: Counter[int] = Counter()
    for behind in ("", ids[1], ids[3], ids[5]):
        parts.update(services.roll_out.set_up_by_day(account, audience, since=START - 3 * DAY, behind=behind, most=2))
    assert parts == whole


def test_whoever_replaced_what_they_held_has_held_something_all_along(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ann = replace(a_person(entropy, "ann@acme.example"), enrolled_at=START - 9 * DAY)
    assert services.people.add(account, ann)
    assert services.enrolments.add(account, replace(an_enrolment(entropy, ann.id), confirmed_at=START))
    audience, day = audience_of(ann.role), (START - EPOCH) // DAY - 9
    assert services.roll_out.set_up_by_day(account, audience, since=START - 14 * DAY, behind="", most=9) == {day: 1}


def test_sign_ins_come_by_person_the_oldest_first(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bob, cy = (PersonId(entropy.new_id()) for _ in range(3))
    desk = BrowserId(entropy.new_id())
    for person, days in ((ana, 1), (ana, 3), (ana, 40), (bob, 2), (cy, 1)):
        session = replace(a_session(entropy, person), created_at=START - days * DAY)
        session = replace(session, browser_id=desk if person == ana else None)
        services.sessions.add(account, session, token_digest=session.id)
        if days == 3:
            services.sessions.end(account, ana, session.id, at=START)
            child = replace(session, id=SessionId(entropy.new_id()), parent_id=session.id)
            services.sessions.add(account, child, token_digest=child.id)
    found = services.roll_out.sign_ins(account, [ana, bob], since=START - 30 * DAY)
    assert found == {
        ana: [SignIn(START - 3 * DAY, desk), SignIn(START - DAY, desk)],
        bob: [SignIn(START - 2 * DAY, None)],
    }
    assert services.roll_out.sign_ins(account, [], since=START) == {}
