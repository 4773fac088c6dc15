"""The link "Set up now" is of one person, and is used up by one of several that come by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes import PASSWORD, World
from tests.flows.profile_kit import a_visit, enter, require, token_of, why_not
from twofold.core.refusals import No
from twofold.flows import set_up_link
from twofold.flows.outcomes import GoOn, Refuse
from twofold.flows.set_up_link import SetUpLinkView

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.ports.keys import Match


def link(here: World, person: PersonId) -> str:
    made = set_up_link.make(here.services, here.account, person, now=here.clock.now(), wanted_by=None)
    return token_of(str(made["url"]))


@pytest.mark.security("SB2")
def test_a_link_that_another_used_while_the_password_was_hashed_opens_nothing(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = here.add_person("ann@acme.example")
    require(here)
    token = link(here, ann.id)
    verify = here.services.passwords.verify

    def meanwhile(typed: str, stored: str | None) -> Match:
        monkeypatch.setattr(here.services.passwords, "verify", verify)
        first = set_up_link.sign_in_by(here.services, a_visit(here), token=token, password=PASSWORD)
        assert isinstance(first, GoOn)
        return verify(typed, stored)

    monkeypatch.setattr(here.services.passwords, "verify", meanwhile)
    second = set_up_link.sign_in_by(here.services, a_visit(here), token=token, password=PASSWORD)
    assert why_not(second) is No.ENDED
    assert here.kinds().count("set_up_link.followed") == 1


@pytest.mark.security("SI5")
def test_it_opens_nothing_for_anybody_else_and_is_not_used_up_by_them(here: World) -> None:
    ann = here.add_person("ann@acme.example")
    here.add_person("bob@acme.example")
    token = link(here, ann.id)
    bob = enter(here, "bob@acme.example")
    assert why_not(set_up_link.begin(here.services, a_visit(here), bob, token)) is No.ENDED
    view = set_up_link.look(here.services, a_visit(here), token)
    assert isinstance(view, SetUpLinkView)
    assert view.person_id == ann.id
    assert isinstance(set_up_link.look(here.services, a_visit(here), "x"), Refuse)
