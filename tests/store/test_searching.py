"""A search for what very many have walks in order and goes on page by page: nobody is left out, nobody is twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.store.building import a_person
from twofold.core.roles import Role
from twofold.store import people_page

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

NAMES = ("Ana", "Bo", "Cy")


@pytest.fixture
def crowd(services: Services, account: AccountId, entropy: FakeEntropy) -> list[str]:
    """Add 30 people and return the addresses in the order of the list."""
    found = []
    for number in range(30):
        name = f"{NAMES[number % 3]} Family{number:02}"
        person = replace(
            a_person(entropy, f"p{number}@acme.example", name), role=Role.AGENT if number % 2 else Role.END_USER
        )
        assert services.people.add(account, person)
        found.append((name.casefold(), person.email))
    return [email for _, email in sorted(found)]


@pytest.fixture(params=[(5000, 5000), (5, 4), (0, 7), (0, 1), (2, 50)])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    found_most, walked = request.param
    monkeypatch.setattr(people_page, "FOUND_MOST", found_most)
    monkeypatch.setattr(people_page, "WALKED", walked)


@pytest.mark.parametrize("search", ["acme", "ana", "ana acme", "family0", "bo family2", "p1", "nobody", "acme nobody"])
@pytest.mark.parametrize("role", [None, Role.AGENT])
def test_forwards_and_backwards_meet_everybody_once(
    database: DatabaseSettings,
    services: Services,
    account: AccountId,
    crowd: list[str],
    limits: None,
    search: str,
    role: Role | None,
) -> None:
    wanted = [
        email
        for email in crowd
        if all(any(word.startswith(term) for word in _words(email)) for term in search.split())
        and (role is None or int(email.split("@")[0][1:]) % 2)
    ]
    forwards, cursors, page = [], [], services.people.page(account, search=search, role=role, size=3)
    while True:
        assert len(page.rows) <= 3
        forwards += [row.email for row in page.rows]
        if not page.after:
            break
        cursors.append(page.after)
        page = services.people.page(account, search=search, role=role, size=3, after=page.after)
        assert page.before
    backwards = [row.email for row in reversed(page.rows)]
    while page.before:
        page = services.people.page(account, search=search, role=role, size=3, before=page.before)
        backwards += [row.email for row in reversed(page.rows)]

    assert forwards == wanted
    assert len(set(cursors)) == len(cursors)
    assert [*reversed(backwards)] == wanted


def _words(email: str) -> list[str]:
    number = int(email.split("@", maxsplit=1)[0][1:])
    return [NAMES[number % 3].casefold(), f"family{number:02}", f"p{number}", "acme", "example", email]
