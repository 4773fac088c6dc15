"""The counts on a group's page, in an account too large to count while somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.walks.group_kit import change, make
from twofold.core.roles import Role
from twofold.flows import counts

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

COUNTING = "Its people are being counted."


def counted(desk: Desk) -> None:
    """Let the worker count what is due."""
    counts.begin_where_due(desk.services, desk.account.id)
    desk.mails()


@pytest.mark.parametrize("other", [{"role_end_user": "1", "role_admin": None}, {"domains": "night.example"}])
def test_a_group_of_others_never_shows_the_counts_of_the_former(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch, other: dict[str, str | None]
) -> None:
    monkeypatch.setattr(counts, "AT_ONCE", 2)
    desk.add("adam@acme.example", Role.ADMIN)
    for number in range(3):
        desk.add(f"user{number}@night.example", Role.END_USER)
    group = make(as_owner, role_admin="1").path
    counted(desk)
    assert "0 of 1 person has a second factor." in as_owner.get(group).text

    change(as_owner, group, role_admin=None)
    change(as_owner, group, **other)
    text = as_owner.get(group).text
    assert COUNTING in text
    assert "0 of 1 person" not in text
    counted(desk)
    text = as_owner.get(group).text
    assert "0 of 3 people have a second factor." in text
    assert COUNTING not in text


@pytest.mark.parametrize("page", ["", "/admin/roll-out"], ids=["group", "roll-out"])
@pytest.mark.parametrize("at_once", [2, 20_000], ids=["large", "small"])
def test_whether_it_is_large_is_asked_once(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch, at_once: int, page: str
) -> None:
    for number in range(3):
        desk.add(f"user{number}@night.example", Role.END_USER)
    group = make(as_owner, role_end_user="1", group_require="1").path
    monkeypatch.setattr(counts, "AT_ONCE", at_once)
    counted(desk)
    with CaptureQueriesContext(connection) as queries:
        shown = as_owner.get(page or group)
    assert "of 3 people" in shown.text
    asked = [each["sql"] for each in queries if f"LIMIT {at_once + 1}) counted" in each["sql"]]
    assert len(asked) == len(set(asked)) == 2, "of the team, then of the end users"
