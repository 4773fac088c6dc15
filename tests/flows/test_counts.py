"""Counts of large audiences are the worker's, and some minutes old."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import World, world
from twofold.core.groups import Group
from twofold.core.ids import GroupId, JobId
from twofold.core.policy import Requirement, default_rules
from twofold.core.roles import Audience, Role
from twofold.delivery.counts import count_some
from twofold.flows import counts
from twofold.ports.jobs import COUNT_PEOPLE
from twofold.ports.people import Members
from twofold.ports.policy import PolicyVersion

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
        return None if found is None else found.people

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
