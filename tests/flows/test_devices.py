"""Browsers, sessions, details, and what the settings show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import a_visit, choose, enter, hold, require, stands
from twofold.core.ids import BrowserId, SessionId
from twofold.core.roles import Role
from twofold.flows import devices, profile, security
from twofold.flows.codes import renew as renew_codes
from twofold.flows.outcomes import Done, Gone
from twofold.flows.signed_in import SHOWN

if TYPE_CHECKING:
    from tests.fakes import World


def test_forgetting_a_browser_ends_its_trust_and_its_sessions(here: World) -> None:
    ana = here.add_person()
    app = hold(here, ana.id)
    choose(here, ana.id)
    elsewhere = enter(here, ana.email, app)
    me = enter(here, ana.email, app)
    assert elsewhere.session.browser_id is not None

    assert devices.forget_browser(here.services, a_visit(here), me, elsewhere.session.browser_id) == Done()

    assert stands(here, me)
    assert not stands(here, elsewhere)
    assert [one.is_this for one in security.look(here.services, a_visit(here), me).browsers] == [True]


@pytest.mark.security("SE9")
def test_no_session_of_a_forgotten_browser_is_overlooked_for_being_one_of_many(here: World) -> None:
    ana = here.add_person()
    elsewhere = enter(here, ana.email)
    here.clock.move(timedelta(minutes=2))
    me = enter(here, ana.email)
    for number in range(SHOWN):
        one = replace(me.session, id=SessionId(here.entropy.new_id()))
        here.services.sessions.add(here.account.id, one, token_digest=f"{number:064}")
    assert elsewhere.session.browser_id is not None

    assert security.look(here.services, a_visit(here), me).sessions.are_more
    assert len(security.look(here.services, a_visit(here), me).sessions.sessions) == SHOWN
    assert devices.forget_browser(here.services, a_visit(here), me, elsewhere.session.browser_id) == Done()

    assert not here.services.sessions.is_open(here.account.id, ana.id, elsewhere.session.id)


def test_all_browsers_can_be_forgotten(here: World) -> None:
    ana = here.add_person()
    elsewhere = enter(here, ana.email)
    me = enter(here, ana.email)

    assert devices.forget_browsers(here.services, a_visit(here), me) == Done()
    assert security.look(here.services, a_visit(here), me).browsers == ()
    assert not stands(here, elsewhere)
    assert stands(here, me)


def test_sessions_end_one_by_one_or_all(here: World) -> None:
    ana = here.add_person()
    first, second, me = (enter(here, ana.email) for _ in range(3))
    visit = a_visit(here)

    assert devices.end_session(here.services, visit, me, first.session.id) == Done()
    assert devices.end_session(here.services, visit, me, first.session.id) == Gone()
    assert (stands(here, first), stands(here, second)) == (False, True)
    assert devices.end_other_sessions(here.services, visit, me) == Done()
    assert (stands(here, second), stands(here, me)) == (False, True)
    assert devices.sign_out_everywhere(here.services, visit, me) == Done()
    assert not stands(here, me)


@pytest.mark.security("SI6")
def test_browsers_and_sessions_of_somebody_else_are_not_there(here: World) -> None:
    here.add_person()
    here.add_person("ben@acme.example")
    theirs = enter(here, "ben@acme.example")
    me = enter(here, "ana@acme.example")
    visit = a_visit(here)
    assert theirs.session.browser_id is not None

    assert devices.end_session(here.services, visit, me, theirs.session.id) == Gone()
    assert devices.end_session(here.services, visit, me, SessionId("")) == Gone()
    assert devices.forget_browser(here.services, visit, me, theirs.session.browser_id) == Gone()
    assert devices.rename_browser(here.services, visit, me, theirs.session.browser_id, name="mine") == Gone()
    assert devices.forget_browser(here.services, visit, me, BrowserId("x")) == Gone()
    assert stands(here, theirs)


def test_a_browser_can_be_named(here: World) -> None:
    ana = here.add_person()
    me = enter(here, ana.email)
    assert me.session.browser_id is not None

    devices.rename_browser(here.services, a_visit(here), me, me.session.browser_id, name="Desk")
    devices.rename_browser(here.services, a_visit(here), me, me.session.browser_id, name="")

    assert [one.known.name for one in security.look(here.services, a_visit(here), me).browsers] == ["Desk"]


def test_the_settings_say_what_may_go_and_who_helps(here: World) -> None:
    here.add_person("olga@acme.example", role=Role.OWNER, name="Olga")
    ana = here.add_person()
    app = hold(here, ana.id)
    choose(here, ana.id)
    me = enter(here, ana.email, app)
    renew_codes(here.services, a_visit(here), me)

    view = security.look(here.services, a_visit(here), me)
    assert [(one.allowed, one.can_remove) for one in view.methods] == [(True, True)]
    assert (view.ways_back.recovery_codes, view.ways_back.helpers, view.ways_back.count) == (10, ("Olga",), 2)
    assert view.browsers[0].trusted_until is not None

    require(here)
    me = enter(here, ana.email, app)
    assert [one.can_remove for one in security.look(here.services, a_visit(here), me).methods] == [False]


def test_end_users_are_told_no_names(here: World) -> None:
    here.add_person("olga@acme.example", role=Role.OWNER, name="Olga")
    eve = here.add_person("eve@customer.example", role=Role.END_USER)
    me = enter(here, eve.email)

    ways = security.look(here.services, a_visit(here), me).ways_back
    assert (ways.helpers, ways.others_help, ways.count) == ((), True, 1)


def test_details_are_stored_and_told_only_when_they_change(here: World) -> None:
    ana = here.add_person()
    me = enter(here, ana.email)
    visit = a_visit(here)

    assert profile.save(here.services, visit, me, name="Ana", locale="de", time_zone="Europe/Lisbon") == Done()
    changed = here.person(ana.id)
    assert (changed.name, changed.locale, changed.time_zone) == ("Ana", "de", "Europe/Lisbon")
    assert "profile.changed" in here.kinds()
    here.services.people.remove(here.account.id, ana.id)
    assert profile.save(here.services, visit, me, name="Ana", locale="", time_zone="") == Gone()
