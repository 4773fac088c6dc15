"""What somebody does in their profile, done by fifty at once on both databases: each thing happens once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START, an_account
from tests.store.building import a_person, a_session, an_enrolment, sealer
from tests.store.racing import PROCESSES, THREADS
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Evidence, Proof, Traits
from twofold.core.links import Purpose
from twofold.core.refusals import No
from twofold.core.rules import default_rules
from twofold.core.wanted import Requirement
from twofold.factors.registry import FACTORS
from twofold.flows import address, freeze, links, methods, password
from twofold.flows.freeze import Frozen
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.visit import SignedIn, Visit
from twofold.ports.policy import PolicyVersion
from twofold.store.jobs import JobStore
from twofold.store.outbox import MESSAGE, message_of
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from tests.store.racing import Racers
    from twofold.core.ids import AccountId, EnrolmentId
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Message
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

ALL = PROCESSES * THREADS


@pytest.fixture
def here(account: AccountId, entropy: FakeEntropy) -> Account:
    return replace(an_account(entropy), id=account)


@pytest.fixture
def ana(services: Services, here: Account, entropy: FakeEntropy) -> Subscriber:
    person = replace(
        a_person(entropy),
        frozen_at=None,
        suspended_at=None,
        must_set_up=False,
        exempt_until=None,
        email_changed_at=None,
        former_email="",
        enrolled_at=None,
    )
    assert services.people.add(here.id, person)
    return person


@pytest.fixture
def me(services: Services, here: Account, ana: Subscriber, entropy: FakeEntropy) -> SignedIn:
    """Ana with a session in which everything was proved a moment ago."""
    proofs = (
        Proof(kind=PASSWORD, at=START, traits=PASSWORD_TRAITS),
        Proof(kind="totp", at=START, traits=Traits(amr=("otp",))),
    )
    session = replace(a_session(entropy, ana.id), evidence=Evidence(proofs))
    services.sessions.add(here.id, session, token_digest="2" * 64)
    return SignedIn(session=session, person=ana, policy=services.policy.current(here.id))


def _own(services: Services) -> Services:
    """Give a racer ids of its own, and the factors."""
    return replace(services, entropy=SystemEntropy(), factors=FACTORS)


def _visit(account: Account) -> Visit:
    return Visit(account=account, address="198.51.100.7")


def reset(services: Services, number: int, account: Account, token: str) -> object:
    phrase = f"phrase {number} of some fifty"
    return password.reset(_own(services), _visit(account), token=token, new_password=phrase) == Done()


@pytest.mark.security("SB2")
def test_one_of_fifty_resets_a_password(racers: Racers, services: Services, here: Account, ana: Subscriber) -> None:
    url = links.make(_own(services), here, Purpose.PASSWORD_RESET, ana.id, now=START)

    answers = racers.race(reset, here, url.partition("?link=")[2])
    assert Counter(answers) == {True: 1, False: ALL - 1}


def frozen(services: Services, number: int, account: Account, token: str) -> object:
    return isinstance(freeze.freeze(_own(services), _visit(account), token), Frozen)


@pytest.mark.security("SB2")
def test_one_of_fifty_freezes(racers: Racers, services: Services, here: Account, ana: Subscriber) -> None:
    url = links.make(_own(services), here, Purpose.FREEZE, ana.id, now=START)

    answers = racers.race(frozen, here, url.partition("?link=")[2])
    assert Counter(answers) == {True: 1, False: ALL - 1}


def confirm(services: Services, number: int, account: Account, me: SignedIn, typed: str) -> object:
    outcome = address.confirm(_own(services), _visit(account), me, typed=typed)
    return outcome.because.no if isinstance(outcome, Refuse) else True


@pytest.mark.security("SB1")
def test_of_fifty_right_codes_one_moves_the_address(
    racers: Racers, services: Services, here: Account, me: SignedIn
) -> None:
    assert address.ask(_own(services), _visit(here), me, email="new@acme.example") == Done()
    (message,) = [one for one in _messages(here) if one.template == "address_code"]

    answers = Counter(racers.race(confirm, here, me, str(message.params["code"])))

    assert answers[True] == 1, answers
    moved = services.people.by_id(here.id, me.person.id)
    assert moved is not None
    assert moved.email == "new@acme.example"


@pytest.mark.security("SB3")
def test_of_fifty_wrong_codes_five_are_looked_at(
    racers: Racers, services: Services, here: Account, me: SignedIn
) -> None:
    assert address.ask(_own(services), _visit(here), me, email="other@acme.example") == Done()
    (message,) = [one for one in _messages(here) if one.template == "address_code"]
    wrong = "11111111" if message.params["code"] != "11111111" else "22222222"

    answers = Counter(racers.race(confirm, here, me, wrong))

    assert answers == {No.WRONG: 5, No.TOO_MANY_TRIES: ALL - 5}


def remove(services: Services, number: int, account: Account, me: SignedIn, two: list[EnrolmentId]) -> object:
    return methods.remove(_own(services), _visit(account), me, two[number % 2]) == Done()


def test_two_tabs_do_not_remove_both_methods_while_one_is_required(
    racers: Racers, services: Services, here: Account, me: SignedIn, entropy: FakeEntropy
) -> None:
    rules = default_rules()
    required = replace(rules, team=replace(rules.team, required=Requirement(starts_at=START - timedelta(days=1))))
    assert services.policy.add(here.id, PolicyVersion(number=1, rules=required, saved_at=START, saved_by=None))
    two = [replace(an_enrolment(entropy, me.person.id), kind="totp") for _ in range(2)]
    for one in two:
        assert services.enrolments.add(here.id, one)

    answers = racers.race(remove, here, me, [one.id for one in two])

    assert Counter(answers)[True] == 1
    assert len(services.enrolments.held(here.id, me.person.id)) == 1


def forgot(services: Services, number: int, account: Account, email: str) -> object:
    return password.forgot(_own(services), _visit(account), email=email) == Done()


@pytest.mark.security("SC4")
def test_of_fifty_requests_for_a_link_one_sends_it(
    racers: Racers, services: Services, here: Account, ana: Subscriber
) -> None:
    assert Counter(racers.race(forgot, here, ana.email)) == {True: ALL}

    sent = [one for one in _messages(here) if one.expires_at != one.put_at]
    assert len(sent) == 1


def _messages(account: Account) -> list[Message]:
    """Lease every job that waits, and return the messages of one account."""
    jobs = JobStore(sealer())
    found = []
    while (job := jobs.lease_next(START, timedelta(minutes=2))) is not None:
        if job.account == account.id and job.kind == MESSAGE:
            found.append(message_of(job))
        jobs.done(job, at=START)
    return found
