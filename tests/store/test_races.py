"""Some fifty at once, from several processes: exactly one wins, and nothing that was counted is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.fakes import START
from tests.store.building import a_browser, a_link, a_message, a_person, an_attempt, an_enrolment, sealer
from tests.store.racing import PROCESSES, THREADS
from twofold.core.ids import AccountId, PersonId
from twofold.store.jobs import JobStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes import FakeEntropy
    from tests.store.racing import Racers
    from twofold.core.json import JsonObject
    from twofold.ports.attempts import Attempt
    from twofold.ports.browsers import Browser
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.links import Link
    from twofold.ports.people import Subscriber
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.services import Services

ALL = PROCESSES * THREADS
ONE_WINS = Counter({True: 1, False: ALL - 1})


def close(services: Services, number: int, account: AccountId, attempt: Attempt) -> bool:
    return services.attempts.close(account, attempt, at=START + timedelta(seconds=number))


@pytest.mark.security("SB1")
def test_one_of_fifty_closes_an_attempt(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    attempt = an_attempt(entropy, PersonId(entropy.new_id()))
    services.attempts.begin(account, attempt, token_digest="1" * 64)

    assert Counter(racers.race(close, account, attempt)) == ONE_WINS


def replace_state(services: Services, number: int, account: AccountId, enrolment: Enrolment) -> bool:
    return services.enrolments.replace_state(account, enrolment, {"last_step": number}, used_at=START)


@pytest.mark.security("SB1")
def test_one_of_fifty_uses_a_time_step(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    enrolment = an_enrolment(entropy, PersonId(entropy.new_id()))
    services.enrolments.add(account, enrolment)

    assert Counter(racers.race(replace_state, account, enrolment)) == ONE_WINS
    (held,) = services.enrolments.held(account, enrolment.person_id)
    assert held.version == 1


def use(services: Services, number: int, account: AccountId, link: Link) -> bool:
    return services.links.use(account, link.id, at=START + timedelta(seconds=number))


@pytest.mark.security("SB2")
def test_one_of_fifty_uses_a_link(racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    link = a_link(entropy, PersonId(entropy.new_id()))
    services.links.add(account, link, token_digest="1" * 64)

    assert Counter(racers.race(use, account, link)) == ONE_WINS


def spend(services: Services, number: int, account: AccountId, person: PersonId, digests: list[str]) -> bool | None:
    digest = digests[number % len(digests)]
    used = services.recovery_codes.spend(account, person, digest, at=START + timedelta(seconds=number))
    return None if used is None else used.spent


@pytest.mark.security("SB2", "SB5")
@pytest.mark.parametrize("codes", [1, 2])
def test_each_recovery_code_is_spent_once(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy, codes: int
) -> None:
    person, digests = PersonId(entropy.new_id()), [f"{number}" * 64 for number in range(codes)]
    services.recovery_codes.replace_all(account, person, digests, at=START)

    assert Counter(racers.race(spend, account, person, digests)) == Counter({True: codes, False: ALL - codes})
    assert services.recovery_codes.left(account, person).left == 0


def rotate(services: Services, number: int, account: AccountId, browser: Browser) -> bool:
    return services.browsers.rotate(account, browser, current=f"{number:064}", previous=browser.current)


@pytest.mark.security("SB2", "SH3")
def test_one_of_fifty_turns_a_browsers_secret(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    browser = a_browser(entropy)
    services.browsers.add(account, browser)

    assert Counter(racers.race(rotate, account, browser)) == ONE_WINS


def write(services: Services, number: int, account: AccountId, version: int) -> bool:
    return services.counters.replace(account, "a", "ana", {"by": number}, version=version)


@pytest.mark.security("SB3")
def test_one_of_fifty_writes_a_counter(racers: Racers, services: Services, account: AccountId) -> None:
    for version in (0, 1):
        assert Counter(racers.race(write, account, version)) == ONE_WINS
    assert services.counters.load(account, "a", "ana")[1] == 2


def count(services: Services, number: int, account: AccountId) -> bool:
    """Add this number to the list, however often somebody else is faster."""
    while True:
        value, version = services.counters.load(account, "a", "ana")
        seen = value.get("seen", [])
        assert isinstance(seen, list)
        counted: JsonObject = {"seen": [*seen, number]}
        if services.counters.replace(account, "a", "ana", counted, version=version):
            return True


@pytest.mark.security("SB3")
def test_no_try_is_lost(racers: Racers, services: Services, account: AccountId) -> None:
    assert racers.race(count, account) == [True] * ALL

    value, version = services.counters.load(account, "a", "ana")
    seen = value["seen"]
    assert isinstance(seen, list)
    assert (sorted(str(number) for number in seen), version) == (sorted(str(number) for number in range(ALL)), ALL)


def count_alone(services: Services, number: int, account: AccountId) -> bool:
    """Add this number to the list in a block that is alone, where nobody can be faster."""
    with services.transactions.begin():
        services.transactions.alone(account, "ana", "192.0.2.1")
        value, version = services.counters.load(account, "a", "ana")
        seen = value.get("seen", [])
        assert isinstance(seen, list)
        return services.counters.replace(account, "a", "ana", {"seen": [*seen, number]}, version=version)


@pytest.mark.security("SB3")
def test_whoever_is_alone_reads_what_the_last_one_wrote(racers: Racers, services: Services, account: AccountId) -> None:
    assert racers.race(count_alone, account) == [True] * ALL

    assert services.counters.load(account, "a", "ana")[1] == ALL


def count_with_others(services: Services, number: int, account: AccountId) -> bool:
    """Do the same with half of twenty people, who are others for each number, in the order that all keep."""
    people = sorted(f"p{(number * 7 + step * 3) % 20:02}" for step in range(10))
    with services.transactions.begin():
        services.transactions.alone(account, *people)
        seen = services.counters.load(account, "a", people[0])
        return services.counters.replace(account, "a", people[0], {"last": number}, version=seen[1])


@pytest.mark.security("SB3")
def test_those_who_are_alone_with_many_in_one_order_never_wait_crosswise(
    racers: Racers, services: Services, account: AccountId
) -> None:
    assert racers.race(count_with_others, account) == [True] * ALL


def count_alone_elsewhere(services: Services, number: int, account: AccountId) -> bool:
    """Do the same where the database's own default is another isolation, as an administrator may have set it."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    return count_alone(services, number, account)


