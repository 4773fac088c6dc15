"""One block for each answer: what was looked at is counted, and what was right leaves no trace of a try."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import claim, codes, hold_phone, wrong
from tests.flows.profile_kit import require
from twofold.core.refusals import No
from twofold.core.throttle import Lane
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
