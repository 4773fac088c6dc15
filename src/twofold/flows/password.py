"""The password: changing it, asking for a link when it is forgotten, and setting a new one by that link.

A reset by mail never signs in. It marks the password as proved by mailbox, because a mailed passcode would then
prove the same mailbox twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core import emails, passwords
from twofold.core.effects import Change
from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.core.links import Purpose
from twofold.core.passwords import PasswordProblem
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import ADDRESS_LINKS, EMPTY, Window
from twofold.flows import ending, links, mailed_links, password_rules, prove, ways_told, windows
from twofold.flows.former_address import mailbox_for_reset, owner_of
from twofold.flows.journal import EMAIL, record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.passwords import counted_for
from twofold.flows.person_change import change_person, follow_address
from twofold.flows.refusals import record_thinned
from twofold.flows.standing_of import mailed_counts_from, standing_of
from twofold.flows.tries import AddressLane, Counted, spend
from twofold.ports.outbox import Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, EnrolmentId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

LANE: Final = "password_link"
"""Where it is counted how many links were asked for with an address."""
_JUDGED: Final = "new_passwords"
"""Where it is counted how many new passwords were judged for an address."""
JUDGED_MOST: Final = Window(30, timedelta(minutes=10))
"""How many new passwords of one person are looked at."""
PLACES: Final = AddressLane("address_password_link", lambda _: ADDRESS_LINKS)
"""How many links may be asked for from one network address: nobody fills the mailboxes of a whole help desk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The new password cannot be taken; the person types another one."""

    problem: PasswordProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetView:
    """What the page for a new password shows: whose it is, and until when the link stands.

    `asked_next` tells that a second factor is asked for at the next sign-in, where `recovery_codes` unused codes help.
    `mailed_from` is set for somebody who gets codes by mail: from then on they count again once the password came by
    mail, too. `has_others`: they hold something else that counts.
    """

    email: str
    expires_at: datetime
    asked_next: bool
    recovery_codes: int
    mailed_from: datetime | None
    has_others: bool


def problem_of(
    services: Services, account: AccountId, password: str, *, email: str, name: str
) -> PasswordProblem | Refuse | None:
    """Say why a new password cannot be taken, or None; refused with BUSY. In no transaction.

    Nothing over the length limit is looked at further.
    """
    least = password_rules.of(services, account).least
    problem = passwords.check(password, email=email, name=name, least=least)
    if problem is not None:
        return problem
    match services.passwords.is_common(password, email, name):
        case None:
            return Refuse(because=Refusal(No.BUSY, at=services.clock.now()))
        case True:
            return PasswordProblem.COMMON
        case False:
            return None


def hashed(services: Services, account: AccountId, password: str, *, email: str, name: str) -> str | Unfit | Refuse:
    """Return what is stored of a new password; unfit where it cannot be taken, refused with BUSY. In no transaction."""
    now = services.clock.now()
    with services.transactions.begin():
        # Whoever is refused goes on typing; a program that goes on would keep a core from everybody else.
        subject = services.digests.keyed(_JUDGED, email)
        shut = windows.spend(services, account, _JUDGED, subject, [JUDGED_MOST], now=now)
    if shut is not None:
        return Refuse(because=Refusal(No.BUSY, at=now))
    problem = problem_of(services, account, password, email=email, name=name)
    if isinstance(problem, Refuse):
        return problem
    if problem is not None:
        return Unfit(problem=problem)
    stored = services.passwords.hash(password)
    return Refuse(because=Refusal(No.BUSY, at=services.clock.now())) if stored is None else stored


def change(
    services: Services,
    visit: Visit,
    me: SignedIn,
    *,
    new_password: str,
) -> Done | NeedsProof | Unfit | Refuse | Conflict | Gone:
    """Set a new password of somebody signed in, after fresh proof; every other session and all trust end."""
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    stored = hashed(services, visit.account.id, new_password, email=me.person.email, name=me.person.name)
    if not isinstance(stored, str):
        return stored
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        written = change_person(
            services,
            account.id,
            me.person.id,
            lambda person: replace(person, password=stored),
        )
        if isinstance(written, Gone | Conflict):
            return written
        ending.apply(
            services,
            account.id,
            me.person.id,
            Change.PASSWORD_CHANGED,
            now=now,
            but_session=me.session.id,
        )
        record(services, visit, "password.changed", now=now, person=me.person.id, actor=me.person.id)
        warn(services, account, written, "password_changed", {"from": visit.address}, now=now)
    return Done()


def forgot(services: Services, visit: Visit, *, email: str) -> Done:
    """Mail a link for a new password to whoever has this address; the answer is always the same.

    For an address of nobody the same is read, counted and put: a link of nobody and a message that has run out
    before it could be sent. So neither the answer nor the work says whether there is a sign-in.
    """
    now = services.clock.now()
    account = visit.account
    asked = emails.normalise(email) or ""
    present = services.people.by_email(account.id, asked)
    former = owner_of(services, account.id, asked)
    person = present or former
    subject = services.digests.keyed(LANE, asked)
    reachable = person is not None and _may_reset(person)
    with services.transactions.begin():
        here = Counted(subject=subject, lanes=(), by_address=PLACES, address=visit.address)
        spent = spend(services, account.id, here, now=now)
        within_limits = mailed_links.count(services, account.id, LANE, subject, now) and not isinstance(spent, Refusal)
        send = person if reachable and within_limits else None
        url = links.make(services, account, Purpose.PASSWORD_RESET, send.id if send else None, now=now)
        services.outbox.put(
            account.id,
            Message(
                id=JobId(services.entropy.new_id()),
                channel=EMAIL,
                to=mailbox_for_reset(send) if send else asked,
                template="password_forgotten",
                params={"account": account.name, "name": send.name if send else "", "url": url},
                locale=(send.locale if send else "") or account.locale,
                time_zone=(send.time_zone if send else "") or account.time_zone,
                person_id=send.id if send else None,
                put_at=now,
                send_at=now,
                expires_at=now + services.numbers.link_lives[Purpose.PASSWORD_RESET] if send else now,
            ),
        )
        record_thinned(services, visit, "password.reset_asked", now=now, person=person.id if person else None)
    return Done()


def look_reset(services: Services, visit: Visit, token: str) -> ResetView | Refuse:
    """Tell whose password a mailed link sets. Writes nothing, so a mail scanner that opens it spoils nothing."""
    now = services.clock.now()
    link = links.read(services, visit.account, Purpose.PASSWORD_RESET, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    if person is None or not _may_reset(person):
        return Refuse(because=Refusal(No.ENDED))
    held = services.enrolments.held(visit.account.id, person.id)
    rules = services.policy.current(visit.account.id).rules
    stands = standing_of(services, visit.account.id, person, held, rules, now=now)
    mailed = _mailed_among(services, held)
    return ResetView(
        email=person.email,
        expires_at=link.expires_at,
        asked_next=stands.asked and bool(held),
        recovery_codes=services.recovery_codes.left(visit.account.id, person.id).left,
        mailed_from=mailed_counts_from(replace(person, proved_by_mailbox_at=now)) if mailed else None,
        has_others=any(one.id not in mailed for one in stands.usable),
    )


def _mailed_among(services: Services, held: Sequence[Enrolment]) -> set[EnrolmentId]:
    return {one.id for one in held if one.kind in services.factors and services.factors[one.kind].traits.mailed}


def reset(
    services: Services,
    visit: Visit,
    *,
    token: str,
    new_password: str,
) -> Done | Unfit | Refuse:
    """Set a new password by a mailed link. Nobody is signed in by this, and 2FA stays as it was."""
    account = visit.account
    now = services.clock.now()
    link = links.read(services, account, Purpose.PASSWORD_RESET, token, now=now)
    if isinstance(link, Refuse):
        return link
    person = services.people.by_id(account.id, link.person_id) if link.person_id else None
    if person is None or not _may_reset(person):
        return Refuse(because=Refusal(No.ENDED))
    stored = hashed(services, account.id, new_password, email=person.email, name=person.name)
    if not isinstance(stored, str):
        return stored
    with services.transactions.begin():
        spent = links.spend(services, account, Purpose.PASSWORD_RESET, token, now=now)
        if isinstance(spent, Refuse):
            return spent
        written = change_person(services, account.id, person.id, lambda one: _with_reset(one, stored, now))
        if isinstance(written, Gone | Conflict):
            return Refuse(because=Refusal(No.ENDED))
        ending.apply(services, account.id, person.id, Change.PASSWORD_RESET, now=now)
        _forgive(services, visit, person)
        record(services, visit, "password.reset", now=now, person=person.id)
        if written.email != person.email:
            follow_address(services, account.id, person, written)
            ways_told.put_for_some(services, account.id, [written.id], now=now)
            record(services, visit, "address.put_back", now=now, person=person.id)
        held = services.enrolments.held(account.id, person.id)
        from_when = mailed_counts_from(written) if _mailed_among(services, held) else None
        params: JsonObject = {
            "from": visit.address,
            "mailed_until": None if from_when is None else to_micros(from_when),
        }
        warn(services, account, written, "password_reset", params, now=now)
    return Done()


def _with_reset(person: Subscriber, stored: str, now: datetime) -> Subscriber:
    """Return the person with the new password, no longer frozen.

    The link of somebody who froze a change of address went to the former mailbox, so the address goes back to the
    one that was proved by it; else whoever holds the new one could reset the password right again.
    """
    email = mailbox_for_reset(person)
    put_back = email != person.email
    return replace(
        person,
        password=stored,
        proved_by_mailbox_at=now,
        frozen_at=None,
        email=email,
        email_proved_at=now,
        former_email="" if put_back else person.former_email,
        email_changed_at=None if put_back else person.email_changed_at,
    )


def _forgive(services: Services, visit: Visit, person: Subscriber) -> None:
    """Forget wrong passwords: they were guesses at one that is no longer. Second factors are counted on."""
    for lane, subject in counted_for(visit, person.id, None).lanes:
        _, version = services.counters.load(visit.account.id, lane.value, subject)
        services.counters.replace(visit.account.id, lane.value, subject, EMPTY.to_json(), version=version)


def _may_reset(person: Subscriber) -> bool:
    """Tell whether a mailed link may set a password: one exists, or an invitation asks for the first."""
    if person.suspended_at is not None:
        return False
    return person.password is not None or person.invited_at is not None
