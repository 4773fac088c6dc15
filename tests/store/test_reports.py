"""Status reports: people read in rounds, and a file that grows by parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import TRUST, a_known_browser, a_person, an_enrolment
from twofold.core.groups import Membership
from twofold.core.ids import AccountId, BrowserId, GroupId, PersonId, ReportId
from twofold.core.roles import Role
from twofold.ports.pages import Page
from twofold.ports.reports import Report, ReportState, SurveyedMethod
from twofold.store.housekeeping import sweep
from twofold.store.reports import packed

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

DAY = timedelta(days=1)


def added(services: Services, account: AccountId, entropy: FakeEntropy, name: str, role: Role) -> Subscriber:
    person = replace(a_person(entropy, f"{name}@acme.example", name), role=role)
    assert services.people.add(account, person)
    return person


def a_report(entropy: FakeEntropy, *, after: timedelta = timedelta()) -> Report:
    return Report(
        id=ReportId(entropy.new_id()),
        asked_by=PersonId(entropy.new_id()),
        end_users=True,
        policy=3,
        asked_at=START + after,
        expires_at=START + after + DAY,
    )


def test_people_come_with_everything_that_is_told(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = added(services, account, entropy, "ana", Role.AGENT)
    services.people.signed_in(account, person, START, by="password + totp")
    second = replace(an_enrolment(entropy, person.id), kind="sms", confirmed_at=START + DAY)
    first = replace(an_enrolment(entropy, person.id), preferred=True, strong=True, last_used_at=START)
    for one in (second, first):
        assert services.enrolments.add(account, one)
    services.recovery_codes.replace_all(account, person.id, ["1" * 64, "2" * 64, "3" * 64], at=START)
    services.recovery_codes.put_helpers(account, person.id, "4" * 64, at=START, until=START + DAY)
    assert services.recovery_codes.spend(account, person.id, "2" * 64, at=START)
    for trust in (TRUST, None):
        known = a_known_browser(BrowserId(entropy.new_id()), person.id, trust=trust)
        services.browsers.remember(account, known, most=10)
    group = GroupId(entropy.new_id())
    services.groups.add(account, group, [person.id], at=START)

    [found] = services.reports.walk(account, behind="", end_users=True, most=10, groups=True)

    assert found.methods == tuple(
        SurveyedMethod(
            id=one.id,
            kind=one.kind,
            strong=one.strong,
            confirmed_at=one.confirmed_at,
            last_used_at=one.last_used_at,
        )
        for one in (first, second)
    )
    assert found.by_hand == (Membership(group, START),)
    assert found.trusts == (TRUST,)
    assert found.codes_left == 2
    assert (found.last_sign_in_at, found.signed_in_by) == (START, "password + totp")
    facts = (
        *("id", "email", "name", "role", "created_at", "chosen", "every_sign_in", "must_set_up", "grace_until"),
        *("exempt_until", "exempt_because", "suspended_at", "audience_since", "own_rule"),
    )
    for fact in facts:
        assert getattr(found, fact) == getattr(person, fact), fact
    assert services.reports.walk(account, behind="", end_users=True, most=10)[0].by_hand == ()


def test_somebody_without_anything_comes_with_nothing(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    added(services, account, entropy, "ana", Role.AGENT)

    [found] = services.reports.walk(account, behind="", end_users=False, most=10)

    assert (found.methods, found.by_hand, found.trusts, found.codes_left) == ((), (), (), None)
    assert (found.last_sign_in_at, found.signed_in_by) == (None, "")


def test_a_walk_meets_everybody_once_whoever_changes_meanwhile(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    team = [added(services, account, entropy, f"agent{number}", Role.AGENT) for number in range(7)]
    end_users = [added(services, account, entropy, f"user{number}", Role.END_USER) for number in range(4)]

    for with_end_users, expected in ((False, team), (True, [*team, *end_users])):
        assert services.reports.count(account, end_users=with_end_users) == len(expected)
        met: list[PersonId] = []
        while True:
            some = services.reports.walk(account, behind=met[-1] if met else "", end_users=with_end_users, most=3)
            met += [one.id for one in some]
            for one in team:
                # New names change the order of every list by name.
                now = services.people.by_id(account, one.id)
                assert now is not None
                assert services.people.replace(account, now, replace(now, name=f"{len(met)} {now.name}"))
            if len(some) < 3:
                break
        assert met == sorted(one.id for one in expected)
    assert services.reports.walk(account, behind="", end_users=True, most=0) == []


def test_a_page_is_by_name_and_leaves_end_users_out_if_wished(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    for name, role in (("dan", Role.OWNER), ("ana", Role.AGENT), ("cy", Role.END_USER), ("bo", Role.ADMIN)):
        added(services, account, entropy, name, role)

    def names(**wanted: object) -> list[str]:
        return [one.name for one in services.reports.page(account, **wanted).rows]  # type: ignore[arg-type]

    assert names() == ["ana", "bo", "cy", "dan"]
    assert names(team=True) == ["ana", "bo", "dan"]
    assert names(role=Role.END_USER) == ["cy"]
    assert names(search="an") == ["ana"]
    assert names(search="cy", team=True) == []
    first = services.reports.page(account, size=2)
    second = services.reports.page(account, size=2, after=first.after)
    assert [one.name for one in second.rows] == ["cy", "dan"]
    assert [one.name for one in services.reports.page(account, size=2, before=second.before).rows] == ["ana", "bo"]
    assert (first.before, second.after) == ("", "")


def test_a_report_grows_by_parts_over_what_was_read(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    report = a_report(entropy)
    services.reports.add(account, report)
    assert services.reports.by_id(account, report.id) == report
    assert services.reports.last_made_at(account) is None

    running = replace(report, state=ReportState.RUNNING, done=2, of=3, parts=1, size=5)
    with services.transactions.begin():
        assert services.reports.advance(account, report, running, packed(b"a\r\nb\r\n"))
        assert not services.reports.advance(account, report, running, packed(b"again"))
    ready = replace(
        running,
        state=ReportState.READY,
        done=3,
        parts=2,
        size=8,
        finished_at=START + timedelta(minutes=1),
        expires_at=START + 2 * DAY,
    )
    assert services.reports.advance(account, running, ready, packed(b"c\r\n"))

    assert services.reports.by_id(account, report.id) == ready
    assert [services.reports.part(account, report.id, number) for number in range(3)] == [
        b"a\r\nb\r\n",
        b"c\r\n",
        None,
    ]
    assert services.reports.last_made_at(account) == START + timedelta(minutes=1)
    assert services.reports.by_id(account, ReportId(entropy.new_id())) is None


def test_the_newest_come_first(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    reports = [a_report(entropy, after=number * DAY) for number in range(3)]
    for report in reports:
        services.reports.add(account, report)

    assert services.reports.newest(account) == Page(tuple(reports[::-1]))
    first = services.reports.newest(account, size=2)
    assert first.rows == (reports[2], reports[1])
    assert services.reports.newest(account, size=2, after=first.after) == Page((reports[0],))
    assert services.reports.newest(account, size=1, after="strange").rows == (reports[2],)
    nobody = AccountId(entropy.new_id())
    assert services.reports.newest(nobody, after=first.after) == Page()


def test_a_file_is_removed_when_its_time_is_over_and_the_row_stays(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    over, lasting = a_report(entropy), a_report(entropy, after=timedelta(hours=1))
    for report in (over, lasting):
        services.reports.add(account, report)
        assert services.reports.advance(account, report, replace(report, parts=1), packed(b"x"))

    while sweep(START + DAY):
        pass
    assert services.reports.part(account, over.id, 0) == b"x"
    while sweep(START + DAY + timedelta(microseconds=1)):
        pass

    assert services.reports.part(account, over.id, 0) is None
    assert services.reports.part(account, lasting.id, 0) == b"x"
    assert services.reports.by_id(account, over.id) is not None
    while sweep(START + 500 * DAY):
        pass
    assert services.reports.newest(account).rows == ()


@pytest.mark.parametrize("number", [500, 501])
def test_a_round_takes_many_people(services: Services, account: AccountId, entropy: FakeEntropy, number: int) -> None:
    with services.transactions.begin():
        for one in range(number):
            added(services, account, entropy, f"p{one:03}", Role.AGENT)

    assert len(services.reports.walk(account, behind="", end_users=False, most=500)) == 500
