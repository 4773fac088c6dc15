"""What is stored as true comes back as true, and not as the number that a database keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.store.building import a_person, a_session, an_attempt, an_enrolment

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services


def test_truth_values_of_a_person(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = replace(a_person(entropy), chosen=True, every_sign_in=True, must_set_up=True, codes_unsaved=True)
    services.people.add(account, person)
    found = services.people.by_id(account, person.id)
    assert found is not None
    stored = (found.chosen, found.every_sign_in, found.must_set_up, found.codes_unsaved)
    assert all(one is True for one in stored), stored


def test_truth_values_of_a_sign_in(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = a_person(entropy)
    services.people.add(account, person)
    services.attempts.begin(account, replace(an_attempt(entropy, person.id), setting_up=True), token_digest="a" * 64)
    services.enrolments.add(account, replace(an_enrolment(entropy, person.id), strong=True, preferred=True))
    services.sessions.add(account, replace(a_session(entropy, person.id), trusted=True), token_digest="b" * 64)
    attempt = services.attempts.by_token(account, "a" * 64)
    session = services.sessions.by_token(account, "b" * 64)
    (held,) = services.enrolments.held(account, person.id)
    assert attempt is not None
    assert session is not None
    stored = (attempt.setting_up, session.trusted, held.strong, held.preferred)
    assert all(one is True for one in stored), stored
