"""Attempts, counters, sessions and links."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import PROVED, a_link, a_person, a_session, an_attempt, an_enrolment
from twofold.core.assurance import MAILBOX, Proof, Traits
from twofold.core.ids import BrowserId, PersonId

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)
MORE = PROVED.with_proof(Proof(kind=MAILBOX, at=LATER, traits=Traits(amr=())))


@pytest.fixture
def person(entropy: FakeEntropy) -> PersonId:
    return PersonId(entropy.new_id())


def test_an_attempt_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    attempt = an_attempt(entropy, person)
    bare = replace(an_attempt(entropy, person), browser_id=None, session_id=None, kept={}, setting_up=False)

    services.attempts.begin(account, attempt, token_digest="1" * 64)
    services.attempts.begin(account, bare, token_digest="2" * 64)

    assert services.attempts.by_token(account, "1" * 64) == attempt
    assert services.attempts.by_token(account, "2" * 64) == bare
    assert services.attempts.by_token(account, "3" * 64) is None
    assert services.attempts.by_token(type(account)(entropy.new_id()), "1" * 64) is None


def test_an_attempt_is_written_over_the_version_that_was_read(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    attempt = an_attempt(entropy, person)
    services.attempts.begin(account, attempt, token_digest="1" * 64)
    new = replace(attempt, evidence=MORE, wrong=3, kept={"pending": "new"}, last_step_at=LATER)

    assert services.attempts.replace(account, attempt, new)
    assert not services.attempts.replace(account, attempt, replace(attempt, wrong=0))
    assert not services.attempts.close(account, attempt, at=LATER)

    assert services.attempts.by_token(account, "1" * 64) == replace(new, version=1)


def test_an_attempt_comes_with_its_person_and_what_they_hold(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana, bo = a_person(entropy), a_person(entropy, email="bo@acme.example")
    gone = PersonId(entropy.new_id())
    attempts = [an_attempt(entropy, who) for who in (ana.id, bo.id, gone)]
    for number, attempt in enumerate(attempts):
        services.attempts.begin(account, attempt, token_digest=f"{number}" * 64)
    for person in (ana, bo):
        services.people.add(account, person)
    older, newer = an_enrolment(entropy, ana.id), replace(an_enrolment(entropy, ana.id), confirmed_at=LATER)
    preferred = replace(an_enrolment(entropy, ana.id), confirmed_at=LATER + timedelta(days=1), preferred=True)
    for enrolment in (newer, preferred, older):
        services.enrolments.add(account, enrolment)

    held = (preferred, older, newer)
    assert services.enrolments.held(account, ana.id) == held
    assert services.attempts.with_person(account, "0" * 64) == (attempts[0], ana, held)
    assert services.attempts.with_person(account, "1" * 64) == (attempts[1], bo, ())
    assert services.attempts.with_person(account, "2" * 64) is None
    assert services.attempts.with_person(account, "3" * 64) is None
    assert services.attempts.with_person(type(account)(entropy.new_id()), "0" * 64) is None
    services.attempts.close(account, attempts[1], at=LATER)
    assert services.attempts.with_person(account, "1" * 64) is None


@pytest.mark.security("SB1")
def test_an_attempt_is_closed_once(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    attempt = an_attempt(entropy, person)
    services.attempts.begin(account, attempt, token_digest="1" * 64)

    assert services.attempts.close(account, attempt, at=LATER)
    assert not services.attempts.close(account, attempt, at=LATER)
    assert not services.attempts.close(account, replace(attempt, version=1), at=LATER)
    assert not services.attempts.replace(account, replace(attempt, version=1), attempt)

    assert services.attempts.by_token(account, "1" * 64) is None


def test_all_attempts_of_a_person_end_but_one(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    kept, gone, theirs = (an_attempt(entropy, who) for who in (person, person, PersonId(entropy.new_id())))
    for number, attempt in enumerate((kept, gone, theirs)):
        services.attempts.begin(account, attempt, token_digest=f"{number}" * 64)

    services.attempts.end_all(account, person, at=LATER, but=kept.id)

    assert services.attempts.by_token(account, "0" * 64) == kept
    assert services.attempts.by_token(account, "1" * 64) is None
    assert services.attempts.by_token(account, "2" * 64) == theirs
    services.attempts.end_all(account, person, at=LATER)
    assert services.attempts.by_token(account, "0" * 64) is None


@pytest.mark.security("SB3")
def test_a_counter_is_written_over_the_version_that_was_read(services: Services, account: AccountId) -> None:
    assert services.counters.load(account, "a", "ana") == ({}, 0)

    assert services.counters.replace(account, "a", "ana", {"at": [1]}, version=0)
    assert not services.counters.replace(account, "a", "ana", {"at": [2]}, version=0)
    assert services.counters.replace(account, "a", "ana", {"at": [1, 2]}, version=1)
    assert not services.counters.replace(account, "a", "ana", {}, version=1)

    assert services.counters.load(account, "a", "ana") == ({"at": [1, 2]}, 2)


@pytest.mark.security("SI7")
def test_counters_of_other_lanes_and_subjects_stand_alone(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    services.counters.replace(account, "a", "ana", {"a": 1}, version=0)
    services.counters.replace(account, "c", "ana", {"c": 1}, version=0)
    services.counters.replace(account, "a", "bo", {"b": 1}, version=0)

    assert services.counters.load(type(account)(entropy.new_id()), "a", "ana") == ({}, 0)
    assert services.counters.load(account, "c", "ana") == ({"c": 1}, 1)
    places = [("c", "bo"), ("c", "ana"), ("a", "bo")]
    assert services.counters.load_all(account, places) == [({}, 0), ({"c": 1}, 1), ({"b": 1}, 1)]
    assert services.counters.load_all(type(account)(entropy.new_id()), places) == [({}, 0)] * 3
    services.counters.forget(account, "ana")
    assert services.counters.load(account, "a", "ana") == ({}, 0)
    assert services.counters.load(account, "c", "ana") == ({}, 0)
    assert services.counters.load(account, "a", "bo") == ({"b": 1}, 1)


def test_a_session_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    session = a_session(entropy, person)
    bare = replace(session, id=a_session(entropy, person).id, browser_id=None, recovery_proof_until=None, trusted=False)

    services.sessions.add(account, session, token_digest="1" * 64)
    services.sessions.add(account, bare, token_digest="2" * 64)

    assert services.sessions.by_token(account, "1" * 64) == session
    assert services.sessions.by_token(account, "2" * 64) == bare
    assert services.sessions.by_token(account, "3" * 64) is None
    assert services.sessions.by_token(type(account)(entropy.new_id()), "1" * 64) is None


@pytest.mark.security("SD11")
def test_a_new_secret_kills_the_old_one(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    session = a_session(entropy, person)
    services.sessions.add(account, session, token_digest="1" * 64)

    assert services.sessions.replace(account, session, replace(session, evidence=MORE), token_digest="2" * 64)
    assert not services.sessions.replace(account, session, session, token_digest="3" * 64)

    assert services.sessions.by_token(account, "1" * 64) is None
    assert services.sessions.by_token(account, "3" * 64) is None
    found = services.sessions.by_token(account, "2" * 64)
    assert found == replace(session, evidence=MORE, version=1)
    assert services.sessions.replace(account, found, replace(found, trusted=False))
    assert services.sessions.by_token(account, "2" * 64) == replace(found, trusted=False, version=2)


def test_seeing_a_session_leaves_its_version_and_never_goes_back(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    session = a_session(entropy, person)
    services.sessions.add(account, session, token_digest="1" * 64)

    services.sessions.seen(account, session.id, LATER)
    services.sessions.seen(account, session.id, START)

    assert services.sessions.by_token(account, "1" * 64) == replace(session, last_seen_at=LATER)


def test_a_session_ends_with_its_children(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    parent, other = a_session(entropy, person), a_session(entropy, person)
    child = a_session(entropy, person, parent=parent.id)
    for number, session in enumerate((parent, other, child)):
        services.sessions.add(account, session, token_digest=f"{number}" * 64)

    assert not services.sessions.end(account, PersonId(entropy.new_id()), parent.id, at=LATER)
    assert services.sessions.end(account, person, parent.id, at=LATER)
    assert not services.sessions.end(account, person, parent.id, at=LATER)

    assert services.sessions.of_person(account, person) == [other]
    assert services.sessions.by_token(account, "2" * 64) is None
    assert not services.sessions.replace(account, parent, parent)


def test_all_sessions_of_a_person_end_but_one(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    kept, first, second = (a_session(entropy, person) for _ in range(3))
    theirs = a_session(entropy, PersonId(entropy.new_id()))
    for number, session in enumerate((kept, first, second, theirs)):
        services.sessions.add(account, session, token_digest=f"{number}" * 64)

    assert services.sessions.end_all(account, person, at=LATER, but=kept.id) == 2
    assert services.sessions.of_person(account, person) == [kept]
    assert services.sessions.end_all(account, person, at=LATER) == 1
    assert services.sessions.of_person(account, theirs.person_id) == [theirs]


def test_the_sessions_on_one_browser_end_with_their_children(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    there, elsewhere = BrowserId(entropy.new_id()), BrowserId(entropy.new_id())
    kept, gone = (replace(a_session(entropy, person), browser_id=there) for _ in range(2))
    child, other = a_session(entropy, person, parent=gone.id), replace(a_session(entropy, person), browser_id=elsewhere)
    theirs = replace(a_session(entropy, PersonId(entropy.new_id())), browser_id=there)
    for number, session in enumerate((kept, gone, child, other, theirs)):
        services.sessions.add(account, session, token_digest=f"{number}" * 64)

    assert services.sessions.end_of_browser(account, person, there, at=LATER, but=kept.id) == 2

    open_ones = {one.id for who in (person, theirs.person_id) for one in services.sessions.of_person(account, who)}
    assert open_ones == {kept.id, other.id, theirs.id}
    assert services.sessions.is_open(account, person, kept.id)
    assert not services.sessions.is_open(account, person, gone.id)
    assert not services.sessions.is_open(account, person, theirs.id)


def test_open_sessions_come_last_seen_first(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    old, new = a_session(entropy, person), replace(a_session(entropy, person), last_seen_at=LATER)
    services.sessions.add(account, old, token_digest="1" * 64)
    services.sessions.add(account, new, token_digest="2" * 64)

    assert services.sessions.of_person(account, person) == [new, old]
    assert services.sessions.of_person(account, person, most=1) == [new]


@pytest.mark.security("SB2")
def test_a_link_is_used_once(services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId) -> None:
    link = a_link(entropy, person)
    services.links.add(account, link, token_digest="1" * 64)

    assert services.links.by_token(account, "1" * 64) == link
    assert not services.links.use(type(account)(entropy.new_id()), link.id, at=LATER)
    assert services.links.use(account, link.id, at=LATER)
    assert not services.links.use(account, link.id, at=LATER + timedelta(minutes=1))

    assert services.links.by_token(account, "1" * 64) == replace(link, used_at=LATER)
    assert services.links.by_token(account, "2" * 64) is None


@pytest.mark.parametrize(
    ("purposes", "open_after"),
    [(None, set()), (["reset"], {"invitation"}), (["invitation", "freeze"], {"reset"}), ([], {"reset", "invitation"})],
)
def test_a_persons_links_end_by_purpose(
    services: Services,
    account: AccountId,
    entropy: FakeEntropy,
    person: PersonId,
    purposes: list[str] | None,
    open_after: set[str],
) -> None:
    nobodys = a_link(entropy, None)
    mine = [a_link(entropy, person), a_link(entropy, person, purpose="invitation")]
    for link in (*mine, nobodys):
        services.links.add(account, link, token_digest=link.id)

    services.links.end(account, person, at=LATER, purposes=purposes)
    services.links.end(account, PersonId(entropy.new_id()), at=LATER)

    after = [services.links.by_token(account, link.id) for link in mine]
    assert {link.purpose for link in after if link is not None and link.used_at is None} == open_after
    assert services.links.by_token(account, nobodys.id) == nobodys
    services.links.end(account, None, at=LATER, purposes=["reset"])
    assert services.links.by_token(account, nobodys.id) == replace(nobodys, used_at=LATER)
