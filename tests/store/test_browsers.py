"""Browsers, and who is known or trusted on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.store.building import a_browser, a_known_browser
from twofold.core.ids import BrowserId, PersonId

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)


@pytest.fixture
def person(entropy: FakeEntropy) -> PersonId:
    return PersonId(entropy.new_id())


@pytest.mark.security("SH3")
def test_a_browsers_secret_turns_once(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    browser = a_browser(entropy)
    services.browsers.add(account, browser)

    assert services.browsers.find(account, browser.id) == browser
    assert services.browsers.rotate(account, browser, current="2" * 64, previous=browser.current)
    assert not services.browsers.rotate(account, browser, current="3" * 64, previous=browser.current)

    turned = replace(browser, current="2" * 64, previous=browser.current)
    assert services.browsers.find(account, browser.id) == turned
    assert services.browsers.rotate(account, turned, current=turned.current, previous=None)
    assert services.browsers.find(account, browser.id) == replace(turned, previous=None)
    assert services.browsers.find(type(account)(entropy.new_id()), browser.id) is None


def test_what_is_known_comes_back_as_stored(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    browser = a_browser(entropy)
    trusted = a_known_browser(browser.id, person)
    services.browsers.remember(account, trusted, most=10)

    assert services.browsers.known(account, browser.id, person) == trusted
    assert services.browsers.known(account, browser.id, PersonId(entropy.new_id())) is None
    assert services.browsers.known(type(account)(entropy.new_id()), browser.id, person) is None

    untrusted = replace(trusted, trust=None, last_used_at=LATER, name="Mine", address="")
    services.browsers.remember(account, untrusted, most=10)
    assert services.browsers.known(account, browser.id, person) == untrusted


def test_the_browsers_used_longest_ago_are_forgotten(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    for number in (3, 1, 2, 4):
        known = a_known_browser(BrowserId(entropy.new_id()), person)
        used_at = START + timedelta(days=number)
        services.browsers.remember(account, replace(known, name=f"{number}", last_used_at=used_at), most=3)
    services.browsers.remember(account, a_known_browser(BrowserId(entropy.new_id()), PersonId("x" * 26)), most=3)

    assert [known.name for known in services.browsers.of_person(account, person)] == ["4", "3", "2"]


@pytest.mark.security("SH3")
def test_one_persons_trust_is_never_anothers(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    browser, other = a_browser(entropy), PersonId(entropy.new_id())
    services.browsers.remember(account, a_known_browser(browser.id, person), most=10)
    services.browsers.remember(account, a_known_browser(browser.id, other, trust=None), most=10)

    assert not services.browsers.others_trust(account, browser.id, person)
    assert services.browsers.others_trust(account, browser.id, other)
    assert services.browsers.end_trust(account, other) == 0
    assert services.browsers.others_trust(account, browser.id, other)


def test_ended_trust_leaves_the_browser_known(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    trusted = [a_known_browser(BrowserId(entropy.new_id()), person) for _ in range(2)]
    for known in trusted:
        services.browsers.remember(account, known, most=10)

    assert services.browsers.end_trust(account, person) == 2
    assert services.browsers.end_trust(account, person) == 0
    assert services.browsers.known(account, trusted[0].browser_id, person) == replace(trusted[0], trust=None)


@pytest.mark.security("SH3")
def test_an_ended_series_is_forgotten_and_names_who_trusted_it(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    browser, other = a_browser(entropy), PersonId(entropy.new_id())
    services.browsers.add(account, browser)
    services.browsers.remember(account, a_known_browser(browser.id, person), most=10)
    services.browsers.remember(account, a_known_browser(browser.id, other, trust=None), most=10)

    assert services.browsers.end_series(account, browser.id) == [person]

    assert services.browsers.find(account, browser.id) is None
    assert services.browsers.known(account, browser.id, other) is None
    assert services.browsers.end_series(account, browser.id) == []


def test_a_known_browser_is_renamed_and_forgotten(
    services: Services, account: AccountId, entropy: FakeEntropy, person: PersonId
) -> None:
    known = a_known_browser(BrowserId(entropy.new_id()), person)
    services.browsers.remember(account, known, most=10)
    stranger = PersonId(entropy.new_id())

    assert services.browsers.rename(account, person, known.browser_id, "Kitchen")
    assert not services.browsers.rename(account, stranger, known.browser_id, "Theirs")
    assert services.browsers.of_person(account, person) == [replace(known, name="Kitchen")]
    assert not services.browsers.forget(account, stranger, known.browser_id)
    assert services.browsers.forget(account, person, known.browser_id)
    assert not services.browsers.forget(account, person, known.browser_id)
