"""Making a report part by part: killed anywhere and taken up again, no line is there twice and none is missing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from tests.fakes import START
from twofold.core.ids import JobId, PersonId
from twofold.core.roles import Role
from twofold.delivery import report as making
from twofold.delivery.worker import LEASE_FOR, RETRY_AFTER, Worker
from twofold.flows.report import new_report
from twofold.ports.jobs import MAKE_REPORT
from twofold.ports.people import Subscriber
from twofold.ports.reports import Report, ReportState
from twofold.store.reports import packed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.post import Post
    from twofold.ports.services import Services

PEOPLE = 23


class _Killed(BaseException):
    """The process was killed here: nothing of ours catches this."""


@pytest.fixture
def house(post: Post, monkeypatch: pytest.MonkeyPatch) -> Post:
    """Have the worker read three people at once, and two such rounds in a part."""
    monkeypatch.setattr(making, "READ_AT_ONCE", 3)
    monkeypatch.setattr(making, "ROUNDS", 2)
    services = post.needs.services
    for number in range(PEOPLE):
        added(services, post, f"p{number}@acme.example", Role.END_USER if number % 3 else Role.AGENT)
    return post


def added(services: Services, post: Post, email: str, role: Role) -> PersonId:
    person = Subscriber(
        id=PersonId(services.entropy.new_id()), email=email, name=email[:3], role=role, created_at=START
    )
    assert services.people.add(post.account, person)
    return person.id


def asked(post: Post, *, end_users: bool = True, by: PersonId | None = None) -> Report:
    services = post.needs.services
    report = replace(new_report(services, 0, now=post.clock.now(), end_users=end_users), asked_by=by)
    services.reports.add(post.account, report)
    post.needs.jobs.add(
        post.account,
        id=JobId(services.entropy.new_id()),
        kind=MAKE_REPORT,
        body={"report": report.id, "behind": ""},
        run_at=post.clock.now(),
        put_at=post.clock.now(),
    )
    return report


def made(post: Post, report: Report) -> tuple[Report, list[dict[str, str]]]:
    reports = post.needs.services.reports
    found = reports.by_id(post.account, report.id)
    assert found is not None
    parts = [reports.part(post.account, report.id, number) for number in range(found.parts)]
    content = b"".join(part for part in parts if part is not None)
    assert len(content) == found.size
    assert reports.part(post.account, report.id, found.parts) is None
    return found, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def everybody_once(rows: list[dict[str, str]], count: int = PEOPLE) -> bool:
    return len(rows) == count and len({row["email"] for row in rows}) == count


def test_it_grows_by_parts_and_each_says_how_far_it_is(house: Post) -> None:
    report = asked(house)
    seen = []
    while house.worker.step():
        found = house.needs.services.reports.by_id(house.account, report.id)
        assert found is not None
        seen.append((found.state, found.done, found.of))

    running = ReportState.RUNNING
    assert seen == [(running, 6, 23), (running, 12, 23), (running, 18, 23), (ReportState.READY, 23, 23)]
    found, rows = made(house, report)
    assert everybody_once(rows)
    assert found.finished_at == house.clock.now()
    assert found.expires_at == house.clock.now() + timedelta(hours=24)


def test_a_team_that_fills_its_last_part_ends_with_an_empty_one(house: Post) -> None:
    for number in range(4):
        added(house.needs.services, house, f"q{number}@acme.example", Role.ADMIN)
    report = asked(house, end_users=False)
    house.work()

    found, rows = made(house, report)
    assert (found.done, found.parts, len(rows)) == (12, 3, 12)
    assert {row["role"] for row in rows} == {"agent", "admin"}


PLACES: list[tuple[str, Callable[[Post, pytest.MonkeyPatch, Callable[..., Any]], None]]] = [
    ("reading", lambda _, patch, kill: patch.setattr(making, "_read", kill(making._read))),
    ("packing", lambda _, patch, kill: patch.setattr(making, "packed", kill(packed))),
    (
        "writing the part",
        lambda post, patch, kill: patch.setattr(
            type(post.needs.services.reports), "advance", kill(type(post.needs.services.reports).advance)
        ),
    ),
    (
        "ending the job",
        lambda post, patch, kill: patch.setattr(type(post.needs.jobs), "done", kill(type(post.needs.jobs).done)),
    ),
    (
        "putting the next job",
        lambda post, patch, kill: patch.setattr(type(post.needs.jobs), "add", kill(type(post.needs.jobs).add)),
    ),
]


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("place", "patched"), PLACES, ids=[place for place, _ in PLACES])
def test_whoever_is_killed_leaves_nothing_twice_and_nothing_out(
    house: Post,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    patched: Callable[[Post, pytest.MonkeyPatch, Callable[..., Any]], None],
    is_after: bool,
) -> None:
    report = asked(house)
    calls = 0

    def kill(original: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*args: object, **more: object) -> object:
            nonlocal calls
            calls += 1
            # Every second time: each part is begun twice.
            if calls % 2:
                if is_after:
                    original(*args, **more)
                raise _Killed
            return original(*args, **more)

        return instead

    with monkeypatch.context() as patch:
        patched(house, patch, kill)
        for _ in range(40):
            try:
                if not Worker(house.needs).step():
                    house.clock.move(LEASE_FOR)
            except _Killed:
                # The lease of the dead runs out.
                house.clock.move(LEASE_FOR)
    house.work()

    found, rows = made(house, report)
    assert calls > 3
    assert found.state is ReportState.READY
    assert everybody_once(rows)


def test_a_worker_that_lost_its_lease_writes_nothing(house: Post) -> None:
    report = asked(house)
    jobs = house.needs.jobs
    slow = jobs.lease_next(house.clock.now(), LEASE_FOR)
    assert slow is not None
    house.clock.move(LEASE_FOR)
    house.worker.step()
    added(house.needs.services, house, "late@acme.example", Role.AGENT)

    making.make_part(house.needs, slow)

    found, rows = made(house, report)
    assert (found.parts, len(rows)) == (1, 6)
    house.work()
    found, rows = made(house, report)
    assert everybody_once(rows, len(rows))
    assert len(rows) in {PEOPLE, PEOPLE + 1}


def test_people_who_come_and_go_meanwhile_disturb_nobody(house: Post) -> None:
    services = house.needs.services
    report = asked(house)
    house.worker.step()
    before = {row["email"] for row in made(house, report)[1]}
    everybody = services.reports.walk(house.account, behind="", end_users=True, most=100)
    gone = everybody[0]
    services.people.remove(house.account, gone.id)
    for one in everybody[1:]:
        person = services.people.by_id(house.account, one.id)
        assert person is not None
        role = Role.AGENT if one.role is Role.END_USER else Role.END_USER
        assert services.people.replace(house.account, person, replace(person, name=f"A {one.email}", role=role))
    house.work()

    _, rows = made(house, report)
    assert everybody_once(rows)
    assert before <= {row["email"] for row in rows}


def test_mail_goes_between_the_parts(house: Post) -> None:
    report = asked(house)
    house.worker.step()
    message = house.put()
    house.worker.step()
    house.worker.step()

    assert house.needs.outbox.state(house.account, message) is not None
    assert len(house.files()) == 1
    assert made(house, report)[0].state is ReportState.RUNNING


def test_a_report_that_kills_every_worker_is_given_up_and_says_so(house: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    report = asked(house)

    def broken(*_: object) -> None:
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(making, "_read", broken)
        for _ in range(len(RETRY_AFTER) + 1):
            with pytest.raises(_Killed):
                Worker(house.needs).step()
            house.clock.move(LEASE_FOR)
    with capture_logs() as lines:
        house.work()

    found, _ = made(house, report)
    assert found.state is ReportState.FAILED
    assert "given up" in str(lines)
    assert house.bodies() == [b""]


def test_whoever_may_no_longer_see_reports_is_not_mailed(house: Post) -> None:
    services = house.needs.services
    agent = added(services, house, "was-admin@acme.example", Role.AGENT)
    for by in (agent, PersonId("g" * 26), None):
        asked(house, end_users=False, by=by)
    house.work()

    assert house.files() == []


def test_a_job_of_a_report_that_is_gone_ends(house: Post) -> None:
    report = asked(house)
    services = house.needs.services
    assert services.reports.advance(house.account, report, replace(report, state=ReportState.FAILED))
    house.work()

    assert made(house, report)[0].parts == 0
    assert house.bodies() == [b""]
