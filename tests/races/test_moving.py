"""Many people are put into a group and taken out by the same questions as few, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.races.test_admin import an_owner, sign_in
from tests.walks.counting import counted
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.policy import Requirement
from twofold.ports.announced import Announced

if TYPE_CHECKING:
    from tests.walks.kit import Desk

GROUP = GroupId("g" * 26)


@pytest.mark.parametrize("way", ["put-in", "take-out"])
def test_many_are_moved_by_the_questions_of_few(desk: Desk, way: str) -> None:
    browser, now = sign_in(desk, an_owner(desk, "olga")), desk.clock.now()
    # Who is put in is exempted, and who is taken out is asked no longer: both are told of.
    exempt = Extra(exempt_until=now + timedelta(days=1), exempt_because="At sea")
    extra = exempt if way == "put-in" else Extra(required=Requirement(starts_at=now))
    desk.rules(lambda rules: replace(rules, groups={GROUP: Group(name="Moved", extra=extra)}))
    desk.require(team=way == "put-in")

    def asked(people: range) -> list[str]:
        ids = [desk.add(f"p{number}@acme.example", app=number % 2 == 0).id for number in people]
        for one in ids:
            desk.services.announced.keep(desk.account.id, one, Announced(starts_at=now, until=None))
        if way == "take-out":
            desk.services.groups.add(desk.account.id, GROUP, ids, at=now)
        url = "/admin/people/groups/put-in" if way == "put-in" else f"/admin/people/groups/{GROUP}/take-out"
        browser.get("/admin/people")
        with counted() as seen:
            browser.post(url, {**{f"pick_{one}": "1" for one in ids}, "group": GROUP, "go": "save"}, follow=False)
        put = desk.services.groups.of_people(desk.account.id, ids)
        assert set(put) == (set(ids) if way == "put-in" else set())
        return [statement for statement in seen if statement.startswith("SELECT")]

    few = asked(range(2))
    assert asked(range(2, 40)) == few
    assert len(few) < 50, "\n".join(few)
    kind = "group.member_added" if way == "put-in" else "group.member_removed"
    assert len(desk.events(kind)) == 40
    mails = desk.mails("exempted") if way == "put-in" else desk.mails("set_up_called_off")
    assert len(mails) == (40 if way == "put-in" else 20)
    assert len(desk.mails("requirement_ended")) == (0 if way == "put-in" else 20)
