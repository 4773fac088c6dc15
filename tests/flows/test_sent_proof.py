"""Fresh proof by a sent code: sent when the page first asks, kept for the session, used once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import NUMBER, codes, hold_mailbox, hold_phone, wrong
from tests.flows.profile_kit import a_visit, allow, enter, hold, passcode
from twofold.core.refusals import No, Refusal
from twofold.flows import prove, recovery_set
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.prove import ProofView, Proved
from twofold.ports.outbox import SendState

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.flows.visit import SignedIn
    from twofold.ports.people import Subscriber

MINUTE = timedelta(minutes=1)


def look(here: World, me: SignedIn, kind: str = "") -> ProofView:
    return prove.look(here.services, a_visit(here), me, kind)


def choose(here: World, me: SignedIn, kind: str = "") -> object:
    return prove.choose(here.services, a_visit(here), me, kind)


def send_again(here: World, me: SignedIn, kind: str = "") -> object:
    return prove.send_again(here.services, a_visit(here), me, kind)


def refused(here: World, me: SignedIn, code: str, kind: str = "") -> Refusal:
    outcome = prove.prove(here.services, a_visit(here), me, passcode=code, kind=kind)
    assert isinstance(outcome, Refuse), outcome
    return outcome.because


def proved(here: World, me: SignedIn, code: str, kind: str = "") -> Proved:
    outcome = prove.prove(here.services, a_visit(here), me, passcode=code, kind=kind)
    assert isinstance(outcome, Proved), outcome
    return outcome


def test_who_holds_nothing_proves_by_password_and_is_sent_nothing(here: World, ana: Subscriber) -> None:
    me = enter(here, ana.email)
    assert look(here, me) == ProofView(by_passcode=False, kind="", ways=(), shown={}, challenge=None)
    assert choose(here, me) == Done()
    assert send_again(here, me) == Done()
    assert here.outbox.messages == []


def test_an_app_is_named_and_nothing_is_sent(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    me = enter(here, ana.email)
    assert look(here, me) == ProofView(
        by_passcode=True,
        kind="totp",
        ways=look(here, me).ways,
        shown={"labels": ["App"], "things": [""]},
        challenge=None,
    )
    assert choose(here, me) == Done()
    assert here.outbox.messages == []
    proved(here, me, passcode(here, app))


def test_the_code_is_sent_once_for_the_session_and_proves_once(here: World, ana: Subscriber) -> None:
    # Dormant: nobody asks for it at sign-in, and it is what proves.
    hold_phone(here, ana)
    me = enter(here, ana.email)
    assert look(here, me).shown == {}

    assert choose(here, me) == Done()
    assert choose(here, me, "sms") == Done()

    (code,) = codes(here)
    view = look(here, me)
    assert (view.kind, view.shown["to"]) == ("sms", "•••• 4567")
    assert view.challenge is not None
    assert view.challenge.sending is SendState.WAITING
    assert refused(here, me, wrong(code)) == Refusal(No.WRONG, left=4)
    here.clock.move(timedelta(seconds=1))
    me = proved(here, me, code).me
    assert me.session.evidence.has("sms")
    assert refused(here, me, code, "sms").no is No.EXPIRED


def test_another_session_has_a_code_of_its_own(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    me, other = enter(here, ana.email), enter(here, ana.email)
    choose(here, me)
    assert refused(here, other, codes(here)[0]).no is No.EXPIRED


@pytest.mark.behaviour("B42")
def test_another_code_waits_and_voids_the_one_before(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    me = enter(here, ana.email)
    choose(here, me)
    sent_at = here.clock.now()
    assert send_again(here, me) == Refuse(because=Refusal(No.TOO_SOON, at=sent_at + timedelta(seconds=30)))
    now = here.clock.move(MINUTE)
    assert send_again(here, me) == Done()
    old, new = codes(here)
    assert refused(here, me, old) == Refusal(No.SUPERSEDED, at=sent_at, other_at=now)
    proved(here, me, new)


@pytest.mark.behaviour("B48")
def test_another_way_proves_as_well(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id, preferred=True)
    hold_mailbox(here, ana)
    me = enter(here, ana.email)
    assert [way.kind for way in look(here, me).ways] == ["totp", "email"]
    assert choose(here, me, "sms") == Refuse(because=Refusal(No.NOT_ALLOWED))
    assert choose(here, me, "email") == Done()
    assert look(here, me, "email").kind == "email"
    me = proved(here, me, codes(here, ana.email)[0], "email").me
    proved(here, me, passcode(here, app), "totp")


@pytest.mark.behaviour("B50")
def test_what_policy_allows_no_longer_proves_nothing_beside_what_it_allows(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    hold_mailbox(here, ana, preferred=True)
    allow(here, "totp")
    me = enter(here, ana.email)

    assert [way.kind for way in look(here, me, "email").ways] == ["totp"]
    assert choose(here, me, "email") == Refuse(because=Refusal(No.NOT_ALLOWED))
    assert here.outbox.messages == []
    proved(here, me, passcode(here, app), "totp")


@pytest.mark.behaviour("B50")
def test_what_policy_allows_no_longer_proves_for_the_set_up_of_what_it_allows(here: World, ana: Subscriber) -> None:
    hold_mailbox(here, ana)
    allow(here, "totp")
    me = enter(here, ana.email)

    assert choose(here, me, "email") == Done()
    proved(here, me, codes(here, ana.email)[0], "email")


@pytest.mark.behaviour("A71")
def test_a_mailed_code_proves_nothing_while_the_password_came_by_mail(here: World, ana: Subscriber) -> None:
    hold_mailbox(here, ana)
    made = recovery_set.make_set(here.services, here.account, ana.id, now=here.clock.now())
    marked = replace(here.person(ana.id), proved_by_mailbox_at=here.clock.now())
    assert here.services.people.replace(here.account.id, here.person(ana.id), marked)
    me = enter(here, ana.email)

    view = look(here, me)
    assert (view.by_passcode, view.kind, view.ways) == (True, "", ())
    assert choose(here, me) == Done()
    assert choose(here, me, "email") == Refuse(because=Refusal(No.NOT_ALLOWED))
    assert here.outbox.messages == []
    assert refused(here, me, "12345678", "email") == Refusal(No.PROVED_BY_MAILBOX)
    assert here.person(ana.id).proved_by_mailbox_at is not None

    me = proved(here, me, made[0]).me
    assert here.person(ana.id).proved_by_mailbox_at is None
    assert look(here, me).kind == "email"


def test_what_cannot_be_sent_is_said(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    here.texts.countries = frozenset()
    me = enter(here, ana.email)
    assert choose(here, me) == Refuse(because=Refusal(No.COUNTRY_NOT_SERVED))
    view = look(here, me)
    assert view.challenge is not None
    assert view.challenge.again == Refusal(No.COUNTRY_NOT_SERVED)
    assert NUMBER not in repr(view)
