"""Accepting an invitation: name and password by a mailed link, then on through the one gate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.assurance import LINK_TRAITS, MAIL_LINK, PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.flows import known_browser, links
from twofold.flows.admit import Claim, settle
from twofold.flows.inviting import COPIED, has_never_signed_in
from twofold.flows.journal import record
from twofold.flows.outcomes import Admitted, Conflict, Denied, Ended, Gone, GoOn, Refuse
from twofold.flows.password import Unfit, hashed
from twofold.flows.person_change import change_person
from twofold.flows.standing_of import standing_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.roles import Role
    from twofold.flows.visit import Visit
    from twofold.ports.links import Link
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationView:
    """What the page shows: who is invited, as what, until when, and whether set-up follows."""

    email: str
    name: str
    role: Role
    will_set_up: bool
    expires_at: datetime


def look(services: Services, visit: Visit, token: str) -> InvitationView | Refuse:
    """Tell whom an invitation is for. Writes nothing."""
    now = services.clock.now()
    link = links.read(services, visit.account, Purpose.INVITATION, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = _invited(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    rules = services.policy.current(visit.account.id).rules
    stands = standing_of(services, visit.account.id, person, (), rules, now=now)
    return InvitationView(
        email=person.email,
        name=person.name,
        role=person.role,
        will_set_up=stands.asked,
        expires_at=link.expires_at,
    )


def accept(
    services: Services,
    visit: Visit,
    *,
    token: str,
    name: str,
    password: str,
) -> Admitted | GoOn | Denied | Ended | Refuse | Unfit:
    """Set name and password of somebody invited, and go on as policy says.

    A mailed link proves the mailbox as well, for 24 h from when it was made; one that an owner copied does not.
    """
    account = visit.account
    now = services.clock.now()
    link = links.read(services, account, Purpose.INVITATION, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = _invited(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    stored = hashed(services, visit.account.id, password, email=person.email, name=name)
    if not isinstance(stored, str):
        return stored
    proves_mailbox = link.detail.get(COPIED) is not True
    with services.transactions.begin():
        spent = links.spend(services, account, Purpose.INVITATION, token, now=now)
        if isinstance(spent, Refuse):
            return spent
        written = change_person(
            services,
            account.id,
            person.id,
            lambda one: replace(
                one,
                name=name,
                password=stored,
                email_proved_at=now if proves_mailbox else one.email_proved_at,
            ),
        )
        if isinstance(written, Gone | Conflict):
            return Refuse(because=Refusal(No.ENDED))
        services.links.end(account.id, person.id, at=now, purposes=[Purpose.INVITATION.value])
        record(
            services,
            visit,
            "invitation.accepted",
            now=now,
            person=person.id,
            detail={COPIED: not proves_mailbox},
        )
        claim = Claim(
            person=written,
            held=services.enrolments.held(account.id, person.id),
            rules=services.policy.current(account.id).rules,
            evidence=evidence(link, now, proves_mailbox=proves_mailbox),
            seen=known_browser.recognise(services, visit, person.id),
        )
        return settle(services, visit, claim, None, now=now, trust=claim.trust)


def evidence(link: Link, now: datetime, *, proves_mailbox: bool) -> Evidence:
    """Return what choosing a password behind a mailed link proves; one that was handed over proves no mailbox."""
    password = Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS)
    if not proves_mailbox:
        return Evidence((password,))
    return Evidence((Proof(kind=MAIL_LINK, at=link.made_at, traits=LINK_TRAITS), password))


def _invited(services: Services, visit: Visit, link: Link) -> Subscriber | None:
    """Return the person of the link while they have not signed in yet."""
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    if person is None or not has_never_signed_in(person):
        return None
    return person
