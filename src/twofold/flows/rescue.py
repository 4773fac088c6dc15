"""The operator's way in for somebody who is locked out: a one-use link and a one-use recovery code.

Who can type a command on the server could read the whole database, so no second person is asked. What is done is
recorded, and every owner is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core import recovery
from twofold.core.assurance import OPERATOR_LINK, OPERATOR_TRAITS, PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.effects import Change
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Role
from twofold.flows import ending, known_browser, links
from twofold.flows.admit import Claim, settle
from twofold.flows.barriers import barriers_of
from twofold.flows.journal import record, record_by_operator, tell
from twofold.flows.outcomes import Admitted, Conflict, Denied, Ended, Gone, GoOn, Refuse
from twofold.flows.password import Unfit, hashed
from twofold.flows.person_change import change_person
from twofold.flows.recovery_set import digest_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.links import Link
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescued:
    """The way in, for the operator's terminal alone: the link, and a code for somebody who knows their password."""

    url: str = field(repr=False)
    url_until: datetime
    code: str = field(repr=False)
    code_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RescueView:
    """What the link's page shows; without `may_keep_password` a new one is asked for."""

    email: str
    name: str
    may_keep_password: bool
    expires_at: datetime


def rescue(services: Services, account: Account, person_id: PersonId) -> Rescued | Gone | Conflict:
    """Open everything in a person's way: end suspension and waits, and make link and code.

    What they hold stays until they open the link; a frozen sign-in stays frozen until they set a new password there.
    """
    now = services.clock.now()
    code = recovery.make_one(services.entropy.bytes(recovery.CODE_BYTES))
    code_until = now + services.numbers.helping.code_lives
    with services.transactions.begin():
        before = services.people.by_id(account.id, person_id)
        if before is None:
            return Gone()
        stood_in_the_way = [one.barrier.value for one in barriers_of(services, account, before, now=now)]
        person = change_person(services, account.id, person_id, lambda one: replace(one, suspended_at=None))
        if isinstance(person, Gone | Conflict):
            return person
        services.counters.forget(account.id, person_id)
        services.recovery_codes.put_helpers(
            account.id,
            person_id,
            digest_of(services, person_id, code),
            at=now,
            until=code_until,
        )
        services.links.end(account.id, person_id, at=now, purposes=[Purpose.RESCUE.value])
        url = links.make(services, account, Purpose.RESCUE, person_id, now=now)
        record_by_operator(
            services,
            account,
            "person.rescued",
            now=now,
            person=person_id,
            detail={"opened": [*stood_in_the_way]},
        )
        _tell_everybody(services, account, person, now=now)
    return Rescued(
        url=url,
        url_until=now + services.numbers.link_lives[Purpose.RESCUE],
        code=code,
        code_until=code_until,
    )


def look(services: Services, visit: Visit, token: str) -> RescueView | Refuse:
    """Tell whom a rescue link is for. Writes nothing."""
    now = services.clock.now()
    link = links.read(services, visit.account, Purpose.RESCUE, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = _rescued(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    return RescueView(
        email=person.email, name=person.name, may_keep_password=_may_keep(person), expires_at=link.expires_at
    )


def follow(
    services: Services, visit: Visit, token: str, *, new_password: str
) -> Admitted | GoOn | Denied | Ended | Refuse | Unfit:
    """Use the link up: set the password, take away what was held, and lead to set-up.

    An empty password keeps the present one, where there is one that was not given up by "this was not me"; elsewhere
    it is refused as too short.
    """
    account = visit.account
    now = services.clock.now()
    link = links.read(services, account, Purpose.RESCUE, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = _rescued(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    stored = person.password
    if new_password or not _may_keep(person):
        new = hashed(services, visit.account.id, new_password, email=person.email, name=person.name)
        if not isinstance(new, str):
            return new
        stored = new
    with services.transactions.begin():
        spent = links.spend(services, account, Purpose.RESCUE, token, now=now)
        if isinstance(spent, Refuse):
            return spent
        return _follow(services, visit, person, stored, is_new=bool(new_password), now=now)


def _follow(
    services: Services, visit: Visit, person: Subscriber, stored: str | None, *, is_new: bool, now: datetime
) -> Admitted | GoOn | Denied | Ended | Refuse:
    """Begin anew for this person, in the caller's transaction."""
    account = visit.account
    written = change_person(services, account.id, person.id, lambda one: _anew(one, stored))
    if isinstance(written, Gone | Conflict):
        return Refuse(because=Refusal(No.ENDED))
    held = services.enrolments.held(account.id, person.id)
    services.enrolments.remove(account.id, person.id, [one.id for one in held])
    services.recovery_codes.discard(account.id, person.id)
    ending.apply(services, account.id, person.id, Change.RESET_BY_HELPER, now=now)
    record(
        services,
        visit,
        "rescue.followed",
        now=now,
        person=person.id,
        detail={"new_password": is_new, "removed": [one.id for one in held]},
    )
    claim = Claim(
        person=written,
        held=(),
        rules=services.policy.current(account.id).rules,
        evidence=_evidence(now, is_new=is_new),
        seen=known_browser.recognise(services, visit, person.id),
    )
    return settle(services, visit, claim, None, now=now, trust=None)


def _anew(person: Subscriber, stored: str | None) -> Subscriber:
    return replace(
        person,
        password=stored,
        frozen_at=None,
        proved_by_mailbox_at=None,
        must_set_up=True,
        codes_unsaved=False,
        enrolled_at=None,
    )


def _evidence(now: datetime, *, is_new: bool) -> Evidence:
    by_link = Proof(kind=OPERATOR_LINK, at=now, traits=OPERATOR_TRAITS)
    if not is_new:
        return Evidence((by_link,))
    return Evidence((by_link, Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS)))


def _may_keep(person: Subscriber) -> bool:
    return person.password is not None and person.frozen_at is None


def _rescued(services: Services, visit: Visit, link: Link) -> Subscriber | None:
    """Return the person of the link; None when they were removed, or suspended after the rescue."""
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    return None if person is None or person.suspended_at is not None else person


def _tell_everybody(services: Services, account: Account, person: Subscriber, *, now: datetime) -> None:
    """Mail every owner, and the person: whoever did not ask for this learns of it at once."""
    told = [person, *services.people.with_roles(account.id, (Role.OWNER,))]
    who = person.name or person.email
    for one in {each.id: each for each in told}.values():
        tell(services, account, one, "rescued", {"who": who, "email": person.email}, now=now)
