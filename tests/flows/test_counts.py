"""Counts of large audiences are the worker's, and some minutes old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import World, world
from twofold.core.groups import Group
from twofold.core.ids import GroupId, JobId
from twofold.core.instants import to_micros
from twofold.core.policy import Requirement, default_rules
from twofold.core.roles import Audience, Role
from twofold.delivery.counts import count_some
from twofold.flows import counts
from twofold.ports.jobs import COUNT_PEOPLE
from twofold.ports.policy import PolicyVersion
from twofold.ports.roll_out import Members

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules


class _Needs:
    """What the worker has, with jobs that are always its own."""

    def __init__(self, here: World) -> None:
        self.services = here.services
        self.jobs = self
        self.added: list[JsonObject] = []
        self.is_ours = True

    def done(self, job: object, *, at: object) -> bool:
        return self.is_ours

    def add(self, account: object, *, body: JsonObject, **_: object) -> None:
        self.added.append(body)


class _Job:
    kind = COUNT_PEOPLE
    id = JobId("j")

    def __init__(self, here: World, body: JsonObject) -> None:
        self.account = here.account.id
        self.body = body


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(counts, "AT_ONCE", 3)
    made = world()
    for number in range(8):
        made.add_person(f"p{number}@acme.example", role=Role.END_USER, chosen=number < 5)
    made.add_person("olive@acme.example", role=Role.OWNER)
    return made


def work(here: World) -> int:
    """Do the jobs that wait, and return how many there were."""
    waiting: list[Any] = [one for one in here.jobs.all(here.account.id) if one.kind == COUNT_PEOPLE]
    bodies, needs = [one.body for one in waiting], _Needs(here)
    for body in bodies:
        needs.added.clear()
        count_some(needs, _Job(here, body))  # type: ignore[arg-type]  # what it touches of both
        bodies += needs.added
    return len(bodies)


def tally(here: World, audience: Audience = Audience.END_USERS) -> tuple[int, int]:
    found = counts.tally(here.services, here.account.id, audience, now=here.clock.now())
    return found.people, found.chosen


def test_few_are_counted_at_once(here: World) -> None:
    counts.begin_where_due(here.services, here.account.id)

    assert tally(here, Audience.TEAM) == (1, 0)
    assert {one.body["whose"] for one in here.jobs.all(here.account.id)} == {"end_users"}


def test_many_are_counted_by_the_worker_in_parts_every_few_minutes(here: World) -> None:
    assert tally(here) == (8, 5)
    counts.begin_where_due(here.services, here.account.id)
    counts.begin_where_due(here.services, here.account.id)
    assert work(here) == 3
    here.add_person("new@acme.example", role=Role.END_USER)
    assert tally(here) == (8, 5)

    here.clock.move(counts.ANEW_AFTER - timedelta(seconds=1))
    counts.begin_where_due(here.services, here.account.id)
    assert len(here.jobs.all(here.account.id)) == 1
    here.clock.move(timedelta(seconds=1))
    counts.begin_where_due(here.services, here.account.id)
    assert work(here) > 3
    assert tally(here) == (9, 5)


def set_rules(here: World, rules: Rules) -> None:
    version = PolicyVersion(number=1, rules=rules, saved_at=here.clock.now(), saved_by=None)
    assert here.services.policy.add(here.account.id, version)


def test_groups_of_many_are_counted_by_the_worker_each_at_its_own_pace(here: World) -> None:
    night, day = (Group(name=name, domains=frozenset({"acme.example"})) for name in ("Night", "Day"))
    wanted = Requirement(starts_at=here.clock.now())
    asked = replace(night, extra=replace(night.extra, required=wanted))
    set_rules(here, replace(default_rules(), groups={GroupId("n"): asked, GroupId("d"): day}))
    whose = Members(id=GroupId("d"), group=day)

    def counted() -> int | None:
        found = counts.of_group(here.services, here.account.id, whose, now=here.clock.now())
        assert found.is_large
        return None if found.tally is None else found.tally.people

    assert counted() is None, "nobody waits for it"
    counts.begin_where_due(here.services, here.account.id)
    work(here)
    assert counted() == 9
    here.clock.move(counts.ANEW_AFTER)
    before = len(here.jobs.all(here.account.id))
    counts.begin_where_due(here.services, here.account.id)
    assert [one.body["whose"] for one in here.jobs.all(here.account.id)[before:]] == ["end_users", "n"]
    here.clock.move(counts.GROUPS_ANEW_AFTER)
    counts.begin_where_due(here.services, here.account.id)
    assert {one.body["whose"] for one in here.jobs.all(here.account.id)} == {"end_users", "n", "d"}
    assert len(here.jobs.all(here.account.id)) == before + 5


class _Two:
    """A group of the team's roles, and the same group when its roles or domains are others."""

    def __init__(self, here: World) -> None:
        self.here, self.number = here, 0

    def become(self, group: Group) -> None:
        """Save the group as it is now."""
        self.number += 1
        rules = replace(default_rules(), groups={GroupId("g"): group})
        version = PolicyVersion(number=self.number, rules=rules, saved_at=self.here.clock.now(), saved_by=None)
        assert self.here.services.policy.add(self.here.account.id, version)
        self.whose = Members(id=GroupId("g"), group=group)

    def counted(self) -> int | None:
        """Return how many people the group's page tells of."""
        here = self.here
        found = counts.of_group(here.services, here.account.id, self.whose, now=here.clock.now()).tally
        return None if found is None else found.people

    def put(self) -> list[JsonObject]:
        """Begin to count where it is due, and return the new jobs of the group."""
        before = len(self.here.jobs.all(self.here.account.id))
        counts.begin_where_due(self.here.services, self.here.account.id)
        put = self.here.jobs.all(self.here.account.id)[before:]
        return [one.body for one in put if one.body["whose"] == "g"]


