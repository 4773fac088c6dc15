"""This was not me: ends what is open, asks for a new password, and undoes a young first enrolment alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PASSWORD, World
from tests.flows.profile_kit import a_visit, choose, enter, hold, mail, stands, token_of
from twofold.core.links import Purpose
from twofold.core.reasons import Reason
from twofold.core.refusals import No
from twofold.flows import freeze, links, password, sign_in
from twofold.flows.freeze import FreezeView, Frozen
from twofold.flows.outcomes import Denied, Done, GoOn, Refuse, Stage

if TYPE_CHECKING:
    from twofold.core.ids import PersonId


def test_freezing_ends_sessions_and_requires_a_new_password(here: World) -> None:
    ana = here.add_person()
    me = enter(here, ana.email)
    token = _link(here, ana.id)

    view = freeze.look(here.services, a_visit(here), token)
    assert isinstance(view, FreezeView)
    assert stands(here, me)
    outcome = freeze.freeze(here.services, a_visit(here), token)
    assert outcome == Frozen(sent_to=ana.email, undid_set_up=False)
    assert not stands(here, me)
    denied = _present(here, PASSWORD)
    assert isinstance(denied, Denied)
    assert denied.because.reason is Reason.FROZEN

    reset = token_of(mail(here, "frozen").params["url"])
    assert password.reset(here.services, a_visit(here), token=reset, new_password="a brand new phrase") == Done()
    enter(here, ana.email, password="a brand new phrase")


@pytest.mark.security("SE7")
def test_within_72_hours_freezing_undoes_a_first_enrolment_and_set_up_follows(here: World) -> None:
    ana = here.add_person()
    hold(here, ana.id)
    choose(here, ana.id)
    here.clock.move(timedelta(hours=71))

    outcome = freeze.freeze(here.services, a_visit(here), _link(here, ana.id))

    assert outcome == Frozen(sent_to=ana.email, undid_set_up=True)
    assert here.services.enrolments.held(here.account.id, ana.id) == ()
    assert here.person(ana.id).must_set_up
    reset = token_of(mail(here, "frozen").params["url"])
    password.reset(here.services, a_visit(here), token=reset, new_password="a brand new phrase")
    led = _present(here, "a brand new phrase")
    assert isinstance(led, GoOn)
    assert led.stage is Stage.SET_UP


@pytest.mark.security("SE7")
def test_afterwards_a_mailed_link_removes_no_factor(here: World) -> None:
    ana = here.add_person()
    app = hold(here, ana.id)
    here.clock.move(timedelta(hours=72))

    outcome = freeze.freeze(here.services, a_visit(here), _link(here, ana.id))

    assert outcome == Frozen(sent_to=ana.email, undid_set_up=False)
    assert [one.id for one in here.services.enrolments.held(here.account.id, ana.id)] == [app.id]


def test_an_older_factor_stays_when_a_second_one_is_young(here: World) -> None:
    ana = here.add_person()
    hold(here, ana.id, label="old")
    here.clock.move(timedelta(days=30))
    hold(here, ana.id, label="new")

    freeze.freeze(here.services, a_visit(here), _link(here, ana.id))

    assert len(here.services.enrolments.held(here.account.id, ana.id)) == 2


def test_a_freeze_link_works_once_and_outlives_what_a_thief_does(here: World) -> None:
    ana = here.add_person()
    token = _link(here, ana.id)
    me = enter(here, ana.email)
    password.change(here.services, a_visit(here), me, new_password="a thief changes this")

    assert isinstance(freeze.freeze(here.services, a_visit(here), token), Frozen)
    again = freeze.freeze(here.services, a_visit(here), token)
    assert isinstance(again, Refuse)
    assert again.because.no is No.USED


def test_freezing_ends_a_thiefs_unfinished_sign_in_and_link(here: World) -> None:
    ana = here.add_person()
    hold(here, ana.id)
    choose(here, ana.id)
    attempt = _present(here, PASSWORD)
    assert isinstance(attempt, GoOn)
    assert attempt.attempt_token is not None
    password.forgot(here.services, a_visit(here), email=ana.email)
    thiefs = token_of(mail(here, "password_forgotten").params["url"])

    freeze.freeze(here.services, a_visit(here), _link(here, ana.id))

    digest = here.services.digests.of_token(attempt.attempt_token)
    assert here.services.attempts.by_token(here.account.id, digest) is None
    assert isinstance(password.look_reset(here.services, a_visit(here), thiefs), Refuse)


def test_freezing_from_the_settings_undoes_no_enrolment(here: World) -> None:
    ana = here.add_person()
    app = hold(here, ana.id)
    choose(here, ana.id)
    me = enter(here, ana.email, app)

    assert freeze.freeze_mine(here.services, a_visit(here), me) == Frozen(sent_to=ana.email, undid_set_up=False)
    assert not stands(here, me)
    assert len(here.services.enrolments.held(here.account.id, ana.id)) == 1


def test_the_link_of_somebody_who_was_removed_does_nothing(here: World) -> None:
    ana = here.add_person()
    token = _link(here, ana.id)
    found = here.person(ana.id)
    here.services.people.replace(here.account.id, found, replace(found, name="Ana"))
    here.services.people.remove(here.account.id, ana.id)

    assert isinstance(freeze.look(here.services, a_visit(here), token), Refuse)
    assert isinstance(freeze.freeze(here.services, a_visit(here), token), Refuse)


def _link(here: World, person: PersonId) -> str:
    with here.services.transactions.begin():
        url = links.make(here.services, here.account, Purpose.FREEZE, person, now=here.clock.now())
    return token_of(url)


def _present(here: World, typed: str) -> object:
    return sign_in.present_password(here.services, a_visit(here), email="ana@acme.example", password=typed, next_url="")
