"""Signing up unasked, as an end user, where the account lets people.

Nothing of a person is stored before a mailed link was opened: until then there is a draft, sealed and thrown away soon.
Asking is the same for every address, whoever it belongs to; only its mailbox hears whether it has a sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core import emails, sign_up
from twofold.core.ids import JobId, PersonId
from twofold.core.instants import to_micros
from twofold.core.json import text_in
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Role
from twofold.flows import former_address, known_browser, links, mailed_links
from twofold.flows.admit import Claim, settle
from twofold.flows.invitation import evidence
from twofold.flows.inviting import has_never_signed_in
from twofold.flows.journal import EMAIL, record
from twofold.flows.notices import tell_helpers
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.password import Unfit, hashed
from twofold.flows.refusals import record_thinned
from twofold.flows.standing_of import standing_of
from twofold.flows.tries import ROUNDS, AddressLane, Counted, spend
from twofold.ports.challenges import Live
from twofold.ports.outbox import Message
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.links import Link
    from twofold.ports.services import Services

PAGE: Final = "/admin/account/security/sign-up"
"""Where it is opened and shut."""
LANE: Final = "sign_up"
"""Where it is counted how many links were asked for with an address."""
PLACES: Final = AddressLane("address_sign_up", lambda numbers: numbers.sign_ups.of_address)
_A_DAY: Final = "sign_ups_a_day"
_ACCOUNT: Final = "account"
_DRAFT: Final = "draft"
"""In the detail of a link: under which id its draft is kept."""
_KIND: Final = "sign_up"
_NOBODY: Final = PersonId("")
"""Whom a draft belongs to: nobody is there yet."""


class Has(StrEnum):
    """What somebody has already whose address is typed."""

    SIGN_IN = "sign_in"
    INVITATION = "invitation"
    """They never signed in, and were invited: that opens what they were invited to."""
    NOTHING = "nothing"
    """They were added without an invitation, and wait for one."""


@dataclass(frozen=True, slots=True)
class OtherDomain:
    """Nobody with an address of this domain signs up by themselves."""


@dataclass(frozen=True, slots=True)
class Known:
    """The address has come to belong to somebody since the link was mailed."""

    has: Has


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpView:
    """What the page behind the link shows: whose sign-in it makes, until when, and whether set-up follows."""

    email: str
    name: str
    will_set_up: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An open link with its draft, and the person whom it makes."""

    link: Link
    draft_id: str
    draft: Live
    person: Subscriber


def is_open(services: Services, account: AccountId) -> bool:
    """Tell whether anybody may sign up at present."""
    return services.policy.current(account).rules.sign_up.is_open


