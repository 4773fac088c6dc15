"""Whose job is leased next: accounts in turn, what somebody waits for first, and the team's before end users'."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.fakes import START, an_account
from tests.store.building import a_message, a_person, sealer
from twofold.core.ids import AccountId, JobId, PersonId
from twofold.core.roles import Role
from twofold.delivery.turns import Turns
from twofold.ports.outbox import Why
from twofold.store.accounts import AccountStore
from twofold.store.jobs import JobStore, Queue
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)
FOR = timedelta(minutes=2)
_NUMBERS = itertools.count()


@pytest.fixture
def jobs(database: DatabaseSettings) -> JobStore:
    """No job of any other test is due."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM job")
    return JobStore(sealer())


@pytest.fixture
def other(services: Services, account: AccountId, entropy: FakeEntropy) -> AccountId:
    """Return a second account, whose jobs are due after those of the first."""
    one = an_account(entropy, base_url=f"https://{entropy.new_id().lower()}.example")
    assert AccountStore().add(one)
    assert one.id != account
    return one.id


def put(
    services: Services,
    entropy: FakeEntropy,
    account: AccountId,
    *,
    role: Role | None = None,
    lives: timedelta | None = timedelta(minutes=5),
    channel: str = "sms",
    send_at: timedelta = timedelta(),
) -> JobId:
    """Put a message about somebody of a role; None: about nobody."""
    person = None
    if role is not None:
        person = replace(a_person(entropy, f"{entropy.new_id().lower()}@acme.example"), role=role)
        assert services.people.add(account, person)
    message = replace(
        a_message(entropy, None if person is None else PersonId(person.id)),
        channel=channel,
        # One after the other, by a hair.
        send_at=START + send_at + timedelta(microseconds=next(_NUMBERS)),
        expires_at=None if lives is None else START + lives,
    )
    services.outbox.put(account, message)
    return message.id


def in_order(jobs: JobStore, queue: Queue, turns: Turns | None = None) -> list[JobId]:
    """Return the ids as they are leased by one worker that ends each before the next."""
    turns, found = turns or Turns(), list[JobId]()
    while (job := turns.lease(jobs, LATER, FOR, queue)) is not None:
        found.append(job.id)
        turns.over(job)
    return found


def test_what_a_page_waits_for_comes_first_and_the_teams_before_end_users(
    services: Services, jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    notice = put(services, entropy, account, role=Role.OWNER, lives=None)
    invitation = put(services, entropy, account, role=Role.AGENT, lives=timedelta(days=7))
    users = [put(services, entropy, account, role=Role.END_USER) for _ in range(5)]
    nobody = put(services, entropy, account)
    agent = put(services, entropy, account, role=Role.AGENT)
    assert in_order(jobs, Queue.TEXTS) == [agent, *users, nobody, notice, invitation]


def test_accounts_take_turns_however_much_each_of_them_has(
    services: Services, jobs: JobStore, account: AccountId, other: AccountId, entropy: FakeEntropy
) -> None:
    ours = [put(services, entropy, account, role=Role.AGENT) for _ in range(5)]
    theirs = [put(services, entropy, other, role=Role.END_USER) for _ in range(3)]
    leased = in_order(jobs, Queue.TEXTS)
    assert [one for one in leased if one in ours] == ours
    assert [one for one in leased if one in theirs] == theirs
    assert [one in ours for one in leased[:6]] in ([True, False] * 3, [False, True] * 3)


@pytest.mark.parametrize("each", [1, 3])
def test_an_account_has_no_more_under_way_than_its_share(
    services: Services, jobs: JobStore, account: AccountId, other: AccountId, entropy: FakeEntropy, each: int
) -> None:
    for _ in range(6):
        put(services, entropy, account)
    turns, held = Turns(each=each), []
    while (job := turns.lease(jobs, LATER, FOR, Queue.TEXTS)) is not None:
        held.append(job)
    assert len(held) == each
    # Somebody else's goes, and once one of them is over, so does the next.
    late = put(services, entropy, other)
    assert in_order(jobs, Queue.TEXTS, turns) == [late]
    turns.over(held.pop())
    assert turns.lease(jobs, LATER, FOR, Queue.TEXTS) is not None
    assert turns.lease(jobs, LATER, FOR, Queue.TEXTS) is None


def test_a_queue_hands_out_its_own_alone(
    services: Services, jobs: JobStore, account: AccountId, entropy: FakeEntropy
) -> None:
    text, mail = put(services, entropy, account), put(services, entropy, account, channel="email")
    work = JobId(entropy.new_id())
    jobs.add(account, id=work, kind="count", body={}, put_at=START, run_at=START)
    later = put(services, entropy, account, send_at=timedelta(hours=1))
    assert [in_order(jobs, queue) for queue in (Queue.TEXTS, Queue.MAIL, Queue.WORK)] == [[text], [mail], [work]]
    assert later not in in_order(jobs, Queue.ALL)


def test_what_lost_its_key_in_one_account_holds_up_nothing_of_another(
    services: Services, jobs: JobStore, account: AccountId, other: AccountId, entropy: FakeEntropy
) -> None:
    lost = [put(services, entropy, account, lives=None) for _ in range(20)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE job SET body = %s WHERE account = %s", (b"\x01no key here", account))
    turns, said = Turns(), 0
    for _ in lost:
        try:
            turns.lease(jobs, LATER, FOR, Queue.TEXTS)
        except Unsealable:
            said += 1
    assert said == len(lost), "each is said once"
    again = LATER + timedelta(hours=1)
    fresh = put(services, entropy, other, role=Role.END_USER, lives=None)
    job = turns.lease(jobs, again, FOR, Queue.TEXTS)
    assert job is not None
    assert job.id == fresh
    turns.over(job)
    assert services.outbox.failures(account, START)[0].why is Why.NO_KEY
