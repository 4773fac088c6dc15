"""Acts on sign-ins and calls for help: come back as stored, decided once, listed while they are open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_call, an_act
from twofold.core.helping import Act, State
from twofold.core.ids import AttemptId, HelpActId, HelpCallId, PersonId

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

DAY = timedelta(days=1)
LATER = START + timedelta(hours=1)


@pytest.fixture
def ana(entropy: FakeEntropy) -> PersonId:
    return PersonId(entropy.new_id())


def test_an_act_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    act = an_act(entropy, ana)
    services.help_acts.add(account, act)
    assert services.help_acts.by_id(account, act.id) == act
    decided = replace(act, decided_by=PersonId(entropy.new_id()), decided_at=LATER, done_at=LATER, id=HelpActId("x"))
    services.help_acts.add(account, decided)
    assert services.help_acts.by_id(account, decided.id) == decided
    assert services.help_acts.by_id(type(account)(entropy.new_id()), act.id) is None


def test_an_act_is_decided_once(services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId) -> None:
    act = an_act(entropy, ana)
    services.help_acts.add(account, act)
    yes = replace(act, state=State.APPROVED, decided_by=ana, decided_at=LATER, ends_at=LATER + DAY)
    assert services.help_acts.replace(account, act, yes)
    assert not services.help_acts.replace(account, act, replace(act, state=State.REFUSED))
    found = services.help_acts.by_id(account, act.id)
    assert found == replace(yes, version=1)
    assert services.help_acts.replace(account, found, replace(found, state=State.DONE, done_at=LATER))
    assert not services.help_acts.replace(account, found, found)


def test_what_is_open_is_listed_until_it_runs_out(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    asked, older = an_act(entropy, ana), replace(an_act(entropy, ana), asked_at=START - DAY)
    for act in (
        asked,
        older,
        replace(an_act(entropy, ana), state=State.DONE),
        replace(an_act(entropy, ana), state=State.REFUSED),
    ):
        services.help_acts.add(account, act)
    assert services.help_acts.open_ones(account, now=START) == [asked, older]
    assert services.help_acts.open_ones(account, now=START, most=1)
    assert list(services.help_acts.open_ones(account, now=asked.ends_at)) == []


def test_what_a_helper_has_done_is_found_by_when(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    helper = PersonId(entropy.new_id())
    acts = [replace(an_act(entropy, ana), asked_by=helper, done_at=START + n * DAY) for n in range(3)]
    for act in (*acts, replace(an_act(entropy, ana), asked_by=helper), an_act(entropy, ana)):
        services.help_acts.add(account, act)
    assert services.help_acts.done_by(account, helper, since=START) == [acts[2], acts[1]]
    assert services.help_acts.done_by(account, helper, since=START - DAY, most=2) == [acts[2], acts[1]]
    assert not services.help_acts.done_by(account, ana, since=START - DAY)


def test_what_a_helper_did_to_somebody_is_found_behind_any_number_of_acts_that_came_to_nothing(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    helper, ben = PersonId(entropy.new_id()), PersonId(entropy.new_id())
    done = replace(an_act(entropy, ana), act=Act.RESET, asked_by=helper, done_at=LATER)
    let_in = replace(an_act(entropy, ana), act=Act.LET_IN, asked_by=ben, done_at=START - DAY)
    withdrawn = (replace(an_act(entropy, ana), asked_by=helper, asked_at=LATER) for _ in range(120))
    for act in (done, let_in, *withdrawn, replace(done, id=an_act(entropy, ana).id, person_id=ben)):
        services.help_acts.add(account, act)
    acts = services.help_acts
    assert acts.sorts_done(account, helper, ana, since=START) == {Act.RESET}
    assert acts.sorts_done(account, helper, ana, since=LATER) == frozenset()
    assert acts.sorts_done(account, ana, ana, since=START - DAY) == frozenset()
    assert acts.times_done(account, ana, Act.LET_IN) == 1
    assert acts.times_done(account, ana, Act.RESET) == 1
    assert acts.times_done(account, ben, Act.LET_IN) == 0


def test_a_call_comes_back_as_stored_and_is_closed_once(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    call = a_call(entropy, ana)
    services.help_calls.add(account, call)
    assert services.help_calls.by_id(account, call.id) == call
    assert services.help_calls.by_id(account, HelpCallId(entropy.new_id())) is None
    assert services.help_calls.close(account, call.id, by=ana, at=LATER)
    assert not services.help_calls.close(account, call.id, by=ana, at=LATER)
    closed = replace(call, closed_at=LATER, closed_by=ana)
    assert services.help_calls.by_id(account, call.id) == closed
    assert services.help_calls.of_attempt(account, call.attempt_id) == closed


def test_open_calls_are_listed_the_newest_first(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    bo, attempt = PersonId(entropy.new_id()), AttemptId(entropy.new_id())
    first, second = a_call(entropy, ana), replace(a_call(entropy, bo), called_at=LATER)
    third = replace(a_call(entropy, ana), called_at=LATER + DAY, attempt_id=attempt)
    again = replace(a_call(entropy, ana), called_at=LATER + DAY + DAY, attempt_id=attempt)
    for call in (first, second, third, again):
        services.help_calls.add(account, call)
    assert services.help_calls.of_attempt(account, attempt) == again
    assert services.help_calls.of_attempt(account, AttemptId(entropy.new_id())) is None
    services.help_calls.close(account, again.id, by=bo, at=LATER)
    before = START - DAY
    assert services.help_calls.open_ones(account, since=before) == [third, second, first]
    assert services.help_calls.open_ones(account, since=before, most=1) == [third]
    assert services.help_calls.open_ones(account, since=START) == [third, second]
    assert services.help_calls.open_ones(account, since=before, person=ana) == [third, first]
