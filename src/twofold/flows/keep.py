"""Choosing: to be asked whatever the policy says, and to be asked at every sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.refusals import No, Refusal
from twofold.flows import prove
from twofold.flows.journal import record
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import change_person

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def keep_asking(
    services: Services,
    visit: Visit,
    me: SignedIn,
    on: bool,  # noqa: FBT001 -- the box on the page, on or off
) -> Done | Refuse | Conflict | Gone | NeedsProof:
    """Note "Keep asking me even if it stops being required".

    Only somebody who holds a factor can choose, and only after fresh proof: whoever lost what has been dormant would
    shut themselves out. Nothing but turning off takes the choice back, so `on=False` is refused once it was made.
    """
    if not on:
        return Refuse(because=Refusal(No.NOT_ALLOWED)) if me.person.chosen else Done()
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    now = services.clock.now()
    account = visit.account.id
    with services.transactions.begin():
        if not services.enrolments.held(account, me.person.id):
            return Refuse(because=Refusal(No.NOT_ALLOWED))
        written = change_person(services, account, me.person.id, lambda one: replace(one, chosen=True))
        if isinstance(written, Gone | Conflict):
            return written
        if not me.person.chosen:
            record(services, visit, "two_factor.chosen", now=now, person=me.person.id, actor=me.person.id)
    return Done()


def ask_every_time(
    services: Services,
    visit: Visit,
    me: SignedIn,
    on: bool,  # noqa: FBT001 -- the box on the page, on or off
) -> Done | Conflict | Gone:
    """Note that a passcode is wanted at every sign-in, also on trusted browsers; or that it no longer is."""
    now = services.clock.now()
    with services.transactions.begin():
        written = change_person(services, visit.account.id, me.person.id, lambda one: replace(one, every_sign_in=on))
        if isinstance(written, Gone | Conflict):
            return written
        if me.person.every_sign_in != on:
            record(
                services,
                visit,
                "two_factor.every_sign_in_changed",
                now=now,
                person=me.person.id,
                actor=me.person.id,
                detail={"on": on},
            )
    return Done()
