"""One block for each answer: what was looked at is counted, and what was right leaves no trace of a try."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import claim, codes, hold_phone, wrong
from tests.flows.profile_kit import require
from twofold.core.refusals import No
from twofold.core.throttle import TRIES_PER_ATTEMPT, Lane
from twofold.flows import second_factor, under_way
from twofold.flows.outcomes import Admitted

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.ids import AccountId
    from twofold.ports.audit import Event
    from twofold.ports.people import Subscriber
    from twofold.ports.sessions import Session


class Broken(Exception):
    """What nobody expects."""


class BrokenAudit:
    """A log that takes no refusals."""

    def __init__(self, here: World) -> None:
        self._log = here.services.audit

    def record(self, account: AccountId, event: Event) -> None:
        if event.kind == "second_factor.refused":
            raise Broken
        self._log.record(account, event)


class BrokenSessions:
    """A store in which no session fits."""

    def add(self, account: AccountId, session: Session, *, token_digest: str) -> None:
        raise Broken


@pytest.fixture(autouse=True)
def _required(here: World) -> None:
    require(here)


def counted(here: World, ana: Subscriber) -> tuple[int, object]:
    value, version = here.services.counters.load(here.account.id, Lane.UNKNOWN_BROWSERS.value, ana.id)
    return version, value.get("since_success")


@pytest.mark.security("SB3")
def test_a_wrong_answer_that_breaks_something_costs_its_try(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    code = codes(here)[-1]
    broken = replace(here.services, audit=BrokenAudit(here))  # type: ignore[arg-type]  # the one method that is called
    ana_.world = replace(here, services=broken)

    with pytest.raises(Broken):
        ana_.type(wrong(code))

    assert counted(here, ana) == (1, 1)


@pytest.mark.security("SB3")
def test_a_right_answer_that_breaks_something_costs_its_try_and_uses_nothing(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    code = codes(here)[-1]
    whole = ana_.world
    broken = replace(here.services, sessions=BrokenSessions())  # type: ignore[arg-type]  # as above
    ana_.world = replace(here, services=broken)

    with pytest.raises(Broken):
        ana_.type(code)

    assert counted(here, ana) == (1, 1)
    ana_.world = whole
    here.clock.move(here.services.numbers.lanes[Lane.UNKNOWN_BROWSERS].waits[0])
    assert isinstance(ana_.type(code), Admitted)
    assert counted(here, ana) == (2, 0)


def test_a_right_answer_at_once_counts_nowhere(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)

    assert isinstance(ana_.type(codes(here)[-1]), Admitted)

    assert counted(here, ana) == (0, None)


def test_a_shut_step_is_not_looked_at_and_costs_the_attempt_nothing(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    code = codes(here)[-1]
    assert ana_.refused(wrong(code)).no is No.WRONG

    # The next one is looked at after a second; until then not even the right one is.
    for _ in range(9):
        assert ana_.refused(code).no is No.WAITING

    here.clock.move(here.services.numbers.lanes[Lane.UNKNOWN_BROWSERS].waits[0])
    assert isinstance(ana_.type(code), Admitted)


@pytest.mark.security("SB3")
@pytest.mark.parametrize("is_right", [True, False])
def test_an_attempt_that_others_filled_meanwhile_says_nothing_of_the_answer(
    here: World, ana: Subscriber, monkeypatch: pytest.MonkeyPatch, *, is_right: bool
) -> None:
    """Whoever waited for their turn read the attempt before the answers that went first were counted on it."""
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    code = codes(here)[-1]
    account, digest = here.account.id, here.services.digests.of_token(ana_.token)
    before = under_way.read(here.services, ana_.visit, ana_.token, now=here.clock.now())
    assert before is not None
    for _ in range(TRIES_PER_ATTEMPT):
        there = here.services.attempts.by_token(account, digest)
        assert there is not None
        assert here.services.attempts.replace(account, there, replace(there, wrong=there.wrong + 1))
    monkeypatch.setattr(second_factor, "read", lambda *_given, **_named: before)

    assert ana_.refused(code if is_right else wrong(code)).no is No.TOO_MANY_TRIES

    assert here.services.sessions.of_person(account, ana.id) == []
