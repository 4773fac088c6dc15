"""Live challenges: one for each scope and kind, written over the version that was read, used up once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_challenge
from twofold.core.ids import PersonId

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.challenges import Live
    from twofold.ports.services import Services

SMS = "sms"


@pytest.fixture
def person(entropy: FakeEntropy) -> PersonId:
    return PersonId(entropy.new_id())


@pytest.fixture
def scope(entropy: FakeEntropy) -> str:
    return entropy.new_id()


def stored(services: Services, account: AccountId, scope: str, kind: str = SMS) -> Live:
    found = services.challenges.load(account, scope, kind)
    assert found is not None
    return found


def test_a_challenge_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId, scope: str
) -> None:
    live = a_challenge()

    assert services.challenges.replace(account, scope, SMS, person, live, version=0)

    found = stored(services, account, scope)
    assert found.version > 0
    assert found == replace(live, version=found.version)
    assert services.challenges.load(account, scope, "email") is None
    assert services.challenges.load(account, entropy.new_id(), SMS) is None
    assert services.challenges.load(type(account)(entropy.new_id()), scope, SMS) is None


def test_each_kind_of_a_scope_has_its_own(services: Services, account: AccountId, person: PersonId, scope: str) -> None:
    assert services.challenges.replace(account, scope, SMS, person, a_challenge(), version=0)
    assert services.challenges.replace(account, scope, "email", person, a_challenge(after=1), version=0)

    assert stored(services, account, scope, "email").expires_at == a_challenge(after=1).expires_at
    assert stored(services, account, scope).expires_at == a_challenge().expires_at


def test_one_is_written_over_the_version_that_was_read(
    services: Services, account: AccountId, person: PersonId, scope: str
) -> None:
    services.challenges.replace(account, scope, SMS, person, a_challenge(), version=0)
    read = stored(services, account, scope)
    tried = replace(read, tries=1)

    assert not services.challenges.replace(account, scope, SMS, person, a_challenge(), version=0)
    assert services.challenges.replace(account, scope, SMS, person, tried, version=read.version)
    assert not services.challenges.replace(account, scope, SMS, person, tried, version=read.version)

    assert stored(services, account, scope) == replace(tried, version=read.version + 1)


@pytest.mark.security("SB2")
def test_one_is_used_up_once(services: Services, account: AccountId, person: PersonId, scope: str) -> None:
    services.challenges.replace(account, scope, SMS, person, a_challenge(), version=0)
    read = stored(services, account, scope)

    assert not services.challenges.drop(account, scope, SMS, version=read.version + 1)
    assert services.challenges.drop(account, scope, SMS, version=read.version)
    assert not services.challenges.drop(account, scope, SMS, version=read.version)
    assert services.challenges.load(account, scope, SMS) is None


@pytest.mark.security("SB2")
def test_one_made_anew_is_not_taken_for_the_one_before(
    services: Services, account: AccountId, person: PersonId, scope: str
) -> None:
    services.challenges.replace(account, scope, SMS, person, a_challenge(), version=0)
    before = stored(services, account, scope)
    services.challenges.drop(account, scope, SMS, version=before.version)
    services.challenges.replace(account, scope, SMS, person, a_challenge(after=30), version=0)

    assert not services.challenges.replace(account, scope, SMS, person, before, version=before.version)
    assert not services.challenges.drop(account, scope, SMS, version=before.version)
    assert stored(services, account, scope).expires_at == START + timedelta(minutes=5, seconds=30)


def test_all_of_one_person_end_together_but_for_one_kind(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId, scope: str
) -> None:
    theirs = entropy.new_id()
    for kind in (SMS, "email", "typed"):
        services.challenges.replace(account, scope, kind, person, a_challenge(), version=0)
    services.challenges.replace(account, theirs, SMS, PersonId(entropy.new_id()), a_challenge(), version=0)

    services.challenges.end_all(account, person, but_kind="typed")

    assert services.challenges.load(account, scope, SMS) is None
    assert services.challenges.load(account, scope, "email") is None
    assert services.challenges.load(account, scope, "typed") is not None
    assert services.challenges.load(account, theirs, SMS) is not None
