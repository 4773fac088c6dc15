"""Acts on sign-ins and calls for help: come back as stored, decided once, listed while they are open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_call, a_person, an_act
from twofold.core.helping import Act, State
from twofold.core.ids import AttemptId, HelpActId, HelpCallId, PersonId
from twofold.core.roles import Role
from twofold.ports.pages import Page
from twofold.store.cursors import pack

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.helping import HelpAct, HelpCall
    from twofold.ports.services import Services

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
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
    agreed = replace(
        an_act(entropy, PersonId(entropy.new_id())), state=State.APPROVED, ends_at=asked.ends_at + DAY, asked_at=START
    )
    services.help_acts.add(account, agreed)
    acts = services.help_acts
    assert {one.id for one in acts.open_page(account, now=START).rows} == {agreed.id, asked.id, older.id}
    assert acts.open_page(account, now=START).rows[0] == agreed
    assert acts.open_page(account, now=asked.ends_at) == Page((agreed,))
    assert acts.open_page(account, now=agreed.ends_at) == Page(())
    assert acts.count_open(account, now=START, most=10) == 3
    assert acts.count_open(account, now=START, most=2) == 2
    assert acts.open_about(account, ana, now=START) == [asked, older]
    assert list(acts.open_about(account, ana, now=asked.ends_at)) == []


def test_open_requests_are_read_page_by_page(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    # Three of one moment each, so that the id decides, too.
    there = [replace(an_act(entropy, ana), ends_at=START + DAY + number // 3 * MINUTE) for number in range(125)]
    for act in there:
        services.help_acts.add(account, act)
    found: list[HelpAct] = []
    after, pages = "", 0
    while after or not pages:
        page = services.help_acts.open_page(account, now=START, after=after, size=50)
        found += page.rows
        after, pages = page.after, pages + 1
    assert found == sorted(there, key=lambda act: (act.ends_at, act.id), reverse=True)
    assert pages == 3
    first = services.help_acts.open_page(account, now=START, size=50)
    for strange in ("strange", pack("9" * 40, "x"), pack("x", "x"), pack("0", "")):
        assert services.help_acts.open_page(account, now=START, after=strange, size=50) == first


def test_to_whom_a_helper_has_done_something_is_found_by_when(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    helper, people = PersonId(entropy.new_id()), [PersonId(entropy.new_id()) for _ in range(3)]
    acts = [
        replace(an_act(entropy, person), asked_by=helper, done_at=START + number * DAY)
        for number, person in enumerate(people)
    ]
    for act in (*acts, *acts[1:], replace(an_act(entropy, ana), asked_by=helper), an_act(entropy, ana)):
        services.help_acts.add(account, replace(act, id=HelpActId(entropy.new_id())))
    services.help_acts.add(account, replace(acts[2], id=HelpActId(entropy.new_id()), person_id=ana, act=Act.CODE))
    done_to = services.help_acts.done_to
    assert done_to(account, helper, [Act.RESET, Act.EXEMPT], since=START) == {people[1], people[2]}
    assert done_to(account, helper, [Act.RESET], since=START - DAY) == set(people)
    assert done_to(account, helper, [Act.CODE, Act.RESET], since=START) == {people[1], people[2], ana}
    assert not done_to(account, ana, [Act.RESET], since=START - DAY)


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
    calls = services.help_calls
    assert calls.open_page(account, since=before, end_users=False) == Page((third, second, first))
    assert calls.open_page(account, since=START, end_users=False) == Page((third, second))
    assert calls.count_open(account, since=before, end_users=False, most=10) == 3
    assert calls.count_open(account, since=before, end_users=False, most=2) == 2
    assert calls.open_ones(account, ana, since=before) == [third, first]
    assert calls.open_ones(account, ana, since=before, most=1) == [third]


def test_open_calls_are_read_page_by_page_and_those_of_end_users_alone(
    services: Services, account: AccountId, entropy: FakeEntropy, ana: PersonId
) -> None:
    user = replace(a_person(entropy, "user@globex.example"), role=Role.END_USER)
    services.people.add(account, user)
    there = [
        replace(a_call(entropy, user.id if number % 5 == 0 else ana), called_at=START + number // 3 * MINUTE)
        for number in range(125)
    ]
    for call in there:
        services.help_calls.add(account, call)
    for end_users, expected in ((False, there), (True, there[::5])):
        found: list[HelpCall] = []
        after, size = "", len(expected) * 2 // 5
        while after or not found:
            page = services.help_calls.open_page(
                account, since=START - DAY, end_users=end_users, after=after, size=size
            )
            found += page.rows
            after = page.after
        assert found == sorted(expected, key=lambda call: (call.called_at, call.id), reverse=True)
        count = services.help_calls.count_open(account, since=START - DAY, end_users=end_users, most=1000)
        assert count == len(expected)
    first = services.help_calls.open_page(account, since=START - DAY, end_users=False)
    for strange in ("strange", pack("9" * 40, "x"), pack("x", "x"), pack("0", "")):
        assert services.help_calls.open_page(account, since=START - DAY, end_users=False, after=strange) == first
