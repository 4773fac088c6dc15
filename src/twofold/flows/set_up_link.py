"""The link "Set up now" of our mails: it proves the mailbox, and signs nobody in without a password or a session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twofold.core.assurance import LINK_TRAITS, MAIL_LINK, Proof
from twofold.core.instants import to_micros
from twofold.core.links import Purpose, set_up_ends_at
from twofold.core.refusals import No, Refusal
from twofold.core.standing import Word
from twofold.flows import links, prove, sending, set_up, sign_in
from twofold.flows.coming import coming_for
from twofold.flows.journal import EMAIL, record, tell
from twofold.flows.outcomes import Admitted, Done, GoOn, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.sending import Parcel
from twofold.flows.standing_of import standing_of
from twofold.flows.visit import SignedIn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.outcomes import NeedsProof, SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.links import Link
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

TEMPLATE: Final = "set_up_link"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpLinkView:
    """What the link's page shows: whom it is for."""

    person_id: PersonId
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Somebody whom policy lets in already has signed in, and the wizard is open for them."""

    admitted: Admitted
    attempt_token: str = field(repr=False)


def make(
    services: Services, account: Account, person: PersonId, *, now: datetime, wanted_by: datetime | None
) -> JsonObject:
    """Store a link for a mail that is put in the same transaction, and return what the mail says of it.

    `wanted_by` is the day by which they have to set up, if any: the link lives as long, within bounds.
    """
    until = set_up_ends_at(made_at=now, wanted_by=wanted_by, lives=services.numbers.link_lives)
    url = links.make(services, account, Purpose.SET_UP_NOW, person, now=now, expires_at=until)
    return {"url": url, "url_until": to_micros(until)}


def look(services: Services, visit: Visit, token: str) -> SetUpLinkView | Refuse:
    """Tell whom a link is for. Writes nothing, so a mail scanner that opens it spoils nothing."""
    link = links.read(services, visit.account, Purpose.SET_UP_NOW, token, now=services.clock.now())
    if isinstance(link, Refuse):
        return link
    person = _person_of(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    return SetUpLinkView(person_id=person.id, email=person.email)


def sign_in_by(
    services: Services, visit: Visit, *, token: str, password: str, attempt_token: str = ""
) -> Begun | SignInOutcome:
    """Judge the password of the link's person as every sign-in does, then go on into set-up.

    The link is used up by the right password alone, and stands for the mailbox then. Refused with ENDED when it does
    not work any more.
    """
    link = links.read(services, visit.account, Purpose.SET_UP_NOW, token, now=services.clock.now())
    person = None if isinstance(link, Refuse) else _person_of(services, visit, link)
    if person is None:
        return Refuse(because=Refusal(No.ENDED))
    outcome = sign_in.present_password(
        services,
        visit,
        email=person.email,
        password=password,
        next_url="",
        attempt_token=attempt_token,
        came_by=_spending(services, visit, token),
    )
    if not isinstance(outcome, Admitted) or services.enrolments.held(visit.account.id, outcome.person.id):
        return outcome
    # Nothing forces it today, but it is what the person came for.
    me = SignedIn(session=outcome.session, person=outcome.person, policy=services.policy.current(visit.account.id))
    begun = set_up.begin_from_profile(services, visit, me)
    if not isinstance(begun, GoOn) or begun.attempt_token is None:
        return outcome
    return Begun(admitted=outcome, attempt_token=begun.attempt_token)


def begin(services: Services, visit: Visit, me: SignedIn, token: str) -> GoOn | NeedsProof | Refuse:
    """Open the wizard within a session of the link's person; the link is used up. Refused with ENDED."""
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    with services.transactions.begin():
        by_link = _spending(services, visit, token)(me.person.id, services.clock.now())
        if by_link is None:
            return Refuse(because=Refusal(No.ENDED))
        return set_up.begin_from_profile(services, visit, me, by_link=by_link)


def ask_again(services: Services, visit: Visit, token: str) -> Done:
    """Mail a new link in place of one that was used or is too old, where set-up is still wanted of its person.

    The answer is the same for every link, also for those that never were.
    """
    now = services.clock.now()
    account = visit.account
    link = services.links.by_token(account.id, services.digests.of_token(token)) if token else None
    if link is None or link.purpose != Purpose.SET_UP_NOW.value:
        return Done()
    person = _person_of(services, visit, link)
    if person is None or not _is_wanted(services, visit, person, now=now):
        return Done()
    parcel = Parcel(channel=EMAIL, to=person.email, purpose=TEMPLATE)
    with services.transactions.begin():
        alone_with(services, account.id, person.id)
        if sending.spend(services, account.id, person.id, parcel, now=now) is not None:
            return Done()
        record(services, visit, "set_up_link.sent_again", now=now, person=person.id)
        tell(services, account, person, TEMPLATE, _made_anew(services, account, person, now=now), now=now)
    return Done()


def _made_anew(services: Services, account: Account, person: Subscriber, *, now: datetime) -> JsonObject:
    rules = services.policy.current(account.id).rules
    coming = coming_for(services, account.id, person, rules, now=now, lasting=True)
    wanted_by = None if coming is None else coming.told().last_day
    return make(services, account, person.id, now=now, wanted_by=wanted_by)


def _spending(services: Services, visit: Visit, token: str) -> Callable[[PersonId, datetime], Proof | None]:
    """Return what uses the link up for this person in the caller's transaction, and is proved by it."""

    def spend(person: PersonId, now: datetime) -> Proof | None:
        found = links.read(services, visit.account, Purpose.SET_UP_NOW, token, now=now)
        if isinstance(found, Refuse) or found.person_id != person:
            return None
        if isinstance(links.spend(services, visit.account, Purpose.SET_UP_NOW, token, now=now), Refuse):
            return None
        record(services, visit, "set_up_link.followed", now=now, person=person)
        # As of when it was made: policy lets it stand for the mailbox for a day from then.
        return Proof(kind=MAIL_LINK, at=found.made_at, traits=LINK_TRAITS)

    return spend


def _person_of(services: Services, visit: Visit, link: Link) -> Subscriber | None:
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    if person is None or person.suspended_at is not None or person.frozen_at is not None:
        return None
    return person


def _is_wanted(services: Services, visit: Visit, person: Subscriber, *, now: datetime) -> bool:
    """Say whether somebody has nothing that counts, and is or will be asked for something."""
    account = visit.account.id
    held = services.enrolments.held(account, person.id)
    rules = services.policy.current(account).rules
    alone = person.own_rule.required if person.own_rule else None
    at = max([now, *(one.starts_at for one in (*rules.requirements, *((alone,) if alone else ())))])
    return standing_of(services, account, person, held, rules, now=at).word is Word.MUST_SET_UP
