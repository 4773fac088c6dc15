"""Accounts, policy, the audit log, kept settings, messages, jobs and transactions."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction

from tests.fakes import START, an_account
from tests.store.building import a_link, a_message, a_person, an_event, sealer
from twofold.core.ids import AccountId, JobId, PersonId
from twofold.core.rules import default_rules
from twofold.core.wanted import Requirement
from twofold.ports.accounts import HelpText
from twofold.ports.audit import Wanted
from twofold.ports.outbox import SendState
from twofold.ports.policy import PolicyVersion
from twofold.ports.texts import Receipt
from twofold.store.accounts import AccountStore
from twofold.store.jobs import JobStore
from twofold.store.outbox import MESSAGE, message_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.ports.audit import Event
    from twofold.ports.outbox import Message
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)


class _Stop(Exception):
    """Takes a transaction back."""


@contextmanager
def _taken_back(services: Services) -> Iterator[None]:
    """Let what happens inside never have happened."""
    with suppress(_Stop), services.transactions.begin():
        yield
        raise _Stop


def test_an_account_comes_back_as_stored(services: Services, entropy: FakeEntropy) -> None:
    account = replace(
        an_account(entropy, base_url="https://Stored.example:8443"),
        colour="#336699",
        logo=b"\x89PNG",
        privacy_url="https://stored.example/privacy",
        imprint_url="https://stored.example/imprint",
        help_team=HelpText(text="Ask Bo", phone="+43 1", hours="9 to 17"),
        help_end_users=HelpText(text="Write to us"),
    )

    assert services.accounts.add(account)
    assert not services.accounts.add(an_account(entropy, base_url="https://stored.example"))

    assert services.accounts.by_id(account.id) == account
    assert services.accounts.by_host("stored.example") == account
    assert services.accounts.by_host("other.example") is None
    assert services.accounts.by_id(AccountId(entropy.new_id())) is None
    assert account in services.accounts.all()


def test_an_account_is_written_over_the_version_that_was_read(services: Services, entropy: FakeEntropy) -> None:
    account = an_account(entropy, base_url="https://replaced.example")
    other = an_account(entropy, base_url="https://neighbour.example")
    services.accounts.add(account)
    services.accounts.add(other)

    assert services.accounts.replace(account, replace(account, name="New", logo=b"1"))
    assert not services.accounts.replace(account, replace(account, name="Newer"))
    assert services.accounts.by_host("replaced.example") == replace(account, name="New", logo=b"1", version=1)
    assert not services.accounts.replace(other, replace(other, base_url="https://replaced.example"))
    second = replace(account, name="New", logo=b"2", version=1)
    assert services.accounts.replace(second, second)
    assert services.accounts.by_id(account.id) == replace(second, version=2)
    assert services.accounts.replace(replace(second, version=2), replace(second, logo=None))
    assert services.accounts.by_id(account.id) == replace(second, logo=None, version=3)


def test_of_an_account_whose_policy_alone_was_saved_only_its_number_is_read(
    services: Services, entropy: FakeEntropy
) -> None:
    account = an_account(entropy, base_url="https://saved.example")
    services.accounts.add(replace(account, logo=b"1"))
    services.accounts.by_host("saved.example")
    version = PolicyVersion(number=1, rules=default_rules(), saved_at=START, saved_by=None)
    assert services.policy.add(account.id, version)

    with patch.object(AccountStore, "by_id", side_effect=AssertionError):
        for _ in range(2):
            assert services.accounts.by_host("saved.example") == replace(account, logo=b"1", policy=1)

    renamed = replace(account, name="New")
    assert services.accounts.replace(account, renamed)
    assert services.accounts.by_host("saved.example") == replace(renamed, version=1, policy=1)


def test_every_name_of_loopback_means_the_one_account_there(services: Services, entropy: FakeEntropy) -> None:
    local = an_account(entropy, base_url="http://localhost:8420")
    with _taken_back(services):
        services.accounts.add(local)

        assert services.accounts.by_host("127.0.0.1") == local
        assert services.accounts.by_host("::1") == local

        services.accounts.add(an_account(entropy, base_url="http://127.0.0.1:8421"))
        assert services.accounts.by_host("localhost") == local
        assert services.accounts.by_host("::1") is None


def test_a_transaction_is_taken_back_whole(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = a_person(entropy)
    with _taken_back(services):
        services.people.add(account, person)
        services.counters.replace(account, "a", person.id, {"at": [1]}, version=0)
        services.outbox.put(account, a_message(entropy))

    assert services.people.by_id(account, person.id) is None
    assert services.counters.load(account, "a", person.id) == ({}, 0)


def test_policy_is_the_newest_version(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    rules = replace(default_rules(), team=replace(default_rules().team, required=Requirement(starts_at=LATER, skips=3)))
    saved_by = PersonId(entropy.new_id())
    first = PolicyVersion(number=1, rules=rules, saved_at=START, saved_by=saved_by, because="audit")
    second = PolicyVersion(number=2, rules=default_rules(), saved_at=LATER, saved_by=saved_by)
    defaults = services.policy.current(account)

    assert (defaults.number, defaults.rules, defaults.saved_by) == (0, default_rules(), None)
    assert services.policy.add(account, first)
    assert not services.policy.add(account, replace(second, number=1))
    assert services.policy.current(account) == first
    assert services.policy.add(account, second)

    assert services.policy.current(account) == second
    assert services.policy.history(account) == [second, first]
    assert services.policy.history(account, most=1) == [second]
    assert services.policy.by_number(account, 1) == first
    assert services.policy.by_number(account, 0) == defaults
    assert services.policy.by_number(account, 3) is None
    assert services.policy.current(AccountId(entropy.new_id())) == defaults


def test_policy_that_anybody_saved_comes_with_the_account_at_the_next_request(
    services: Services, entropy: FakeEntropy
) -> None:
    ours, theirs = (an_account(entropy, base_url=f"https://{name}.policy.example") for name in ("ours", "theirs"))
    for account in (ours, theirs):
        services.accounts.add(account)
    rules = replace(default_rules(), team=replace(default_rules().team, required=Requirement(starts_at=LATER)))

    def now_of(name: str) -> PolicyVersion:
        found = services.accounts.by_host(f"{name}.policy.example")
        assert found is not None
        return services.policy.of(found)

    assert now_of("ours") == now_of("theirs") == services.policy.current(ours.id)
    for number, saved in enumerate((rules, default_rules()), start=1):
        version = PolicyVersion(number=number, rules=saved, saved_at=START, saved_by=None)
        assert services.policy.add(ours.id, version)
        assert now_of("ours") == now_of("ours") == version
        # Whoever did not ask by a request is told what is in force.
        assert services.policy.of(ours) == version
    assert now_of("theirs").number == 0


def test_events_of_a_person_are_those_that_happened_to_them(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana, bo = PersonId(entropy.new_id()), PersonId(entropy.new_id())
    to_ana = an_event(entropy, by=bo, to=ana, after=1)
    by_ana = an_event(entropy, by=ana, to=ana, after=2)
    by_bo = an_event(entropy, by=bo, after=3)
    for event in (by_ana, by_bo, to_ana):
        services.audit.record(account, event)

    assert services.audit.of_person(account, ana) == [by_ana, to_ana]
    assert services.audit.of_person(account, ana, most=1) == [by_ana]
    assert services.audit.of_person(account, bo) == []
    assert services.audit.of_person(AccountId(entropy.new_id()), bo) == []


def test_the_audit_log_is_read_in_pages(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    events = [an_event(entropy, after=number // 2) for number in range(7)]
    for event in events:
        services.audit.record(account, event)

    first = services.audit.search(account, Wanted(), most=3)
    second = services.audit.search(account, Wanted(), most=3, before=first.older)
    third = services.audit.search(account, Wanted(), most=3, before=second.older)

    newest_first = sorted(events, key=lambda event: (event.at, event.id), reverse=True)
    assert [*first.events, *second.events, *third.events] == newest_first
    assert third.older == ""
    assert list(services.audit.search(account, Wanted(), before="strange").events) == newest_first


def test_what_happened_last_to_each_of_several_is_read_at_once(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    people = [a_person(entropy, f"p{number}@acme.example") for number in range(120)]
    last: dict[PersonId, Event] = {}
    for person in people:
        services.people.add(account, person)
        given, last[person.id] = (an_event(entropy, to=person.id, after=number) for number in (5, 5))
        for event in (last[person.id], replace(given, kind="exemption.given", at=START), an_event(entropy)):
            services.audit.record(account, event)
    strange = PersonId(entropy.new_id())

    assert services.audit.newest_of(account, [*last, strange]) == last
    found = services.audit.newest_of(account, [*last, strange], kind="exemption.given")
    assert {event.kind for event in found.values()} == {"exemption.given"}
    assert set(found) == set(last)
    assert services.audit.newest_of(account, []) == {}
    assert services.audit.newest_of(AccountId(entropy.new_id()), list(last)) == {}


def test_a_recorded_event_can_neither_be_changed_nor_deleted(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    event = an_event(entropy)
    services.audit.record(account, event)

    for statement in (
        "UPDATE audit_event SET kind = 'nothing' WHERE account = %s",
        "DELETE FROM audit_event WHERE account = %s",
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [account])
    assert services.audit.search(account, Wanted()).events == (event,)


def test_kept_settings_are_written_over_the_version_that_was_read(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    assert services.kept.load(account, "smtp") == ({}, 0)

    assert services.kept.replace(account, "smtp", {"host": "a"}, version=0)
    assert not services.kept.replace(account, "smtp", {"host": "b"}, version=0)
    assert services.kept.replace(account, "smtp", {"host": "c"}, version=1)
    assert not services.kept.replace(account, "smtp", {"host": "d"}, version=1)

    assert services.kept.load(account, "smtp") == ({"host": "c"}, 2)
    assert services.kept.load(account, "sms") == ({}, 0)
    assert services.kept.load(AccountId(entropy.new_id()), "smtp") == ({}, 0)


def test_a_message_waits(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    message = a_message(entropy)
    services.outbox.put(account, message)

    assert services.outbox.state(account, message.id) is SendState.WAITING
    assert services.outbox.state(account, JobId(entropy.new_id())) is None
    assert services.outbox.can_send(account, "email")


@pytest.fixture
def jobs(database: DatabaseSettings) -> JobStore:
    """No job of any other test is due."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM job")
    return JobStore(sealer())


