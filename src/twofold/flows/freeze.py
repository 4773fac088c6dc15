"""This was not me: what somebody can stop from a mail without being signed in.

Freezing ends sessions, trust and grants and requires a new password. For 72 h it also undoes a first enrolment, which
a thief may have made to lock the person out. No mailed link ever removes a factor that stood before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.effects import Change
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.flows import ending, links
from twofold.flows.former_address import FREEZES_FOR, mailbox_for_reset
from twofold.flows.journal import record, tell
from twofold.flows.outcomes import Conflict, Gone, Refuse
from twofold.flows.person_change import change_person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonValue
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

TEMPLATE: Final = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeView:
    """What the page with the button tells: what the mail was about, and what will follow."""

    about: str
    undoes_set_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """It was done; a link for a new password went to this mailbox."""

    sent_to: str
    undid_set_up: bool


def undoes_until(person: Subscriber, *, now: datetime) -> datetime | None:
    """Say until when freezing undoes what somebody holds: all of it goes back to a first enrolment of the last 72 h."""
    until = None if person.enrolled_at is None else person.enrolled_at + FREEZES_FOR
    return until if until is not None and now < until else None


def look(services: Services, visit: Visit, token: str) -> FreezeView | Refuse:
    """Tell what the button of a freeze link does. Writes nothing."""
    now = services.clock.now()
    link = links.read(services, visit.account, Purpose.FREEZE, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    held = services.enrolments.held(visit.account.id, person.id)
    about = link.detail.get("about", "")
    return FreezeView(
        about=about if isinstance(about, str) else "",
        undoes_set_up=_is_young_first(person, held, now),
    )


def freeze(services: Services, visit: Visit, token: str) -> Frozen | Refuse:
    """Use a freeze link: stop everything that is open, and mail a link for a new password."""
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        link = links.spend(services, account, Purpose.FREEZE, token, now=now)
        if isinstance(link, Refuse):
            return link
        person = services.people.by_id(account.id, link.person_id) if link.person_id else None
        if person is None:
            return Refuse(because=Refusal(No.ENDED))
        held = services.enrolments.held(account.id, person.id)
        undone = held if _is_young_first(person, held, now) else ()
        return _freeze(services, visit, person, undone, about=link.detail.get("about", ""), now=now)


def freeze_mine(services: Services, visit: Visit, me: SignedIn) -> Frozen | Refuse:
    """Freeze from one's own security settings. What is held stays: nobody proved the mailbox here."""
    now = services.clock.now()
    with services.transactions.begin():
        return _freeze(services, visit, me.person, (), about="security_settings", now=now, actor=me.person.id)


def _freeze(
    services: Services,
    visit: Visit,
    person: Subscriber,
    undone: Sequence[Enrolment],
    *,
    about: JsonValue,
    now: datetime,
    actor: PersonId | None = None,
) -> Frozen | Refuse:
    account = visit.account
    undo = bool(undone)
    written = change_person(services, account.id, person.id, lambda one: _frozen(one, undo=undo, now=now))
    if isinstance(written, Gone | Conflict):
        return Refuse(because=Refusal(No.ENDED))
    if undo:
        services.enrolments.remove(account.id, person.id, [one.id for one in undone])
        services.recovery_codes.discard(account.id, person.id)
    ending.apply(services, account.id, person.id, Change.FROZEN, now=now)
    record(
        services,
        visit,
        "sign_in.frozen",
        now=now,
        person=person.id,
        actor=actor,
        detail={"about": about, "undid_first_enrolment": undo},
    )
    sent_to = mailbox_for_reset(written)
    url = links.make(services, account, Purpose.PASSWORD_RESET, person.id, now=now)
    tell(services, account, written, TEMPLATE, {"url": url, "undid_set_up": undo}, now=now, to=sent_to)
    return Frozen(sent_to=sent_to, undid_set_up=undo)


def _frozen(person: Subscriber, *, undo: bool, now: datetime) -> Subscriber:
    frozen = replace(person, frozen_at=now)
    if not undo:
        return frozen
    return replace(frozen, must_set_up=True, chosen=False, enrolled_at=None, codes_unsaved=False)


def _is_young_first(person: Subscriber, held: Sequence[Enrolment], now: datetime) -> bool:
    """Tell whether all that is held goes back to a first enrolment of the last 72 h."""
    return bool(held) and undoes_until(person, now=now) is not None
