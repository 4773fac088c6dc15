"""At 20,000 rows a table, whatever a sign-in, a session check or a page of a list asks is answered from an index."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from tests.databases import Cluster, DatabaseSettings, default_database, sqlite_settings
from tests.fakes import START
from tests.store.asking import attempts, audit_log, browsers, helping, imports, sessions, shut_out_of_many
from tests.store.building import (
    a_link,
    a_message,
    a_person,
    an_enrolment,
    an_event,
    sealer,
)
from tests.store.filling import ACCOUNT, fill, id_of
from twofold.core.groups import Extra
from twofold.core.ids import EnrolmentId, GroupId, JobId, PersonId, ReportId
from twofold.core.roles import Audience, Role
from twofold.core.wanted import Requirement
from twofold.delivery.report import READ_AT_ONCE
from twofold.ports.audit import Wanted
from twofold.ports.reports import Report
from twofold.ports.texts import Receipt
from twofold.store.cursors import pack_moment
from twofold.store.housekeeping import Hand, sweep, walk
from twofold.store.jobs import JobStore
from twofold.store.reports import packed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services


# These stand in for the databases of the other files: full, and of this file alone.
@pytest.fixture(scope="module")
def shared_sqlite(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> DatabaseSettings:
    path = tmp_path_factory.mktemp("full") / "full.sqlite3"
    shutil.copyfile(sqlite_template, path)
    with django_db_blocker.unblock(), default_database(sqlite_settings(path)):
        fill()
    return sqlite_settings(path)


@pytest.fixture(scope="module")
def shared_postgresql(postgresql: Cluster, django_db_blocker: DjangoDbBlocker) -> DatabaseSettings:
    with django_db_blocker.unblock():
        settings = postgresql.migrated_database()
        with default_database(settings):
            fill()
    return settings


@contextmanager
def _watched() -> Iterator[dict[str, Any]]:
    """Collect the statements that are run inside, each with its last parameters."""
    seen: dict[str, Any] = {}

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401
        seen[sql] = params[0] if many else params
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


def _full_scans(seen: dict[str, Any]) -> dict[str, list[str]]:
    """Return the statements whose plan reads a table from end to end, with those lines of the plan."""
    return {sql: lines for sql, params in seen.items() if (lines := _scans(sql, params))}


def _plan(sql: str, params: Any) -> list[str]:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql, params)
        return [str(row[-1]) for row in cursor.fetchall()]


def _scans(sql: str, params: Any) -> list[str]:  # noqa: ANN401
    lines = _plan(sql, params)
    if connection.vendor == "postgresql":
        return [line for line in lines if "Seq Scan" in line]
    # SQLite also says SCAN of an inner SELECT that it has just computed.
    read = [line for line in lines if line.startswith("SCAN ") and line not in {"SCAN found", "SCAN CONSTANT ROW"}]
    # The words of one person are few; those of everybody that begin alike are not.
    read += [line for line in lines if line.startswith("SEARCH w ") and "person_id=?" not in line]
    if "LIMIT" in sql and not any("TEMP B-TREE" in line for line in lines):
        # A few, in the order of an index.
        return read
    # And SEARCH where it reads all of an account, or of its team, which is small.
    return read + [line for line in lines if line.endswith(" (account=?)") and " person_team" not in line]


def people(services: Services, entropy: FakeEntropy) -> None:
    person = a_person(entropy, "new@acme.example", "New Person")
    assert services.people.add(ACCOUNT, person)
    services.people.by_email(ACCOUNT, person.email)
    services.people.by_id(ACCOUNT, person.id)
    services.people.with_roles(ACCOUNT, [Role.OWNER, Role.ADMIN])
    services.people.with_roles(ACCOUNT, [Role.OWNER, Role.ADMIN, Role.AGENT], helping=True)
    services.people.signed_in(ACCOUNT, person, START)
    assert services.people.replace(ACCOUNT, person, replace(person, email="newer@acme.example"))
    assert services.people.replace(ACCOUNT, replace(person, version=1), person)


def enrolments(services: Services, entropy: FakeEntropy) -> None:
    enrolment = an_enrolment(entropy, PersonId(entropy.new_id()))
    who = enrolment.person_id
    assert services.enrolments.add(ACCOUNT, enrolment)
    services.enrolments.held(ACCOUNT, who)
    assert services.enrolments.methods_of(ACCOUNT, [PersonId(id_of(number)) for number in range(1, 101)])
    assert services.enrolments.replace_state(ACCOUNT, enrolment, {}, used_at=START)
    assert services.enrolments.prefer(ACCOUNT, who, enrolment.id)
    assert services.enrolments.rename(ACCOUNT, who, enrolment.id, "x")
    services.recovery_codes.replace_all(ACCOUNT, who, ["1" * 64], at=START)
    services.recovery_codes.put_helpers(ACCOUNT, who, "2" * 64, at=START, until=START)
    assert services.recovery_codes.spend(ACCOUNT, who, "1" * 64, at=START)
    assert services.enrolments.remove(ACCOUNT, who, [enrolment.id]) == 1


def groups(services: Services, entropy: FakeEntropy) -> None:
    group, few = GroupId(entropy.new_id()), [PersonId(id_of(number)) for number in range(1, 61)]
    assert services.groups.add(ACCOUNT, group, few, at=START) == 60
    assert len(services.groups.of_person(ACCOUNT, few[0])) == 2
    assert len(services.groups.of_people(ACCOUNT, few)) == 60
    for search in ("", "family0001"):
        page = services.people.page(ACCOUNT, group=group, search=search)
        services.people.page(ACCOUNT, group=group, search=search, after=page.after)
    assert services.groups.remove(ACCOUNT, group, few) == 60


def links_and_events(services: Services, entropy: FakeEntropy) -> None:
    link, who = a_link(entropy, PersonId(entropy.new_id())), PersonId(entropy.new_id())
    services.links.add(ACCOUNT, link, token_digest="plan")
    services.links.by_token(ACCOUNT, "plan")
    assert services.links.use(ACCOUNT, link.id, at=START)
    services.links.end(ACCOUNT, who, at=START, purposes=["reset"])
    services.audit.record(ACCOUNT, an_event(entropy, to=who))
    services.audit.of_person(ACCOUNT, who)
    older = services.audit.search(ACCOUNT, Wanted()).older
    services.audit.search(ACCOUNT, Wanted(), before=older)


def jobs_and_house(services: Services, entropy: FakeEntropy) -> None:
    message = a_message(entropy)
    services.outbox.put(ACCOUNT, message)
    services.outbox.state(ACCOUNT, message.id)
    services.outbox.note_receipt(ACCOUNT, message.id, Receipt(arrived=False))
    services.outbox.failures(ACCOUNT, START)
    services.outbox.last_taken(ACCOUNT, "sms", START)
    jobs = JobStore(sealer())
    job = jobs.lease_next(START + timedelta(minutes=1), timedelta(minutes=1))
    assert job is not None
    assert jobs.failed(job, at=START, retry_at=START)
    assert jobs.done(replace(job, version=job.version + 1), at=START)
    text = replace(a_message(entropy, PersonId(id_of(1))), channel="sms")
    services.outbox.put(ACCOUNT, text)
    jobs.add(ACCOUNT, id=JobId(entropy.new_id()), kind="count", body={}, put_at=START, run_at=START)
    while jobs.lease_next(START + timedelta(minutes=1), timedelta(minutes=1)):
        pass  # until what was parked is looked for as well
    jobs.drop(ACCOUNT, "tell_own_rule", PersonId(entropy.new_id()))
    services.policy.by_number(ACCOUNT, -1)
    services.policy.history(ACCOUNT, most=0)
    services.policy.history(ACCOUNT, most=0, before=100)
    services.kept.load(ACCOUNT, "smtp")


def reports(services: Services, entropy: FakeEntropy) -> None:
    for end_users in (True, False):
        first = services.reports.walk(ACCOUNT, behind="", end_users=end_users, most=READ_AT_ONCE, groups=True)
        services.reports.walk(
            ACCOUNT,
            behind=first[-1].id if first else "",
            end_users=end_users,
            most=READ_AT_ONCE,
            groups=True,
        )
    services.reports.count(ACCOUNT, end_users=False)
    services.reports.page(ACCOUNT, groups=True)
    for page in (services.reports.page(ACCOUNT, team=True), services.reports.page(ACCOUNT, search="family0012")):
        services.reports.page(ACCOUNT, team=True, after=page.after, before=page.before)
    later = START + timedelta(days=5000)
    report = Report(
        id=ReportId(entropy.new_id()), asked_by=None, end_users=True, policy=0, asked_at=START, expires_at=later
    )
    services.reports.add(ACCOUNT, report)
    assert services.reports.advance(ACCOUNT, report, replace(report, parts=1), packed(b"x"))
    assert services.reports.part(ACCOUNT, report.id, 0) == b"x"
    services.reports.by_id(ACCOUNT, report.id)
    services.reports.newest(ACCOUNT)
    services.reports.newest(ACCOUNT, after=pack_moment(5, id_of(1)))
    services.reports.last_made_at(ACCOUNT)
    for after in (None, (START + timedelta(days=1), entropy.new_id())):
        services.roll_out.exempt(ACCOUNT, now=START, after=after, most=51)


def roll_out(services: Services, entropy: FakeEntropy) -> None:
    some = [PersonId(id_of(number)) for number in range(1, 501)]
    services.roll_out.sign_ins(ACCOUNT, some, since=START)
    services.roll_out.sign_ins(ACCOUNT, [PersonId(entropy.new_id())], since=START)
    services.roll_out.stuck(ACCOUNT, since=START, before=START + timedelta(minutes=5), most=50)
    # An hour of attempts, of the day that the page looks back on.
    services.roll_out.stuck(
        ACCOUNT, since=START + timedelta(milliseconds=19), before=START + timedelta(days=1), most=50
    )
    services.roll_out.set_up_by_day(ACCOUNT, Audience.TEAM, since=START, behind="", most=2**31 - 1)
    for behind in ("", id_of(7000)):
        services.roll_out.set_up_by_day(ACCOUNT, Audience.END_USERS, since=START, behind=behind, most=500)
    services.roll_out.tally(ACCOUNT, Audience.TEAM, now=START)
    for kinds in (frozenset[str](), frozenset({"sms", "email"})):
        services.roll_out.hold_only(ACCOUNT, Audience.TEAM, kinds, most=500)
        services.roll_out.hold_only(ACCOUNT, Audience.END_USERS, kinds, behind=id_of(3), up_to=id_of(9000), most=500)


def alone(services: Services, entropy: FakeEntropy) -> None:
    for number in range(1, 61):
        person = services.people.by_id(ACCOUNT, PersonId(id_of(number)))
        assert person is not None
        assert services.people.replace(
            ACCOUNT, person, replace(person, own_rule=Extra(required=Requirement(starts_at=START)))
        )
    for audience in Audience:
        services.roll_out.tally_alone(ACCOUNT, audience, now=START, most=20_000)
    assert len(services.roll_out.alone(ACCOUNT, behind=id_of(10), most=40)) == 40
    assert services.roll_out.alone(ACCOUNT, Audience.END_USERS, behind=id_of(10), most=20)
    for search in ("", "ana"):
        page = services.reports.page(ACCOUNT, search=search, alone=True, size=2)
        services.reports.page(ACCOUNT, search=search, alone=True, after=page.after)


@pytest.mark.parametrize(
    "subject",
    [
        imports,
        roll_out,
        alone,
        reports,
        people,
        enrolments,
        attempts,
        sessions,
        browsers,
        groups,
        links_and_events,
        audit_log,
        helping,
        jobs_and_house,
        shut_out_of_many,
    ],
)
def test_nothing_on_the_way_in_reads_a_whole_table(
    database: DatabaseSettings, services: Services, entropy: FakeEntropy, subject: Callable[..., None]
) -> None:
    with _watched() as seen:
        subject(services, entropy)

    assert len(seen) > 5
    # One row each, in tests as in life: reading them whole is right.
    # An end of an index is one look.
    small = (" FROM setting ", " FROM audit_horizon ", "SAVEPOINT", "SELECT MIN(at)", "SELECT MAX(at)")
    seen = {sql: params for sql, params in seen.items() if not any(one in sql for one in small)}
    assert _full_scans(seen) == {}


@pytest.mark.parametrize(
    "search", ["", "family0012", "Family01234", "ana family1234", "p1999", "p77@acme.example", "nobody"]
)
@pytest.mark.parametrize("role", [None, Role.AGENT, Role.END_USER])
# What a twentieth of all people match, PostgreSQL may find by reading them all once, and rightly.
def test_no_page_of_people_reads_a_whole_table(
    database: DatabaseSettings, services: Services, search: str, role: Role | None
) -> None:
    with _watched() as seen:
        first = services.people.page(ACCOUNT, search=search, role=role)
        second = services.people.page(ACCOUNT, search=search, role=role, after=first.after)
        services.people.page(ACCOUNT, search=search, role=role, before=second.before)

    assert seen
    assert _full_scans(seen) == {}


def test_a_wide_search_finds_everybody_in_order(database: DatabaseSettings, services: Services) -> None:
    first = services.people.page(ACCOUNT, search="ana acme")
    second = services.people.page(ACCOUNT, search="ana acme", after=first.after)

    assert [row.name for row in first.rows] == [f"Ana Family{number:05}" for number in range(10, 510, 10)]
    assert [row.name for row in second.rows] == [f"Ana Family{number:05}" for number in range(510, 1010, 10)]


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "audit_event_at"),
        (Wanted(person=PersonId(id_of(7))), "audit_event_person"),
        (Wanted(actor=PersonId(id_of(7))), "audit_event_actor"),
        (Wanted(kind="rare"), "audit_event_kind"),
        (Wanted(address="192.0.2.7"), "audit_event_address"),
        (Wanted(person=PersonId(id_of(7)), kind="rare"), "audit_event_person"),
    ],
)
def test_what_few_events_have_in_common_is_not_looked_for_in_all_of_them(
    database: DatabaseSettings, services: Services, wanted: Wanted, index: str
) -> None:
    with _watched() as seen:
        services.audit.search(ACCOUNT, wanted)
        services.audit.chunk(ACCOUNT, wanted, most=100)

    plans = ["\n".join(_plan(sql, params)) for sql, params in seen.items()]
    assert plans
    assert all(index in plan for plan in plans), plans


def test_letting_the_audit_log_grow_old_reads_no_whole_table(
    database: DatabaseSettings, services: Services, entropy: FakeEntropy
) -> None:
    with services.transactions.begin():
        newest = an_event(entropy)
        services.audit.record(ACCOUNT, replace(newest, at=newest.at + timedelta(days=400)))
        assert services.audit.set_horizon(ACCOUNT, START + timedelta(microseconds=40))
        with _watched() as seen:
            # The rows are a microsecond apart, and one is of another test.
            assert services.audit.forget(ACCOUNT, at=START, most=25) == 0
            removed = services.audit.forget(ACCOUNT, at=START, most=25)
        connection.set_rollback(True)

    assert removed in range(39, 60)
    seen = {sql: params for sql, params in seen.items() if "audit_horizon" not in sql}
    assert _full_scans(seen) == {}


def test_housekeeping_reads_no_whole_table(database: DatabaseSettings, services: Services) -> None:
    with services.transactions.begin():
        with _watched() as seen:
            # The rows are a microsecond apart.
            removed = sweep(START + timedelta(days=30, microseconds=50))
        connection.set_rollback(True)

    # Links, jobs and calls for help; one more where one of another test is there already.
    assert removed in range(3 * 49, 3 * 50 + 1)
    assert _full_scans(seen) == {}


def test_no_step_of_a_walk_reads_a_whole_table(database: DatabaseSettings, services: Services) -> None:
    with services.transactions.begin():
        with _watched() as seen:
            steps = _walk_through(START + timedelta(days=3000))
        connection.set_rollback(True)

    # Six tables of 20,000 rows and some of other tests, a thousand at a time.
    assert steps in range(6 * 20, 6 * 22)
    assert len(seen) == 12
    assert _full_scans(seen) == {}


def _walk_through(now: datetime) -> int:
    steps, hand = 0, Hand()
    while (there := walk(hand, now)) is not None:
        steps, hand = steps + 1, there
    return steps + 1


def test_housekeeping_removes_what_is_over_and_nothing_else(database: DatabaseSettings, services: Services) -> None:
    first, job = PersonId(id_of(1)), JobId(id_of(1))
    with services.transactions.begin():
        # Links, jobs and calls for help; acts of helping are kept for longer.
        assert sweep(START + timedelta(days=31), most=100) == 300
        while sweep(START + timedelta(days=500), most=100_000):
            pass
        _walk_through(START + timedelta(days=500))

        assert services.outbox.state(ACCOUNT, job) is None
        assert services.sessions.by_token(ACCOUNT, f"{first}{'d' * 38}") is None
        assert services.people.by_id(ACCOUNT, first) is not None
        assert services.enrolments.remove(ACCOUNT, first, [EnrolmentId(first)]) == 1
        assert services.recovery_codes.left(ACCOUNT, first).left == 1
        assert services.audit.of_person(ACCOUNT, first)
        connection.set_rollback(True)
