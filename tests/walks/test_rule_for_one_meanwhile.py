"""A rule for one person alone that somebody else saved meanwhile: nobody puts another in its place unseen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.rule_kit import APP_ONLY, LIST, RULE, make_rule, take_back
from twofold.core.groups import Extra
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

AGAIN = "look at it, then save again"


@pytest.fixture
def owner(desk: Desk) -> Somebody:
    codes.texts_go_to(desk, "AT")
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def olga(desk: Desk, owner: Somebody) -> Browser:
    return desk.sign_in(owner)


@pytest.fixture
def otto(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("otto@acme.example", Role.OWNER, app=True, chosen=True))


def own(desk: Desk, somebody: Somebody) -> Extra:
    found = desk.person(somebody).own_rule
    assert found is not None
    return found


def test_of_two_who_opened_the_form_the_second_is_told(desk: Desk, olga: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    olga.get(f"{RULE}?picked={ann.id}")
    make_rule(otto, ann, own_require="1")
    page = olga.submit({**APP_ONLY, "because": "The phone was lost"}, press="go=save", having="own_ways")
    assert page.status == 400
    assert "Somebody else changed this rule meanwhile." in page.text
    assert "Now it says: A second factor is required" in page.text, "what holds now is said"
    assert AGAIN in page.text
    assert own(desk, ann).required is not None
    assert own(desk, ann).accepts.is_everything

    fields = page.form("own_ways").fields
    assert ("because", "The phone was lost") in fields, "what was typed is there"
    assert not {name for name, _ in fields} & {"own_require", "own_way_sms", "own_way_email"}
    olga.submit({"own_require": "1"}, press="go=save", having="own_ways")
    assert own(desk, ann).required is not None
    assert own(desk, ann).accepts.kinds == frozenset({"totp"})


def test_it_is_compared_after_the_fresh_proof_as_well(
    desk: Desk, owner: Somebody, olga: Browser, otto: Browser
) -> None:
    ann = desk.add("ann@acme.example", app=True)
    desk.forward(minutes=6)
    make_rule(olga, ann, own_trust_days="7")
    rule = Extra(trust_for=timedelta(0))
    desk.change(ann, own_rule=rule)
    page = olga.submit({"proof_passcode": owner.app.next_code()})
    assert AGAIN in page.text
    assert own(desk, ann) == rule
    assert ("own_trust_days", "7") in page.form("own_ways").fields


def test_it_is_compared_behind_and_before_what_it_does(desk: Desk, olga: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    make_rule(olga, ann, "go=preview", own_trust_days="7")
    make_rule(otto, ann, own_require="1")
    page = olga.submit(press="go=save")
    assert AGAIN in page.text
    assert ("own_trust_days", "7") in page.form("own_ways").fields
    take_back(otto, ann)
    page = olga.submit(press="go=preview", having="own_ways")
    assert page.status == 400
    assert "Now there is none." in page.text
    assert AGAIN in page.text
    olga.submit(press="go=preview", having="own_ways")
    olga.submit(press="go=back")
    make_rule(otto, ann, own_require="1")
    assert AGAIN in olga.submit(press="go=save", having="own_ways").text, "going back shows nothing newer"
    assert own(desk, ann).trust_for is None


def test_what_is_wrong_beside_it_shows_nothing_newer(desk: Desk, olga: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    olga.get(f"{RULE}?picked={ann.id}")
    make_rule(otto, ann, own_require="1")
    page = olga.submit({"own_trust_days": "91"}, press="go=save", having="own_ways")
    assert "from 0 to 90" in page.text
    page = olga.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")
    assert AGAIN in page.text
    assert own(desk, ann).required is not None


def test_a_rule_that_nobody_saw_is_not_taken_back(desk: Desk, olga: Browser, otto: Browser) -> None:
    ann = desk.add("ann@acme.example", app=True)
    make_rule(otto, ann, own_trust_days="7")
    make_rule(olga, ann, "go=preview_remove")
    make_rule(otto, ann, own_require="1")
    page = olga.submit(press="go=remove")
    assert page.status == 400
    assert "So it was not taken back" in page.text
    assert own(desk, ann).required is not None
    olga.submit(press="go=preview_remove", having="own_ways")
    olga.submit(press="go=remove")
    assert desk.person(ann).own_rule is None


def test_of_several_the_others_are_saved(desk: Desk, olga: Browser, otto: Browser) -> None:
    ann, ben, cy, di = (desk.add(f"{name}@acme.example", app=True) for name in ("ann", "ben", "cy", "di"))
    olga.get(LIST)
    olga.submit({f"pick_{one.id}": "1" for one in (ann, ben, cy, di)}, press="go=choose", having="everybody_here")
    make_rule(otto, ann, own_require="1")
    desk.change(ben, name="Benjamin", skipped=1)
    desk.change(cy, own_rule=Extra(trust_for=timedelta(days=7)))
    desk.change(di, role=Role.OWNER)
    di_rule = desk.person(di).own_rule
    page = olga.submit({"own_trust_days": "7"}, press="go=save", having="own_ways")
    assert "It was saved for 2 people." in page.text
    assert own(desk, ben).trust_for == timedelta(days=7), "nobody changed the rule"
    assert desk.person(di).own_rule != di_rule
    assert "It was so already." in page.text, "both wanted the same"
    assert own(desk, ann).trust_for is None
    assert "Rule for Ann alone" in page.text
    assert AGAIN in page.text
    olga.submit(press="go=save", having="own_ways")
    assert own(desk, ann).trust_for == timedelta(days=7)


@pytest.mark.parametrize("seen", ["", "strange", "x" * 9000, ".", "0" * 26])
def test_whoever_names_nothing_seen_means_what_holds(desk: Desk, olga: Browser, seen: str) -> None:
    ann = desk.add("ann@acme.example", app=True)
    olga.post(RULE, {"picked": ann.id, "go": "save", "own_trust_days": "7", "seen": seen})
    assert own(desk, ann).trust_for == timedelta(days=7)
