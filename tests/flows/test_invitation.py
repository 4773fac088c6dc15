"""An invitation is accepted once, through the one gate; a copied link says nothing about the mailbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import a_visit, enter, require, token_of, why_not
from twofold.core.links import Purpose
from twofold.core.refusals import No
from twofold.flows import invitation, links, set_up
from twofold.flows.invitation import InvitationView
from twofold.flows.outcomes import Admitted, GoOn, Refuse, Stage
from twofold.flows.password import Unfit
from twofold.flows.set_up import SetUpView

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.ids import PersonId

NEW = "seven lamps on a wall"


def test_whoever_accepts_is_signed_in_where_nothing_more_is_asked(here: World) -> None:
    person = _invited(here)
    token = _link(here, person)

    view = invitation.look(here.services, a_visit(here), token)
    assert isinstance(view, InvitationView)
    assert not view.will_set_up
    outcome = invitation.accept(here.services, a_visit(here), token=token, name="Ben", password=NEW)

    assert isinstance(outcome, Admitted)
    accepted = here.person(person)
    assert (accepted.name, accepted.email_proved_at) == ("Ben", here.clock.now())
    enter(here, "ben@acme.example", password=NEW)
    assert why_not(invitation.accept(here.services, a_visit(here), token=token, name="Ben", password=NEW)) is No.USED


@pytest.mark.parametrize(
    ("copied", "age", "needs_mailbox"),
    [(False, timedelta(hours=23), False), (False, timedelta(hours=25), True), (True, timedelta(hours=1), True)],
)
def test_only_a_young_mailed_link_stands_for_the_mailbox(
    here: World, copied: bool, age: timedelta, needs_mailbox: bool
) -> None:
    require(here)
    token = _link(here, _invited(here), copied=copied)
    here.clock.move(age)

    outcome = invitation.accept(here.services, a_visit(here), token=token, name="Ben", password=NEW)

    assert isinstance(outcome, GoOn)
    assert outcome.stage is Stage.SET_UP
    assert outcome.attempt_token is not None
    view = set_up.look(here.services, a_visit(here), outcome.attempt_token)
    assert isinstance(view, SetUpView)
    assert (view.mailbox is not None) is needs_mailbox


def test_an_invitation_ends_after_seven_days_or_a_first_password(here: World) -> None:
    person = _invited(here)
    early, late = _link(here, person), _link(here, person)
    assert isinstance(invitation.accept(here.services, a_visit(here), token=early, name="Ben", password=NEW), Admitted)
    assert isinstance(invitation.look(here.services, a_visit(here), late), Refuse)

    other = _link(here, _invited(here, "cleo@acme.example"))
    here.clock.move(timedelta(days=7))
    assert why_not(invitation.look(here.services, a_visit(here), other)) is No.EXPIRED


def test_suspended_people_cannot_accept(here: World) -> None:
    person = here.add_person("ben@acme.example", password=None, suspended_at=here.clock.now())

    outcome = invitation.accept(here.services, a_visit(here), token=_link(here, person.id), name="Ben", password=NEW)
    assert why_not(outcome) is No.ENDED


def test_an_unfit_password_leaves_the_link_good(here: World) -> None:
    token = _link(here, _invited(here))

    assert isinstance(invitation.accept(here.services, a_visit(here), token=token, name="Ben", password="short"), Unfit)
    here.passwords.busy = True
    assert why_not(invitation.accept(here.services, a_visit(here), token=token, name="Ben", password=NEW)) is No.BUSY
    here.passwords.busy = False
    assert isinstance(invitation.accept(here.services, a_visit(here), token=token, name="Ben", password=NEW), Admitted)


def _invited(here: World, email: str = "ben@acme.example") -> PersonId:
    return here.add_person(email, name="", password=None, email_proved_at=None, invited_at=here.clock.now()).id


def _link(here: World, person: PersonId, *, copied: bool = False) -> str:
    with here.services.transactions.begin():
        url = links.make(
            here.services,
            here.account,
            Purpose.INVITATION,
            person,
            now=here.clock.now(),
            detail={"copied": True} if copied else None,
        )
    return token_of(url)
