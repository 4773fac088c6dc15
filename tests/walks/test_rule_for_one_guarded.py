"""A rule for one person alone: who may make it and take it back, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.rule_kit import LIST, RULE, make_rule
from twofold.core.groups import Extra
from twofold.core.policy import Requirement
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

pytestmark = pytest.mark.usefixtures("texts_leave")


@pytest.mark.security("SE11")
def test_nobody_makes_or_takes_back_a_rule_for_themselves(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    rule = Extra(required=Requirement(starts_at=desk.clock.now()))
    desk.change(olive, own_rule=rule)
    assert not any("rule for this person alone" in text for _, text in as_owner.get(f"{LIST}/{olive.id}").links)
    for fields in ({"go": "remove"}, {"go": "save", "own_trust_days": "30"}, {"go": "save", "own_require": "1"}):
        page = as_owner.post(RULE, {"picked": olive.id, **fields})
        assert "Nobody decides this for themselves" in page.text
        assert desk.person(olive).own_rule == rule


@pytest.mark.security("SE11")
def test_an_admin_frees_no_admin_of_their_rule(desk: Desk, olive: Somebody) -> None:
    rule = Extra(required=Requirement(starts_at=desk.clock.now()))
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    bea = desk.add("bea@acme.example", Role.ADMIN, app=True, own_rule=rule)
    desk.change(olive, own_rule=rule)
    as_admin = desk.sign_in(adam)
    for target in (olive, bea):
        page = as_admin.post(RULE, {"picked": target.id, "go": "remove"})
        assert "An admin cannot decide this alone" in page.text
        assert desk.person(target).own_rule == rule


@pytest.mark.security("SE11")
def test_whoever_changed_the_address_does_not_take_the_requirement_back(desk: Desk, olive: Somebody) -> None:
    rule = Extra(required=Requirement(starts_at=desk.clock.now()))
    ann = desk.add("ann@acme.example", app=True, own_rule=rule)
    as_admin = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    fields = {"new_address": "new@example.org", "check": "video", "reason": "She lost the mailbox"}
    as_admin.post(f"{LIST}/{ann.id}/address", fields)
    for fields in ({"go": "remove"}, {"go": "save", "own_trust_days": "7"}, {"go": "save", "own_require": ""}):
        as_admin.post(RULE, {"picked": ann.id, **fields})
        assert desk.person(ann).own_rule == rule, as_admin.page.text
    page = as_admin.post(RULE, {"picked": ann.id, "go": "preview_remove"})
    assert "You changed their address or password in the last three days." in page.text
    as_admin.post(RULE, {"picked": ann.id, "go": "save", "own_require": "1", "own_trust_days": "0"})
    assert desk.person(ann).own_rule == replace(rule, trust_for=timedelta(0)), "to ask for more is free"
    desk.forward(days=3, minutes=1)
    as_admin = desk.sign_in(desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True))
    as_admin.post(RULE, {"picked": ann.id, "go": "remove"})
    assert desk.person(ann).own_rule is None


@pytest.mark.security("SE11")
def test_to_put_it_off_or_to_ask_less_often_counts_as_an_act_on_them(desk: Desk, olive: Somebody) -> None:
    now = desk.clock.now()
    rule = Extra(required=Requirement(starts_at=now), trust_for=timedelta(0))
    as_admin = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    address = {"check": "video", "reason": "She lost the mailbox", "new_address": "new@example.org"}
    for name, fields in (
        ("grace", {"own_require": "1", "own_grace_days": "300", "own_trust_days": "0"}),
        ("trust", {"own_require": "1", "own_trust_days": "90"}),
        ("back", {}),
    ):
        ann = desk.add(f"{name}@acme.example", app=True, own_rule=rule)
        as_admin.post(RULE, {"picked": ann.id, "go": "save" if fields else "remove", **fields})
        assert desk.person(ann).own_rule != rule
        as_admin.post(f"{LIST}/{ann.id}/address", address)
        assert not desk.events("address.proposed", of=ann), name


def test_an_owner_who_has_none_sets_up_first(desk: Desk) -> None:
    bare = desk.add("oscar@acme.example", Role.OWNER)
    ann = desk.add("ann@acme.example")
    as_bare = desk.sign_in(bare)
    for press in ("go=preview", "go=save"):
        page = make_rule(as_bare, ann, press, own_require="1")
        assert page.status == 400
        assert "Set up your own second factor first" in page.text
    assert desk.person(ann).own_rule is None


def test_a_fresh_code_is_asked_for_and_what_was_typed_is_kept(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.forward(minutes=6)
    make_rule(as_owner, ann, own_require="1", own_grace_days="3")
    assert desk.person(ann).own_rule is None
    as_owner.submit({"proof_passcode": olive.app.next_code()})
    own = desk.person(ann).own_rule
    assert own is not None
    assert own.required is not None
    assert own.required.grace_for == timedelta(days=3)
    desk.forward(minutes=6)
    as_owner.post(RULE, {"picked": ann.id, "go": "remove"})
    assert desk.person(ann).own_rule == own


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"own_require": "1", "own_starts": "at", "own_starts_at": "2020-01-01T09:00"}, "still to come"),
        ({"own_require": "1", "own_grace_days": "366"}, "from 0 to 365"),
        ({"own_trust_days": "91"}, "from 0 to 90"),
        ({"own_trust_days": "7", "because": "x" * 501}, "too long"),
        ({"own_way_totp": None, "own_only_strong": "1"}, "You do not meet this yourself"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Desk, as_owner: Browser, fields: dict[str, str | None], message: str
) -> None:
    ann = desk.add("ann@acme.example")
    for press in ("go=preview", "go=save"):
        page = make_rule(as_owner, ann, press, **fields)
        assert page.status == 400
        assert page.title.startswith("Error:")
        assert message in page.text
    assert desk.person(ann).own_rule is None


def test_before_it_begins_to_take_it_back_or_put_it_off_is_told(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    wanted = {"own_require": "1", "own_starts": "at", "own_starts_at": "2026-05-06T09:00"}
    make_rule(as_owner, ann, **wanted)
    page = make_rule(as_owner, ann, "go=preview", own_starts_at="2026-05-13T09:00")
    assert "Has nothing set up, and must set one up." in page.text
    assert "It begins on Wednesday 13 May 2026, 09:00 (Europe/London)." in page.text
    page = make_rule(as_owner, ann, "go=preview_remove")
    sentence = "Would have been asked for a second factor from Wednesday 6 May 2026, 09:00 (Europe/London) on, and will"
    assert sentence in page.text
    assert "It begins on" not in page.text


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AGENT, Role.END_USER])
def test_others_open_no_form(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(desk.add("nosy@acme.example", role, app=True, chosen=True))
    assert browser.get(f"{RULE}?picked={ann.id}").status == 403
    for go in ("choose", "preview", "save", "remove"):
        assert browser.post(RULE, {"picked": ann.id, "go": go, "own_require": "1"}).status == 403
    assert desk.person(ann).own_rule is None


def test_what_stands_in_the_address_saves_nothing(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    page = as_owner.get(f"{RULE}?picked={ann.id}&go=save&own_require=1")
    assert page.status == 200
    assert ("own_require", "1") not in page.form("own_ways").fields
    assert desk.person(ann).own_rule is None
    for ids in ("", "nobody", "0" * 26):
        assert as_owner.get(f"{RULE}?picked={ids}").status == 200
