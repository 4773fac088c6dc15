"""What the preview says: every kind of change in a sentence, and what weakens apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from twofold.core.groups import Extra
from twofold.core.policy import Accepts, Requirement, Weakening, Weaker, default_rules
from twofold.core.roles import Audience, Role
from twofold.factors.registry import FACTORS
from twofold.flows import foresee
from twofold.web.admin import policy_words
from twofold.web.admin.policy_fields import Kinds
from twofold.web.admin.rule_words import Speaker

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

PAGE = "/admin/account/security/advanced/authentication"
TEAM = "require_team_members"


@pytest.fixture
def as_owner(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))


def preview(browser: Browser, fields: dict[str, str | None]) -> str:
    browser.get(PAGE)
    browser.submit(fields, press="go=preview", having=TEAM)
    assert browser.page.status == 200
    return browser.page.text


@pytest.mark.parametrize(
    ("fields", "sentences"),
    [
        ({}, ["Nothing: it is as it was."]),
        ({TEAM: "1"}, ["Team members need a second factor from now on."]),
        (
            {"team_one_method": "1"},
            [
                "Team members hold one method at a time: a new one replaces the one before.",
                "Whoever holds several by now keeps them, until the next one that they set up takes the place of all.",
            ],
        ),
        (
            {TEAM: "1", "team_starts": "at", "team_starts_at": "2026-05-11T09:00"},
            ["Team members need a second factor from Monday 11 May 2026, 09:00 (Europe/London)."],
        ),
        (
            {TEAM: "1", "team_grace_days": "1"},
            ["Team members who have none may wait for 1 day, until Tuesday 5 May 2026."],
        ),
        (
            {TEAM: "1", "team_grace_days": "14"},
            ["Team members who have none may wait for 14 days, until Monday 18 May 2026."],
        ),
        (
            {TEAM: "1", "team_starts": "at", "team_starts_at": "2026-05-11T09:00", "team_grace_days": "3"},
            ["Team members who have none may wait for 3 days, until Thursday 14 May 2026, 09:00 (Europe/London)."],
        ),
        ({TEAM: "1", "team_open_sessions": "end"}, ["Team members who are signed in are asked at the start."]),
        ({"team_trust_days": "0"}, ["Team members are asked for a code at every sign-in."]),
        (
            {"end_users_trust_days": "60"},
            ["End users are asked once in 60 days on a computer they trust.", "a trusted computer is asked less often"],
        ),
        ({"team_trust_days": "1"}, ["Team members are asked once in 1 day on a computer they trust."]),
        (
            {"team_idle_minutes": "120"},
            ["Team members are signed out after 120 idle minutes.", "Team members: sessions last longer."],
        ),
        ({"team_session_hours": "10"}, ["Team members sign in again after 10 hours."]),
    ],
)
def test_each_change_is_a_sentence(as_owner: Browser, fields: dict[str, str | None], sentences: list[str]) -> None:
    text = preview(as_owner, fields)
    assert [sentence for sentence in sentences if sentence not in text] == []
    assert ("This asks for less than before" in text) is any(
        "less often" in one or "longer" in one for one in sentences
    )


def test_a_requirement_that_goes_is_said_twice(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    text = preview(as_owner, {TEAM: None})
    assert "Team members no longer need a second factor." in text
    assert "Team members: a second factor is no longer required." in text
    text = preview(as_owner, {"team_grace_days": "3"})
    assert "Team members who have none may wait for 3 days, until Thursday 7 May 2026" in text
    desk.forward(days=5)
    as_owner = desk.sign_in(desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True))
    text = preview(as_owner, {"team_grace_days": "3"})
    assert "Team members who come later and have none may wait for 3 days." in text, "for all others it is over"
    assert "need a second factor from" not in text, "it goes on as it is"


def test_every_way_of_weakening_has_its_words() -> None:
    whose = (*((audience, "") for audience in Audience), (None, "Night shift"))
    sentences = {
        policy_words.weaker_word(Weakening(audience, weaker, group)) for audience, group in whose for weaker in Weaker
    }
    assert len(sentences) == len(whose) * len(Weaker)


def test_other_kinds_are_told_of(desk: Desk) -> None:
    old = default_rules()
    new = replace(old, team=replace(old.team, accepts=Accepts(needs_strong=True)))
    kinds = Kinds(traits={kind: factor.traits for kind, factor in FACTORS.items()})
    said = policy_words.changes(old, new, Speaker(zone="UTC", now=desk.clock.now(), kinds=kinds))
    assert said == ["Team members: only these ways count from now on: Authenticator app."]


def test_what_begins_with_the_next_save_ends_on_a_day_and_not_at_an_hour(desk: Desk) -> None:
    now = desk.clock.now()
    old = default_rules()
    required = Requirement(starts_at=now, grace_for=timedelta(days=3))
    new = replace(old, team=replace(old.team, required=required))
    for later in (timedelta(), timedelta(milliseconds=40)):
        said = policy_words.changes(old, new, Speaker(zone="UTC", now=now + later, kinds=Kinds(traits={})))
        assert "Team members who have none may wait for 3 days, until Thursday 7 May 2026." in said


def test_what_is_required_of_one_person_alone_counts_before_it_begins(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    assert "Led through set-up" not in preview(as_owner, {"team_trust_days": "7"})
    desk.change(ann, own_rule=Extra(required=Requirement(starts_at=desk.clock.now() + timedelta(days=40))))
    assert "Led through set-up1" in preview(as_owner, {"team_trust_days": "7"})


def test_it_says_how_often_people_would_have_been_asked_last_month(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    for _ in range(3):
        desk.sign_in(ann, browser)
        browser.sign_out()
        desk.forward(days=4)
    desk.sign_in(ann)
    as_owner = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    text = preview(as_owner, {TEAM: "1"})
    assert "People who signed in2Sign-ins5" in text
    assert "Codes asked for, with the present policy1Codes asked for, with this one3" in text
    assert "told from the sign-ins of the last 30 days and their browsers" in text
    assert "End users There is nobody here yet." in text
    desk.add("carl@example.org", Role.END_USER)
    every = preview(as_owner, {TEAM: "1", "team_trust_days": "0"})
    assert "Codes asked for, with this one5Codes for each of these people, on average2.5" in every
    assert "End users Nobody of them notices the change." in every
    assert "Nobody of them signed in." in every, "end users"


def test_of_very_many_people_it_says_that_this_is_an_estimate(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foresee, "MOST_JUDGED", 0)
    desk.sign_in(desk.add("ann@acme.example"))
    text = preview(as_owner, {TEAM: "1"})
    assert "Codes asked for, with this one2Codes for each of these people, on average1.0" in text
    assert "Estimated from 4000 people of each audience." in text