TEAM = Group(name="Night", roles=frozenset({Role.OWNER}))
END_USERS = Group(name="Night", roles=frozenset({Role.END_USER}))


@pytest.mark.parametrize(
    ("other", "people"),
    [(END_USERS, 8), (Group(name="Night", domains=frozenset({"acme.example"})), 9), (Group(name="Night"), 0)],
)
def test_a_group_of_other_people_is_not_counted_yet_and_due_at_once(here: World, other: Group, people: int) -> None:
    two = _Two(here)
    two.become(TEAM)
    assert two.put()
    work(here)
    assert two.counted() == 1

    two.become(other)
    assert two.counted() is None, "not the number of those who were meant before"
    assert counts.tally(here.services, here.account.id, two.whose, now=here.clock.now()).people == people
    assert len(two.put()) == 1
    assert not two.put(), "it has begun"
    work(here)
    assert two.counted() == people

    two.become(replace(other, name="Day"))
    assert two.counted() == people, "its name says nothing of who belongs to it"
    assert not two.put()


def test_what_was_begun_for_others_than_belong_to_it_now_is_not_kept(here: World) -> None:
    two, needs = _Two(here), _Needs(here)
    two.become(END_USERS)
    (former,) = two.put()
    count_some(needs, _Job(here, former))  # type: ignore[arg-type]  # what it touches of both
    (rest,) = needs.added
    two.become(TEAM)
    (present,) = two.put()
    needs.added.clear()

    count_some(needs, _Job(here, rest))  # type: ignore[arg-type]  # what it touches of both

    assert needs.added == [], "the rest of the former is counted no more"
    assert two.counted() is None
    count_some(needs, _Job(here, present))  # type: ignore[arg-type]  # what it touches of both
    assert two.counted() == 1
    late = Members(id=GroupId("g"), group=END_USERS)
    counts.keep(here.services, here.account.id, late, counts.NOTHING, {}, {})
    assert two.counted() == 1, "whoever read the group before it was saved comes too late"


def test_counts_of_before_it_was_kept_of_whom_they_are_made_anew(here: World) -> None:
    two = _Two(here)
    two.become(END_USERS)
    kept: JsonObject = {
        "begun_at": to_micros(here.clock.now()),
        "sums": counts.written(replace(counts.NOTHING, people=5)),
        "days": {},
    }
    for name in ("g", "end_users"):
        assert here.services.kept.replace(here.account.id, counts.kept_as(name), kept, version=0)
    assert two.counted() is None
    assert len(two.put()) == 1
    assert tally(here) == (5, 0), "an audience is always the same"


def test_a_job_of_somebody_who_lost_it_keeps_nothing(here: World) -> None:
    needs = _Needs(here)
    needs.is_ours = False
    body: JsonObject = {
        "whose": "team",
        "behind": "",
        "sums": counts.written(counts.NOTHING),
        "days": {},
        "since": 0,
    }

    count_some(needs, _Job(here, body))  # type: ignore[arg-type]  # what it touches of both

    assert here.services.kept.load(here.account.id, counts.kept_as(Audience.TEAM)) == ({}, 0)
    assert needs.added == []
