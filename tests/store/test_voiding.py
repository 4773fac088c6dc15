"""What ends with an address of an account: in parts and with the rest, on both databases, of this account alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_browser, a_known_browser, a_link, a_session, an_attempt
from twofold.core.ids import AccountId, PersonId
from twofold.core.instants import to_micros
from twofold.core.links import Purpose
from twofold.store import voiding
from twofold.store.rows import many

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.attempts import Attempt
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)
pytestmark = pytest.mark.usefixtures("database")


class Tokens:
    """What browsers and mailboxes hold of one account."""

    def __init__(self, services: Services, account: AccountId, entropy: FakeEntropy, *, count: int) -> None:
        self._services, self._account = services, account
        self.attempts, self.sessions, self.links, self.people = [], [], [], []
        for _ in range(count):
            person = PersonId(entropy.new_id())
            self.people.append(person)
            self.attempts.append(entropy.token())
            services.attempts.begin(account, an_attempt(entropy, person), token_digest=self.attempts[-1])
            self.sessions.append(entropy.token())
            services.sessions.add(account, a_session(entropy, person), token_digest=self.sessions[-1])
            self.links.append(entropy.token())
            link = a_link(entropy, person, purpose=Purpose.INVITATION.value)
            services.links.add(account, link, token_digest=self.links[-1])
            browser = a_browser(entropy)
            services.browsers.add(account, browser)
            services.browsers.remember(account, a_known_browser(browser.id, person), most=10)
        self.freezes = entropy.token()
        services.links.add(account, a_link(entropy, None, purpose=Purpose.FREEZE.value), token_digest=self.freezes)

    def open(self) -> tuple[int, int, int, int]:
        """Count the sessions, attempts, links and trusted browsers that open something."""
        here, account = self._services, self._account
        attempts = [here.attempts.by_token(account, token) for token in self.attempts]
        links = [here.links.by_token(account, token) for token in self.links]
        trusted = [known for person in self.people for known in here.browsers.of_person(account, person)]
        return (
            sum(here.sessions.by_token(account, token) is not None for token in self.sessions),
            sum(found is not None for found in attempts),
            sum(found is not None and found.used_at is None for found in links),
            sum(known.trust is not None for known in trusted),
        )

    def can_freeze(self) -> bool:
        found = self._services.links.by_token(self._account, self.freezes)
        return found is not None and found.used_at is None


def _close_one(services: Services, account: AccountId, entropy: FakeEntropy) -> Attempt:
    one = an_attempt(entropy, PersonId(entropy.new_id()))
    services.attempts.begin(account, one, token_digest=entropy.token())
    assert services.attempts.close(account, one, at=START)
    return one


def _closed_at(account: AccountId) -> dict[str, int | None]:
    return dict(many("SELECT id, closed_at FROM attempt WHERE account = %s", (account,)))


@pytest.mark.parametrize("at_once", [2, 500])
def test_everything_ends_part_by_part_and_of_no_other_account(
    services: Services, account: AccountId, entropy: FakeEntropy, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(voiding, "AT_ONCE", at_once)
    ours = Tokens(services, account, entropy, count=5)
    others = Tokens(services, AccountId(entropy.new_id()), entropy, count=1)
    long_closed = _close_one(services, account, entropy)
    voiding.end_part_by_part(account, at=LATER, begin=services.transactions.begin)
    assert ours.open() == (0, 0, 0, 0)
    assert ours.can_freeze()
    assert others.open() == (1, 1, 1, 1)
    found = _closed_at(account)
    assert found.pop(long_closed.id) == to_micros(START), "it ended when it did"
    assert [*found.values()] == [to_micros(LATER)] * 5


def test_the_rest_ends_at_once(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ours = Tokens(services, account, entropy, count=2)
    long_closed = _close_one(services, account, entropy)
    with services.transactions.begin():
        voiding.end_rest(account, at=LATER)
    assert ours.open() == (0, 0, 0, 0)
    assert ours.can_freeze()
    assert _closed_at(account)[long_closed.id] == to_micros(START)
    assert sorted(at or 0 for at in _closed_at(account).values()) == [to_micros(START), *[to_micros(LATER)] * 2]