def ask(services: Services, visit: Visit, *, email: str, name: str, locale: str) -> Done | OtherDomain | Refuse:
    """Mail a link to an address, or, where it belongs to somebody, that it does.

    For each address the same is read, counted and put. What is refused goes by how many asked, or by the domain, and
    says nothing about anybody. `locale` is the language that the stranger reads.
    """
    account = visit.account
    address = emails.normalise(email)
    rule = services.policy.current(account.id).rules.sign_up
    if address is None or not rule.is_open:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if not rule.takes(address):
        return OtherDomain()
    if not services.outbox.can_send(account.id, EMAIL):
        return Refuse(because=Refusal(No.CANNOT_SEND))
    now = services.clock.now()
    person = _owner(services, account.id, address, now=now)
    subject = services.digests.keyed(LANE, address)
    with services.transactions.begin():
        here = Counted(subject=subject, lanes=(), by_address=PLACES, address=visit.address)
        spent = spend(services, account.id, here, now=now)
        shut = spent if isinstance(spent, Refusal) else _count_today(services, account, now=now)
        if shut is not None:
            return Refuse(because=shut, stopped=True)
        may_mail = mailed_links.count(services, account.id, LANE, subject, now)
        draft_id = services.entropy.new_id()
        url = links.make(services, account, Purpose.SIGN_UP, None, now=now, detail={_DRAFT: draft_id})
        expires_at = now + services.numbers.link_lives[Purpose.SIGN_UP]
        kept: JsonObject = {"email": address, "name": name, "locale": locale}
        draft = Live(kept=kept, shown={}, expires_at=expires_at)
        services.challenges.replace(account.id, draft_id, _KIND, _NOBODY, draft, version=0)
        params: JsonObject = {"account": account.name, "name": person.name if person else ""}
        if person is None:
            # The name that a stranger typed is not mailed to an address that may not be theirs.
            params |= {"url": url, "life_minutes": (expires_at - now).seconds // 60}
        else:
            has = _has(person).value
            params |= {"has": has, "url": f"{account.base_url}/sign-in"}
            params |= {"forgot_url": f"{account.base_url}/forgot-password"}
        services.outbox.put(
            account.id,
            Message(
                id=JobId(services.entropy.new_id()),
                channel=EMAIL,
                to=address,
                template="sign_up_known" if person else "sign_up",
                params=params,
                locale=(person.locale or account.locale) if person else locale,
                time_zone=(person.time_zone if person else "") or account.time_zone,
                person_id=person.id if person else None,
                put_at=now,
                send_at=now,
                # What is beyond the limits has run out before it can be sent.
                expires_at=expires_at if may_mail else now,
            ),
        )
        record_thinned(services, visit, "sign_up.asked", now=now, person=person.id if person else None)
    return Done()


def look(services: Services, visit: Visit, token: str) -> SignUpView | Known | Refuse:
    """Tell whose sign-in a mailed link makes. Writes nothing, so a mail scanner that opens it spoils nothing."""
    now = services.clock.now()
    opened = _open(services, visit, token, now=now)
    if not isinstance(opened, _Opened):
        return opened
    person = opened.person
    rules = services.policy.current(visit.account.id).rules
    return SignUpView(
        email=person.email,
        name=person.name,
        will_set_up=standing_of(services, visit.account.id, person, (), rules, now=now).asked,
        expires_at=opened.link.expires_at,
    )


def finish(services: Services, visit: Visit, *, token: str, name: str, password: str) -> SignInOutcome | Known | Unfit:
    """Make the person, with name and password, and go on as policy says. Of several that try, one does."""
    account, now = visit.account, services.clock.now()
    opened = _open(services, visit, token, now=now)
    if not isinstance(opened, _Opened):
        return opened
    stored = hashed(services, account.id, password, email=opened.person.email, name=name)
    if not isinstance(stored, str):
        return stored
    person = _made(services, visit, opened.draft, now=now, name=name, password=stored)
    with services.transactions.begin():
        spent = links.spend(services, account, Purpose.SIGN_UP, token, now=now)
        if isinstance(spent, Refuse):
            return spent
        services.challenges.drop(account.id, opened.draft_id, _KIND, version=opened.draft.version)
        if not services.people.add(account.id, person):
            return Known(Has.SIGN_IN)
        record(services, visit, "person.signed_up", now=now, person=person.id)
        claim = Claim(
            person=person,
            held=(),
            rules=services.policy.current(account.id).rules,
            evidence=evidence(spent, now, proves_mailbox=True),
            seen=known_browser.recognise(services, visit, person.id),
        )
        return settle(services, visit, claim, None, now=now, trust=claim.trust)


def _open(services: Services, visit: Visit, token: str, *, now: datetime) -> _Opened | Known | Refuse:
    account = visit.account
    link = links.read(services, account, Purpose.SIGN_UP, token, now=now)
    if isinstance(link, Refuse):
        return link
    draft_id = text_in(link.detail, _DRAFT)
    draft = services.challenges.load(account.id, draft_id, _KIND)
    if draft is None:
        return Refuse(because=Refusal(No.ENDED))
    person = _made(services, visit, draft, now=now)
    # The door may have been shut since the mail was sent.
    if not services.policy.current(account.id).rules.sign_up.takes(person.email):
        return Refuse(because=Refusal(No.ENDED))
    owner = _owner(services, account.id, person.email, now=now)
    if owner is not None:
        return Known(_has(owner))
    return _Opened(link=link, draft_id=draft_id, draft=draft, person=person)


def _made(
    services: Services, visit: Visit, draft: Live, *, now: datetime, name: str = "", password: str | None = None
) -> Subscriber:
    """Return the person that a draft makes: an end user, whatever anybody typed, whose mailbox is proved."""
    locale = text_in(draft.kept, "locale")
    return Subscriber(
        id=PersonId(services.entropy.new_id()),
        email=text_in(draft.kept, "email"),
        name=name or text_in(draft.kept, "name"),
        role=Role.END_USER,
        created_at=now,
        locale=locale if locale != visit.account.locale else "",
        password=password,
        email_proved_at=now,
    )


def _owner(services: Services, account: AccountId, email: str, *, now: datetime) -> Subscriber | None:
    """Return whose address this is, or was until lately: who can still have it back gets it back, and nobody else."""
    present = services.people.by_email(account, email)
    former = former_address.still_belongs_to(services, account, email, now=now)
    return present or former


def _has(person: Subscriber) -> Has:
    if not has_never_signed_in(person):
        return Has.SIGN_IN
    return Has.NOTHING if person.invited_at is None else Has.INVITATION


def _count_today(services: Services, account: Account, *, now: datetime) -> Refusal | None:
    """Count one more today over the whole account; a refusal says when the next day begins.

    Owners and admins are mailed with the last one that is let through: it may be somebody who keeps the others out.
    """
    most = services.numbers.sign_ups.a_day
    for _ in range(ROUNDS):
        value, version = services.counters.load(account.id, _A_DAY, _ACCOUNT)
        counted = sign_up.today(value, now)
        if counted.asked >= most:
            return Refusal(No.SENT_ENOUGH, at=sign_up.next_day(counted))
        after = sign_up.Today(counted.day, counted.asked + 1)
        if services.counters.replace(account.id, _A_DAY, _ACCOUNT, after.to_json(), version=version):
            if after.asked == most:
                told: JsonObject = {
                    "most": most,
                    "until": to_micros(sign_up.next_day(counted)),
                    "url": f"{account.base_url}{PAGE}",
                }
                tell_helpers(services, account, "sign_ups_full", told, now=now)
            return None
    return Refusal(No.BUSY, at=now)


def asked_today(services: Services, account: AccountId, *, now: datetime) -> int:
    """Return how many asked to sign up today, a day of UTC."""
    value, _ = services.counters.load(account, _A_DAY, _ACCOUNT)
    return sign_up.today(value, now).asked
