"""Before Save the page says whom saving mails: as many as are mailed then. Saying it writes and mails nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks import codes, group_kit
from tests.walks.test_roll_out import SETTINGS, TEAM
from twofold.core.groups import Extra
from twofold.core.policy import Requirement
from twofold.core.roles import Role
from twofold.flows import rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk

END_USERS: Final = "require_end_users"
JUNE: Final = {TEAM: "1", "team_starts": "at", "team_starts_at": "2026-06-01T08:00"}
JULY: Final = {TEAM: "1", "team_starts": "at", "team_starts_at": "2026-07-01T08:00"}
NOW: Final = {TEAM: "1", END_USERS: "1", "team_starts": "now", "end_users_starts": "now", "team_grace_days": "7"}
_SAID: Final = {
    "set_up_wanted": r"(\d+) (?:person|people) who (?:has|have) no second factor: that it is required",
    "set_up_called_off": r"(\d+) (?:person|people) who (?:was|were) told to set one up: that they need not",
    "requirement_ended": r"(\d+) (?:person|people) who (?:has|have) a second factor: that they are asked for it no",
    "ways_stop": r"(\d+) (?:person|people) who (?:has|have) a way that no longer counts: which one",
    "ways_count_again": r"(\d+) (?:person|people) who (?:was|were) told that a way of theirs no longer counts",
}


def said(html: str) -> dict[str, int]:
    """Return how many people a page says are mailed what, by the templates of the mails."""
    text = html.partition("Who is mailed when you save")[2].partition("</ul>")[0]
    assert text
    found = {name: int(one[1]) for name, pattern in _SAID.items() if (one := re.search(pattern, text))}
    assert bool(found) != ("Nobody" in text)
    return found


def mailed(desk: Desk, before: dict[str, list[str]]) -> dict[str, int]:
    """Return how many people were mailed what since then."""
    now = {name: [mail.to for mail in desk.mails(name)] for name in _SAID}
    new = {name: now[name][len(before[name]) :] for name in _SAID}
    assert all(len(to) == len(set(to)) for to in new.values()), "each once"
    return {name: len(to) for name, to in new.items() if to}


def previewed_and_saved(
    desk: Desk, browser: Browser, open_preview: Callable[[], Page], *, save: str = "save"
) -> dict[str, int]:
    """See what saving does, save it, and return whom it mailed, which is what the page said."""
    before = {name: [mail.to for mail in desk.mails(name)] for name in _SAID}
    page = open_preview()
    found = said(page.html)
    assert mailed(desk, before) == {}, "nobody is mailed by looking"
    assert said(open_preview().html) == found, "nor is anything kept of it"
    browser.submit(press=f"go={save}")
    assert mailed(desk, before) == found
    return found


def policy(desk: Desk, browser: Browser, **fields: str | None) -> dict[str, int]:
    def preview() -> Page:
        browser.get(SETTINGS)
        return browser.submit(fields, press="go=preview", having=TEAM)

    return previewed_and_saved(desk, browser, preview)


def fill(desk: Desk) -> None:
    """Add people of every kind; two of the team and one end user have nothing and are to be told of it."""
    now = desk.clock.now()
    for name in ("ann", "bea"):
        desk.add(f"{name}@acme.example")
    desk.add("end@other.example", Role.END_USER)
    desk.add("has@acme.example", app=True)
    desk.add("chose@acme.example", app=True, chosen=True)
    desk.add("gone@acme.example", suspended_at=now)
    desk.change(desk.add("invited@acme.example"), password=None)
    desk.add("reset@acme.example", must_set_up=True)
    desk.add("exempt@acme.example", exempt_until=now + timedelta(days=400), exempt_because="x")
    alone = Extra(required=Requirement(starts_at=now + timedelta(days=3)))
    desk.add("alone@acme.example", own_rule=alone)


@pytest.mark.behaviour("B52")
def test_as_many_are_mailed_as_the_page_said(desk: Desk, as_owner: Browser) -> None:
    fill(desk)
    assert policy(desk, as_owner, team_trust_days="7") == {}
    assert policy(desk, as_owner, **JUNE)["set_up_wanted"] >= 2
    assert policy(desk, as_owner, **JULY) != {}, "another day is told as well"
    assert policy(desk, as_owner, team_grace_days="3") != {}
    assert policy(desk, as_owner, **NOW)["set_up_wanted"] >= 3
    desk.forward(minutes=2)
    off = policy(desk, as_owner, **{TEAM: None, END_USERS: None})
    assert off["requirement_ended"] == 1, "has@, and not who chose it"
    assert off["set_up_called_off"] >= 3


def test_a_groups_rule_says_it_too(desk: Desk, as_owner: Browser) -> None:
    fill(desk)
    group_kit.make(as_owner, domains="other.example")
    group = as_owner.page.path

    def rule(**fields: str | None) -> dict[str, int]:
        return previewed_and_saved(desk, as_owner, lambda: group_kit.change(as_owner, group, "go=preview", **fields))

    assert rule(group_require="1", group_starts="now", group_grace_days="5") == {"set_up_wanted": 1}
    assert rule(group_trust_days="1") == {}

    def removal() -> Page:
        as_owner.get(f"{group}/rule")
        return as_owner.post(f"{group}/remove", {"go": "preview"})

    assert previewed_and_saved(desk, as_owner, removal) == {"set_up_called_off": 1}


def test_exempting_a_group_says_it_too(desk: Desk, as_owner: Browser) -> None:
    group = group_kit.make(as_owner, domains="acme.example").path
    for name in ("ann", "bea"):
        desk.add(f"{name}@acme.example")
    assert policy(desk, as_owner, **JUNE) == {"set_up_wanted": 2}
    page = f"{group}/exempt"

    def preview(until: str) -> Page:
        as_owner.get(page)
        return as_owner.submit({"until": until, "reason": "Clean room"}, press="go=preview", having="until")

    assert "in the history and in the mail to owners and admins." in as_owner.get(page).text
    assert "Error" in preview("2020-01-01").title
    shown = preview("2026-05-20").text
    said_of_it = "People in “Night shift”, but for owners and admins, are exempt until Wednesday 20 May 2026, 23:59"
    assert said_of_it in shown
    assert previewed_and_saved(desk, as_owner, lambda: preview("2026-05-20")) == {}, "over before the day"
    assert "The group is exempted." in as_owner.page.text
    assert previewed_and_saved(desk, as_owner, lambda: preview("2026-06-20")) == {"set_up_wanted": 2}, "another day"
    preview("2026-06-25")
    as_owner.submit(press="go=back")
    assert as_owner.page.path == page
    assert dict(as_owner.page.form("until").fields)["until"] == "2026-06-25"


def test_a_rule_for_some_people_alone_says_it_too(desk: Desk, as_owner: Browser) -> None:
    codes.texts_go_to(desk, "AT")
    people = [desk.add("ann@acme.example"), desk.add("has@acme.example", app=True), desk.add("reset@acme.example")]
    people.append(desk.add("texts@acme.example"))
    codes.give_phone(desk, people[-1])
    desk.change(people[2], must_set_up=True)

    def rule(press: str = "go=preview", /, **fields: str | None) -> dict[str, int]:
        def preview() -> Page:
            as_owner.post("/admin/people/rule", {"go": "choose", **{f"pick_{one.id}": "1" for one in people}})
            return as_owner.submit(fields, press=press, having="own_ways")

        return previewed_and_saved(desk, as_owner, preview, save="remove" if "remove" in press else "save")

    june: dict[str, str | None] = {"own_require": "1", "own_starts": "at", "own_starts_at": "2026-06-01T08:00"}
    assert rule(**june) == {"set_up_wanted": 1}
    assert rule(own_trust_days="1") == {}, "they were told that day"
    assert rule("go=preview_remove") == {"set_up_called_off": 1}
    now: dict[str, str | None] = {"own_require": "1", "own_starts": "now"}
    assert rule(**now) == {"set_up_wanted": 1}
    assert rule(own_way_sms=None, own_way_email=None) == {"ways_stop": 1}
    assert rule("go=preview_remove") == {"set_up_called_off": 1, "requirement_ended": 2}


def test_it_says_when_whoever_still_has_none_is_reminded(desk: Desk, as_owner: Browser) -> None:
    fill(desk)
    as_owner.get(SETTINGS)
    page = as_owner.submit({**JUNE, "team_grace_days": "7"}, press="go=preview", having=TEAM)
    assert "Whoever of them still has none is reminded on 5 June, 08:00 and 7 June, 08:00." in page.text
    as_owner.get(SETTINGS)
    page = as_owner.submit({TEAM: "1"}, press="go=preview", having=TEAM)
    assert "is reminded" not in page.text
    desk.forward(days=40)
    assert not [mail for mail in desk.mails() if mail.template.startswith("set_up")], "nothing was kept of looking"


def test_where_nobody_else_is_mailed_it_says_who_is(desk: Desk, as_owner: Browser) -> None:
    as_owner.get(SETTINGS)
    page = as_owner.submit({"team_trust_days": "60"}, press="go=preview", having=TEAM)
    assert "Nobody but owners and admins." in page.text
    as_owner.get(SETTINGS)
    page = as_owner.submit({}, press="go=preview", having=TEAM)
    assert "Who is mailed" not in page.text, "nothing is saved either"


def test_of_very_many_some_stand_for_all(desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        desk.add(f"agent{number}@acme.example")
        desk.add(f"end{number}@acme.example", Role.END_USER)
    monkeypatch.setattr(rehearsal, "MOST", 20)
    monkeypatch.setattr(rehearsal, "SAMPLE", 6)
    version = desk.services.policy.current(desk.account.id)
    now = desk.clock.now()
    required = Requirement(starts_at=now)
    rules = replace(version.rules, end_users=replace(version.rules.end_users, required=required))
    found = rehearsal.of_policy(desk.services, desk.account, version, rules, now=now)
    assert found.is_estimate
    assert found.people == {"set_up_wanted": 12}, "six were looked at, and stand for twelve"
    page = as_owner.get(SETTINGS)
    page = as_owner.submit({"team_trust_days": "7"}, press="go=preview", having=TEAM)
    assert "Nobody, or very few." in page.text