@pytest.mark.security("SB3")
def test_whoever_is_alone_reads_what_the_last_one_wrote_whatever_the_databases_default(
    racers: Racers, services: Services, account: AccountId
) -> None:
    assert racers.race(count_alone_elsewhere, account) == [True] * ALL


def admit(services: Services, number: int, account: AccountId, attempt: Attempt, enrolment: Enrolment) -> bool:
    """Decide as a sign-in does: the state and the attempt in one transaction."""
    with services.transactions.begin():
        state: JsonObject = {"last_step": number}
        return services.enrolments.replace_state(account, enrolment, state, used_at=START) and services.attempts.close(
            account, attempt, at=START
        )


@pytest.mark.security("SB1")
def test_one_of_fifty_is_admitted(racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = PersonId(entropy.new_id())
    attempt, enrolment = an_attempt(entropy, person), an_enrolment(entropy, person)
    services.attempts.begin(account, attempt, token_digest="1" * 64)
    services.enrolments.add(account, enrolment)

    assert Counter(racers.race(admit, account, attempt, enrolment)) == ONE_WINS


def change_email(services: Services, number: int, account: AccountId, person: Subscriber) -> bool:
    return services.people.replace(account, person, replace(person, email=f"p{number}@acme.example"))


def change_reason(services: Services, number: int, account: AccountId, person: Subscriber) -> bool:
    return services.people.replace(account, person, replace(person, exempt_because=str(number)))


@pytest.mark.parametrize("change", [change_email, change_reason])
def test_one_of_fifty_changes_a_person(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy, change: Callable[..., bool]
) -> None:
    person = a_person(entropy)
    services.people.add(account, person)

    assert Counter(racers.race(change, account, person)) == ONE_WINS


def take_address(services: Services, number: int, account: AccountId, people: list[Subscriber]) -> bool:
    person = people[number]
    return services.people.replace(account, person, replace(person, email="taken@acme.example"))


def test_an_address_is_taken_by_one_of_fifty(
    racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    people = [a_person(entropy, f"p{number}@acme.example") for number in range(ALL)]
    with services.transactions.begin():
        for person in people:
            services.people.add(account, person)

    assert Counter(racers.race(take_address, account, people)) == ONE_WINS


def save(services: Services, number: int, account: AccountId, version: PolicyVersion) -> bool:
    return services.policy.add(account, replace(version, because=str(number)))


def test_one_of_fifty_saves_a_version_of_policy(racers: Racers, services: Services, account: AccountId) -> None:
    version = replace(services.policy.current(account), number=1)

    assert Counter(racers.race(save, account, version)) == ONE_WINS


def lease(_services: Services, _number: int) -> str | None:
    job = JobStore(sealer()).lease_next(START + timedelta(minutes=1), timedelta(minutes=5))
    return None if job is None else str(job.id)


def test_no_job_is_leased_twice(racers: Racers, services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    # No job of any other test is due: those of another account might have the turn.
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM job")
    messages = [a_message(entropy) for _ in range(8)]
    for message in messages:
        services.outbox.put(account, message)

    leased = Counter(racers.race(lease))

    # Somebody who loses again and again gives up, and looks again at the next turn.
    assert {leased[message.id] for message in messages} <= {0, 1}
    assert any(leased[message.id] for message in messages)
