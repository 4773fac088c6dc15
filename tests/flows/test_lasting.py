"""Which steps of a sign-in are on the disk before anybody hears of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PASSWORD
from tests.flows.codes_kit import claim, codes, hold_phone
from tests.flows.profile_kit import a_visit
from twofold.flows import sign_in
from twofold.flows.outcomes import Admitted, GoOn, Refuse

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.fakes import World
    from twofold.core.ids import AccountId
    from twofold.flows.outcomes import SignInOutcome
    from twofold.ports.people import Subscriber


class Watched:
    """Transactions that remember which of their blocks last."""

    def __init__(self, here: World) -> None:
        self._real = here.services.transactions
        self.lasted: list[bool] = []

    def begin(self, *, lasting: bool = True) -> AbstractContextManager[None]:
        self.lasted.append(lasting)
        return self._real.begin(lasting=lasting)

    def alone(self, account: AccountId, *subjects: str) -> None:
        self._real.alone(account, *subjects)


@pytest.fixture
def watched(here: World) -> Watched:
    return Watched(here)


def present(here: World, watched: Watched, ana: Subscriber, password: str) -> SignInOutcome:
    services = replace(here.services, transactions=watched)
    return sign_in.present_password(services, a_visit(here), email=ana.email, password=password, next_url="")


def test_a_password_that_only_leads_on_is_not_waited_for(here: World, watched: Watched, ana: Subscriber) -> None:
    hold_phone(here, ana)
    assert here.services.people.replace(here.account.id, ana, replace(ana, chosen=True))

    assert isinstance(present(here, watched, ana, PASSWORD), GoOn)

    trying, deciding, *sending = watched.lasted
    assert (trying, deciding) == (False, False)
    assert all(sending)


def test_a_session_lasts(here: World, watched: Watched, ana: Subscriber) -> None:
    assert isinstance(present(here, watched, ana, PASSWORD), Admitted)
    assert watched.lasted == [False, True]


def test_a_refusal_lasts(here: World, watched: Watched, ana: Subscriber) -> None:
    assert isinstance(present(here, watched, ana, "nobody's password at all"), Refuse)
    assert watched.lasted == [False, True]


def test_whatever_is_typed_at_the_second_step_lasts(here: World, watched: Watched, ana: Subscriber) -> None:
    hold_phone(here, ana)
    assert here.services.people.replace(here.account.id, ana, replace(ana, chosen=True))
    ana_ = claim(here, ana)
    ana_.world = replace(here, services=replace(here.services, transactions=watched))

    assert isinstance(ana_.type(codes(here)[-1]), Admitted)

    assert watched.lasted == [True]
