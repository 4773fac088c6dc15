"""Authenticators and recovery codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import an_enrolment
from twofold.core.ids import PersonId
from twofold.ports.enrolments import CodeUse, RecoveryCodesLeft
from twofold.ports.reports import SurveyedMethod

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)


@pytest.fixture
def person(entropy: FakeEntropy) -> PersonId:
    return PersonId(entropy.new_id())


def test_an_enrolment_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    first = replace(an_enrolment(entropy, person, lookup="credential"), strong=True, last_used_at=LATER)
    second = replace(an_enrolment(entropy, person), confirmed_at=LATER)
    third = replace(an_enrolment(entropy, person), confirmed_at=START + timedelta(days=9), preferred=True)

    for enrolment in (second, first, third):
        assert services.enrolments.add(account, enrolment)
    services.enrolments.add(account, an_enrolment(entropy, PersonId(entropy.new_id())))

    assert services.enrolments.held(account, person) == (third, first, second)


def test_what_several_people_hold_comes_in_the_same_order_and_without_secrets(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    other, nobody = (PersonId(entropy.new_id()) for _ in range(2))
    first = replace(an_enrolment(entropy, person), strong=True, last_used_at=LATER)
    second = replace(an_enrolment(entropy, person), confirmed_at=START + timedelta(days=9), preferred=True)
    for enrolment in (first, second, an_enrolment(entropy, other), an_enrolment(entropy, nobody)):
        services.enrolments.add(account, enrolment)

    found = services.enrolments.methods_of(account, [person, other, PersonId(entropy.new_id())])

    assert found.keys() == {person, other}
    assert [one.id for one in found[person]] == [second.id, first.id]
    assert found[person][1] == SurveyedMethod(
        id=first.id, kind=first.kind, strong=True, confirmed_at=first.confirmed_at, last_used_at=LATER
    )
    assert services.enrolments.methods_of(account, []) == {}
    assert services.enrolments.methods_of(type(account)(entropy.new_id()), [person]) == {}


def test_a_look_up_key_is_unique_per_account_and_kind(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    taken = an_enrolment(entropy, person, lookup="credential")
    other = type(account)(entropy.new_id())
    services.enrolments.add(account, taken)

    with services.transactions.begin():
        assert not services.enrolments.add(account, an_enrolment(entropy, person, lookup="credential"))
        assert services.enrolments.add(
            account, replace(an_enrolment(entropy, person, lookup="credential"), kind="security_key")
        )
        assert services.enrolments.add(other, an_enrolment(entropy, person, lookup="credential"))


@pytest.mark.security("SA2")
def test_a_state_is_written_over_the_version_that_was_read_once(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    enrolment = an_enrolment(entropy, person)
    services.enrolments.add(account, enrolment)

    assert services.enrolments.replace_state(account, enrolment, {"last_step": 6}, used_at=LATER)
    assert not services.enrolments.replace_state(account, enrolment, {"last_step": 7}, used_at=LATER)

    assert services.enrolments.held(account, person) == (
        replace(enrolment, state={"last_step": 6}, last_used_at=LATER, version=1),
    )


@pytest.mark.security("SA2")
def test_a_use_that_leaves_the_state_counts_the_version_up_once(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    enrolment = an_enrolment(entropy, person)
    services.enrolments.add(account, enrolment)

    assert services.enrolments.replace_state(account, enrolment, None, used_at=LATER)
    assert not services.enrolments.replace_state(account, enrolment, None, used_at=LATER)

    assert services.enrolments.held(account, person) == (replace(enrolment, last_used_at=LATER, version=1),)


def test_renaming_and_preferring_leave_the_version(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    one, two = an_enrolment(entropy, person), replace(an_enrolment(entropy, person), preferred=True)
    for enrolment in (one, two):
        services.enrolments.add(account, enrolment)
    stranger = PersonId(entropy.new_id())

    assert services.enrolments.rename(account, person, one.id, "Old phone")
    assert services.enrolments.prefer(account, person, one.id)
    assert not services.enrolments.rename(account, stranger, one.id, "Mine now")
    assert not services.enrolments.prefer(account, stranger, one.id)

    assert services.enrolments.held(account, person) == (
        replace(one, label="Old phone", preferred=True),
        replace(two, preferred=False),
    )


def test_only_a_persons_own_enrolments_are_removed(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    mine, kept = an_enrolment(entropy, person), an_enrolment(entropy, person)
    theirs = an_enrolment(entropy, PersonId(entropy.new_id()))
    for enrolment in (mine, kept, theirs):
        services.enrolments.add(account, enrolment)

    assert services.enrolments.remove(account, person, [mine.id, theirs.id]) == 1
    assert services.enrolments.remove(account, person, []) == 0

    assert services.enrolments.held(account, person) == (kept,)
    assert services.enrolments.held(account, theirs.person_id) == (theirs,)


@pytest.mark.security("SB2")
def test_a_recovery_code_is_spent_once(services: Services, account: AccountId, person: PersonId) -> None:
    services.recovery_codes.replace_all(account, person, ["1" * 64, "2" * 64, "3" * 64], at=START)

    first = services.recovery_codes.spend(account, person, "1" * 64, at=LATER)
    again = services.recovery_codes.spend(account, person, "1" * 64, at=LATER + timedelta(days=1))

    assert first == CodeUse(spent=True, used_at=LATER, by_helper=False, left=2)
    assert again == CodeUse(spent=False, used_at=LATER, by_helper=False, left=2)
    assert services.recovery_codes.spend(account, person, "9" * 64, at=LATER) is None
    assert services.recovery_codes.left(account, person) == RecoveryCodesLeft(left=2, made_at=START)


@pytest.mark.security("SI6")
def test_a_code_of_one_person_is_nobody_elses(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    services.recovery_codes.replace_all(account, person, ["1" * 64], at=START)
    other_account = type(account)(entropy.new_id())

    assert services.recovery_codes.spend(account, PersonId(entropy.new_id()), "1" * 64, at=LATER) is None
    assert services.recovery_codes.spend(other_account, person, "1" * 64, at=LATER) is None
    assert services.recovery_codes.left(account, person).left == 1


def test_a_new_set_voids_the_old_one_but_not_the_helpers(
    services: Services, account: AccountId, person: PersonId
) -> None:
    services.recovery_codes.replace_all(account, person, ["1" * 64], at=START)
    services.recovery_codes.put_helpers(account, person, "a" * 64, at=START, until=LATER)
    services.recovery_codes.replace_all(account, person, ["2" * 64, "3" * 64], at=LATER)

    assert services.recovery_codes.spend(account, person, "1" * 64, at=LATER) is None
    assert services.recovery_codes.left(account, person) == RecoveryCodesLeft(left=2, made_at=LATER)
    assert services.recovery_codes.spend(account, person, "a" * 64, at=START) == CodeUse(
        spent=True, used_at=START, by_helper=True, left=2
    )


def test_a_helpers_code_runs_out_and_only_the_newest_counts(
    services: Services, account: AccountId, person: PersonId
) -> None:
    services.recovery_codes.put_helpers(account, person, "a" * 64, at=START, until=LATER)
    services.recovery_codes.put_helpers(account, person, "b" * 64, at=START, until=LATER)

    assert services.recovery_codes.spend(account, person, "a" * 64, at=START) is None
    assert services.recovery_codes.spend(account, person, "b" * 64, at=LATER) == CodeUse(
        spent=False, used_at=None, by_helper=True, left=0
    )
    assert services.recovery_codes.left(account, person) == RecoveryCodesLeft(left=0, made_at=None)


def test_discarding_voids_every_code(services: Services, account: AccountId, person: PersonId) -> None:
    services.recovery_codes.replace_all(account, person, ["1" * 64], at=START)
    services.recovery_codes.put_helpers(account, person, "a" * 64, at=START, until=LATER)

    services.recovery_codes.discard(account, person)

    assert services.recovery_codes.spend(account, person, "1" * 64, at=START) is None
    assert services.recovery_codes.spend(account, person, "a" * 64, at=START) is None