def test_a_message_is_leased_sent_and_erased(
    services: Services, jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    message = a_message(entropy, PersonId(entropy.new_id()))
    services.outbox.put(account, message)

    assert jobs.lease_next(START, timedelta(minutes=1)) is None
    job = jobs.lease_next(LATER, timedelta(minutes=1))
    assert job is not None
    assert (job.account, job.kind, job.tries) == (account, MESSAGE, 1)
    assert message_of(job) == message
    assert jobs.lease_next(LATER, timedelta(minutes=1)) is None
    assert jobs.done(job, at=LATER)
    assert not jobs.done(job, at=LATER)

    assert services.outbox.state(account, message.id) is SendState.HANDED_OVER
    assert jobs.lease_next(START + timedelta(days=1), timedelta(minutes=1)) is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM job WHERE id = %s", [message.id])
        assert [bytes(row[0]) for row in cursor.fetchall()] == [b""]


def test_when_a_channel_worked_last_hangs_on_no_other(
    services: Services, jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    def taken(minutes: int, channel: str) -> Message:
        at = START + timedelta(minutes=minutes)
        message = replace(a_message(entropy), channel=channel, send_at=at, expires_at=None)
        services.outbox.put(account, message)
        job = jobs.lease_next(at, timedelta(minutes=1))
        assert job is not None
        assert jobs.done(job, at=at)
        return message

    def last(channel: str, since: datetime = START) -> datetime | None:
        return services.outbox.last_taken(account, channel, since)

    taken(1, "sms")
    lost = taken(2, "sms")
    for minutes in range(3, 7):
        taken(minutes, "email")
    assert (last("sms"), last("email")) == (START + timedelta(minutes=2), START + timedelta(minutes=6))
    services.outbox.note_receipt(account, lost.id, Receipt(arrived=False))
    assert last("sms") == START + timedelta(minutes=1)
    assert last("sms", START + timedelta(minutes=1)) is None


def test_a_lease_that_ran_out_is_lost(
    services: Services, jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    message = a_message(entropy)
    services.outbox.put(account, message)

    slow = jobs.lease_next(LATER, timedelta(minutes=1))
    quick = jobs.lease_next(LATER + timedelta(minutes=1), timedelta(minutes=1))

    assert slow is not None
    assert quick is not None
    assert quick.tries == 2
    assert not jobs.done(slow, at=LATER)
    assert not jobs.failed(slow, at=LATER, retry_at=LATER)
    assert jobs.failed(quick, at=LATER, retry_at=START + timedelta(hours=1))
    assert jobs.lease_next(START + timedelta(minutes=59), timedelta(minutes=1)) is None
    last = jobs.lease_next(START + timedelta(hours=1), timedelta(minutes=1))
    assert last is not None
    assert jobs.failed(last, at=LATER, retry_at=None)
    assert services.outbox.state(account, message.id) is SendState.FAILED


def test_what_waits_about_a_person_is_dropped_and_lost_to_whoever_works_on_it(
    jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    ann, ben = (PersonId(entropy.new_id()) for _ in range(2))
    about = ((ann, "tell"), (ann, "tell"), (ann, "count"), (ben, "tell"), (None, "tell"))
    for minutes, (who, kind) in enumerate(about):
        jobs.add(
            account,
            id=JobId(entropy.new_id()),
            kind=kind,
            body={"who": who, "kind": kind},
            put_at=START,
            run_at=START + timedelta(minutes=minutes),
            person_id=who,
        )
    leased = jobs.lease_next(START, timedelta(hours=1))
    assert leased is not None
    assert leased.person_id == ann

    jobs.drop(account, "tell", ann)
    jobs.drop(AccountId(entropy.new_id()), "tell", ben)

    assert not jobs.done(leased, at=START)
    left = []
    while (job := jobs.lease_next(START + timedelta(hours=2), timedelta(days=1))) is not None:
        left.append((job.body["who"], job.body["kind"]))
    assert left == [(ann, "count"), (ben, "tell"), (None, "tell")]


def test_the_job_that_is_due_longest_comes_first(jobs: JobStore, account: AccountId, entropy: FakeEntropy) -> None:
    for minutes in (3, 1, 2):
        jobs.add(
            account,
            id=JobId(entropy.new_id()),
            kind="count",
            body={"minutes": minutes},
            put_at=START,
            run_at=START + timedelta(minutes=minutes),
        )

    leased = [jobs.lease_next(START + timedelta(minutes=3), timedelta(hours=1)) for _ in range(3)]

    assert [job.body["minutes"] for job in leased if job is not None] == [1, 2, 3]


def test_links_of_nobody_are_the_first_owners(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    link = a_link(entropy, None, purpose="first_owner")
    services.links.add(account, link, token_digest="1" * 64)

    assert services.links.by_token(account, "1" * 64) == link
