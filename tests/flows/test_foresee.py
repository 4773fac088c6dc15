"""What a policy would mean, person by person and in numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from twofold.core.assurance import Evidence
from twofold.core.groups import Extra, Group
from twofold.core.ids import BrowserId, EnrolmentId, GroupId, SessionId
from twofold.core.policy import Accepts, Requirement, default_rules
from twofold.core.roles import Audience, Role
from twofold.flows import foresee
from twofold.ports.enrolments import Enrolment
from twofold.ports.sessions import Session

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.policy import AudienceRules, Rules
    from twofold.flows.foresee import Foreseen
    from twofold.ports.people import Subscriber

NIGHT = GroupId("n" * 26)
APP_ONLY = Accepts(kinds=frozenset({"totp"}))


def add(here: World, name: str, *kinds: str, role: Role = Role.AGENT, **more: object) -> Subscriber:
    person = here.add_person(f"{name}@acme.example", role=role, name=name.capitalize(), **more)
    for kind in kinds:
        held = Enrolment(
            id=EnrolmentId(here.entropy.new_id()),
            person_id=person.id,
            kind=kind,
            label=kind,
            state={},
            strong=kind == "totp",
            confirmed_at=here.clock.now(),
        )
        assert here.services.enrolments.add(here.account.id, held)
    return person


def team(**more: object) -> Rules:
    rules = default_rules()
    changed: AudienceRules = replace(rules.team, **more)  # type: ignore[arg-type]  # fields by name
    return replace(rules, team=changed)


def counted(here: World, old: Rules, new: Rules, part: object = Audience.TEAM) -> Foreseen:
    found = foresee.of_change(here.services, here.account.id, old, new, now=here.clock.now())
    return next(one for one in found.parts if one.part == part)


def test_whom_a_requirement_touches(here: World) -> None:
    add(here, "app", "totp")
    add(here, "chose", "totp", chosen=True)
    add(here, "bare")
    add(here, "reset", must_set_up=True)
    add(here, "away", exempt_until=here.clock.now() + timedelta(days=9), exempt_because="At sea")
    add(here, "gone", suspended_at=here.clock.now())
    add(here, "customer", role=Role.END_USER)
    wanted = Requirement(starts_at=here.clock.now())
    found = counted(here, default_rules(), team(required=wanted))
    assert (found.people, found.set_up, found.asked, found.led, found.left_alone) == (5, 2, 2, 2, 1)
    assert (found.exempt, found.never_signed_in, found.stuck.number, found.dormant) == (1, 5, 0, 0)
    assert found.touched == 2, "who chose it, was reset or is exempt notices nothing"
    ended = counted(here, team(required=wanted), default_rules())
    assert (ended.asked, ended.led, ended.left_alone, ended.dormant, ended.touched) == (1, 1, 3, 1, 2)
    assert counted(here, default_rules(), team(required=wanted), Audience.END_USERS).touched == 0


def test_who_is_no_longer_asked_and_who_still_is(here: World) -> None:
    add(here, "app", "totp")
    add(here, "chose", "totp", chosen=True)
    add(here, "reset", must_set_up=True)
    add(here, "away", exempt_until=here.clock.now() + timedelta(days=9), exempt_because="At sea")
    wanted = team(required=Requirement(starts_at=here.clock.now()))
    ended = counted(here, wanted, default_rules())
    assert [one.name for one in ended.freed.named] == ["App"]
    assert sorted(one.name for one in ended.still.named) == ["Chose", "Reset"]
    assert (ended.freed.number, ended.still.number) == (1, 2)
    assert counted(here, default_rules(), wanted).freed.number == 0


def test_what_is_to_begin_is_counted_as_if_it_had(here: World) -> None:
    add(here, "bare")
    later = Requirement(starts_at=here.clock.now() + timedelta(days=30))
    assert counted(here, default_rules(), team(required=later)).led == 1
    sooner = replace(later, starts_at=here.clock.now())
    assert counted(here, team(required=later), team(required=sooner)).touched == 1
    assert counted(here, team(required=later), team(required=later)).touched == 0


def test_ways_that_stop_counting_leave_a_way_until_their_date(here: World) -> None:
    add(here, "app", "totp", chosen=True)
    add(here, "mail", "email", chosen=True)
    add(here, "both", "email", "totp", chosen=True)
    open_ones = replace(APP_ONLY, old_ones_prove_until=here.clock.now() + timedelta(days=14))
    found = counted(here, default_rules(), team(accepts=open_ones))
    assert (found.asked, found.changing, found.stuck.number, found.touched) == (2, 1, 0, 2)
    lenient = counted(here, default_rules(), team(accepts=replace(APP_ONLY, old_ones_count=True)))
    assert (lenient.asked, lenient.changing, lenient.touched) == (3, 0, 1)
    over = counted(here, default_rules(), team(accepts=replace(APP_ONLY, old_ones_prove_until=here.clock.now())))
    assert (over.asked, over.changing, over.stuck.number) == (2, 0, 1)
    assert [one.name for one in over.stuck.named] == ["Mail"]


def test_who_has_no_way_already_is_not_said_to_lose_it(here: World) -> None:
    add(here, "mail", "email", chosen=True)
    add(here, "text", "sms", chosen=True)
    over = Accepts(kinds=frozenset({"totp", "sms"}), old_ones_prove_until=here.clock.now())
    old = team(accepts=over)
    unrelated = counted(here, old, team(accepts=over, trust_for=timedelta(days=7)))
    assert (unrelated.stuck.number, unrelated.shut_out, unrelated.asked) == (0, 1, 1)
    assert unrelated.touched == 1, "whoever has no way notices nothing of how often others are asked"
    further = counted(here, old, team(accepts=replace(APP_ONLY, old_ones_prove_until=here.clock.now())))
    assert (further.stuck.number, further.shut_out) == (1, 1)
    assert [one.name for one in further.stuck.named] == ["Text"]


def test_whoever_could_set_up_nothing_is_stuck(here: World) -> None:
    add(here, "bare", chosen=True)
    here.outbox.closed.add("sms")
    found = counted(here, default_rules(), team(accepts=Accepts(kinds=frozenset({"sms"}))))
    assert (found.led, found.stuck.number) == (0, 1)


def test_groups_that_change_are_counted_and_others_are_not(here: World) -> None:
    ann, ben = add(here, "ann"), add(here, "ben")
    add(here, "emil", role=Role.END_USER)
    night = Group(name="Night shift", extra=Extra(required=Requirement(starts_at=here.clock.now())))
    day = Group(name="Day shift", domains=frozenset({"acme.example"}))
    old = replace(default_rules(), groups={GroupId("d" * 26): day})
    new = replace(old, groups={**old.groups, NIGHT: night})
    here.services.groups.add(here.account.id, NIGHT, [ann.id], at=here.clock.now())
    found = foresee.of_change(here.services, here.account.id, old, new, now=here.clock.now())
    assert [one.part for one in found.parts] == [Audience.TEAM, Audience.END_USERS, NIGHT]
    in_group, in_team = counted(here, old, new, NIGHT), counted(here, old, new)
    assert (in_group.people, in_group.led, in_group.touched) == (1, 1, 1)
    assert (in_team.people, in_team.led, in_team.touched) == (2, 1, 1)
    here.services.groups.add(here.account.id, NIGHT, [ben.id], at=here.clock.now())
    assert counted(here, old, new, NIGHT).people == 2


def test_a_rule_of_ones_own_is_judged_too(here: World) -> None:
    add(here, "ann", "email", chosen=True, own_rule=Extra(accepts=APP_ONLY))
    add(here, "ben", "email", chosen=True)
    found = counted(here, default_rules(), team(trust_for=timedelta(0)))
    assert (found.asked, found.changing, found.touched) == (1, 1, 2)


@pytest.mark.parametrize(
    ("more", "touched"),
    [
        ({"trust_for": timedelta(days=7)}, 1),
        ({"idle_for": timedelta(minutes=5)}, 2),
        ({"session_for": timedelta(hours=2)}, 2),
        ({"checks_new_browsers": True}, 1),
        ({"one_method": True}, 0),
    ],
)
def test_how_often_touches_whom_it_asks(here: World, more: dict[str, object], touched: int) -> None:
    add(here, "app", "totp", chosen=True)
    add(here, "bare")
    assert counted(here, default_rules(), team(**more)).touched == touched


def test_people_are_read_some_at_a_time_and_some_are_named(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresee, "_READ_AT_ONCE", 3)
    for number in range(12):
        add(here, f"agent{number:02}", "email", chosen=True)
    over = team(accepts=replace(APP_ONLY, old_ones_prove_until=here.clock.now()))
    found = counted(here, default_rules(), over)
    assert (found.people, found.stuck.number, len(found.stuck.named)) == (12, 12, foresee.NAMED_MOST)


def test_beyond_a_size_the_numbers_are_estimates(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 2)
    for number in range(3):
        add(here, f"agent{number}")
    wanted = team(required=Requirement(starts_at=here.clock.now()))
    found = foresee.of_change(here.services, here.account.id, default_rules(), wanted, now=here.clock.now())
    assert found.is_estimate
    assert found.parts[0].led == 3


def sign_in(here: World, person: Subscriber, browser: str, *days_ago: float) -> None:
    for days in days_ago:
        at = here.clock.now() - timedelta(days=days)
        token = here.entropy.token()
        session = Session(
            id=SessionId(here.entropy.new_id()),
            person_id=person.id,
            evidence=Evidence(),
            created_at=at,
            last_seen_at=at,
            browser_id=BrowserId(browser),
        )
        here.services.sessions.add(here.account.id, session, token_digest=token)


def month(here: World, old: Rules, new: Rules, part: object = Audience.TEAM) -> tuple[int, int, int, int]:
    found = counted(here, old, new, part).month
    assert found is not None
    return found.people, found.sign_ins, found.before, found.after


def test_how_often_people_would_have_been_asked_last_month(here: World) -> None:
    ann, ben = add(here, "ann"), add(here, "ben", "totp", chosen=True)
    away = add(here, "away", exempt_until=here.clock.now() + timedelta(days=9), exempt_because="At sea")
    add(here, "never")
    customer = add(here, "customer", role=Role.END_USER)
    for one in (ann, ben, away, customer):
        sign_in(here, one, f"desk of {one.name}", 40, 20, 10, 1)
    wanted = Requirement(starts_at=here.clock.now() + timedelta(days=3))
    assert month(here, default_rules(), team(required=wanted)) == (3, 9, 1, 2)
    assert month(here, default_rules(), team(required=wanted, trust_for=timedelta(days=7))) == (3, 9, 1, 6)
    assert month(here, default_rules(), team(required=wanted, trust_for=timedelta(0))) == (3, 9, 1, 6)
    assert month(here, default_rules(), team(required=wanted), Audience.END_USERS) == (1, 3, 0, 0)


def test_whoever_wishes_to_be_asked_always_would_have_been(here: World) -> None:
    ann = add(here, "ann", "totp", chosen=True, every_sign_in=True)
    sign_in(here, ann, "desk", 3, 2, 1)
    assert month(here, default_rules(), default_rules()) == (1, 3, 3, 3)


def test_of_very_many_some_are_looked_at(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 2)
    monkeypatch.setattr(foresee, "SAMPLE", 3)
    for number in range(6):
        sign_in(here, add(here, f"agent{number}"), "desk", 20, 1)
    for number in range(4):
        sign_in(here, add(here, f"customer{number}", role=Role.END_USER), "home", 2)
    wanted = Requirement(starts_at=here.clock.now())
    assert month(here, default_rules(), team(required=wanted)) == (6, 12, 0, 6)
    assert month(here, default_rules(), team(required=wanted), Audience.END_USERS) == (4, 4, 0, 0)


def test_of_very_many_some_say_who_can_be_reached(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 2)
    monkeypatch.setattr(foresee, "SAMPLE", 4)
    for number in range(8):
        add(here, f"agent{number}", "totp", email_proved_at=here.clock.now() if number % 4 else None)
    here.clock.move(timedelta(days=31))
    found = counted(here, default_rules(), default_rules())
    assert (found.people, found.set_up, found.unused, found.proved) == (8, 8, 8, 6)


def test_of_very_many_some_say_who_would_have_no_way(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 2)
    monkeypatch.setattr(foresee, "SAMPLE", 4)
    for number in range(8):
        add(here, f"agent{number}", ("totp", "email", "sms", "totp")[number % 4], chosen=True)
    over = Accepts(kinds=frozenset({"totp", "sms"}), old_ones_prove_until=here.clock.now())
    found = counted(here, team(accepts=over), team(accepts=replace(APP_ONLY, old_ones_prove_until=here.clock.now())))
    assert (found.asked, found.stuck.number, found.shut_out, found.led) == (4, 2, 2, 0)
    assert found.stuck.named == ()
    here.outbox.closed.add("sms")
    nobody = counted(here, default_rules(), team(accepts=Accepts(kinds=frozenset({"sms"}))))
    assert (nobody.asked, nobody.stuck.number, nobody.led) == (2, 6, 0)


def test_who_can_be_reached_and_who_used_nothing_for_a_month(here: World) -> None:
    add(here, "ann", "totp", email_proved_at=here.clock.now())
    add(here, "ben", "sms", email_proved_at=None)
    add(here, "bare", email_proved_at=None)
    here.clock.move(timedelta(days=31))
    add(here, "cy", "totp", email_proved_at=None)
    found = counted(here, default_rules(), default_rules())
    assert (found.set_up, found.unused, found.proved) == (3, 2, 2)


def test_what_is_estimated_counts_whoever_has_a_rule_of_their_own(here: World) -> None:
    own = Extra(required=Requirement(starts_at=here.clock.now()))
    add(here, "led", own_rule=own)
    add(here, "asked", "totp", own_rule=own)
    add(here, "chose", "totp", chosen=True, own_rule=own)
    add(here, "reset", must_set_up=True, own_rule=own)
    add(here, "away", own_rule=own, exempt_until=here.clock.now() + timedelta(days=1))
    add(here, "dormant", "totp")
    add(here, "anew", must_set_up=True)
    add(here, "left")

    def team_of(rules: Rules) -> Foreseen:
        found = foresee.from_tallies(here.services, here.account.id, rules, now=here.clock.now())
        return next(one for one in found if one.part is Audience.TEAM)

    there = team_of(default_rules())
    assert (there.asked, there.led, there.dormant, there.left_alone, there.exempt) == (2, 3, 1, 3, 1)
    judged = counted(here, default_rules(), default_rules())
    assert (judged.asked, judged.led, judged.dormant, judged.left_alone) == (2, 3, 1, 3), "as if each were judged"
    required = team_of(team(required=Requirement(starts_at=here.clock.now())))
    assert (required.asked, required.led, required.left_alone) == (3, 4, 1)
