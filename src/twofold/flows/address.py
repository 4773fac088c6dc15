"""A new address: asked for with fresh proof, counted only after a code typed from it.

What is pending is kept under the person and bound to the session that asked. Whether a new address belongs to
somebody else already is never told: their mailbox hears of it, and no code ever fits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from twofold.core import emails, sent_codes
from twofold.core.effects import Change
from twofold.core.instants import to_micros
from twofold.core.json import as_instant, instant_in, instant_or_null, list_in, object_in, optional, text_in
from twofold.core.refusals import No, Refusal
from twofold.core.sent_codes import SentCodes
from twofold.core.typed import digits_of
from twofold.core.weakenings import Weaker, weaker_for_person
from twofold.flows import ending, paths, policy_told, prove, recent_acts, ways_told
from twofold.flows.former_address import remember, still_counts
from twofold.flows.journal import record, tell
from twofold.flows.notices import warn
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import ROUNDS, alone_with, change_person, follow_address
from twofold.flows.standing_of import host_of, memberships_of, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.json import JsonObject, JsonValue
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

LANE: Final = "new_address"
LIMITS: Final = sent_codes.EMAIL
STANDS_FOR: Final = timedelta(minutes=30)
"""How long an asked-for address waits for its code, new codes included."""
_NAMELESS: Final[Mapping[str, JsonValue]] = MappingProxyType({"name": ""})
"""Mail to an address that is not on file begins with no name: whoever typed both could write to strangers in ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressView:
    """What the page shows of a pending change: where the code went and when, and when a new one may be asked for."""

    email: str
    sent_at: datetime
    resend_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pending:
    """The lane's value: the address asked for (empty: none), its codes, and when mails were sent."""

    email: str = ""
    session: str = ""
    codes: SentCodes = sent_codes.NONE_SENT
    asked_at: datetime | None = None
    sent: tuple[datetime, ...] = ()

    def to_json(self) -> JsonObject:
        return {
            "email": self.email,
            "session": self.session,
            "codes": self.codes.to_json(),
            "asked_at": instant_or_null(self.asked_at),
            "sent": [to_micros(at) for at in self.sent],
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> _Pending:
        if not value:
            return cls()
        return cls(
            email=text_in(value, "email"),
            session=text_in(value, "session"),
            codes=SentCodes.from_json(object_in(value, "codes")),
            asked_at=optional(instant_in, value, "asked_at"),
            sent=tuple(as_instant(at, "sent") for at in list_in(value, "sent")),
        )

    def is_open(self, session: str, now: datetime) -> bool:
        """Whether a further try is left: a new code keeps the count, so afterwards the change begins anew."""
        return self.is_pending(session, now) and self.codes.tries < LIMITS.tries

    def is_pending(self, session: str, now: datetime) -> bool:
        """Whether an address waits for a code in this session."""
        return (
            bool(self.email)
            and self.session == session
            and self.asked_at is not None
            and now < self.asked_at + STANDS_FOR
        )


def look(services: Services, visit: Visit, me: SignedIn) -> AddressView | None:
    """Return the change that waits for its code in this session, or None."""
    now = services.clock.now()
    pending, _ = _load(services, visit, me)
    if not pending.is_open(me.session.id, now) or not pending.sent:
        return None
    may_send = sent_codes.may_send(pending.sent, services.numbers.codes, now=now)
    return AddressView(
        email=pending.email,
        sent_at=pending.sent[-1],
        resend_at=now if isinstance(may_send, sent_codes.Ready) else may_send.at,
    )


def ask(services: Services, visit: Visit, me: SignedIn, *, email: str) -> Done | NeedsProof | Refuse:
    """Mail a code to a new address, after fresh proof.

    Refused with `UNREADABLE` when it is no address, `NOT_ALLOWED` when it is the present one, `WAITING` when mail
    was sent too recently or too often.
    """
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    asked = emails.normalise(email)
    if asked is None:
        return Refuse(because=Refusal(No.UNREADABLE))
    if asked == me.person.email:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    now = services.clock.now()
    return _send(services, visit, me, asked, now=now)


def resend(services: Services, visit: Visit, me: SignedIn) -> Done | Refuse:
    """Mail a new code to the address that waits for one; the older code is void."""
    now = services.clock.now()
    pending, _ = _load(services, visit, me)
    if not pending.is_open(me.session.id, now):
        return Refuse(because=Refusal(No.EXPIRED))
    return _send(services, visit, me, pending.email, now=now)


def give_up(services: Services, visit: Visit, me: SignedIn) -> Done:
    """Forget the address that was asked for."""
    with services.transactions.begin():
        _change(services, visit, me, _cleared)
    return Done()


def confirm(services: Services, visit: Visit, me: SignedIn, *, typed: str) -> Done | Refuse:
    """Judge the code from the new mailbox and let the new address count.

    The try is spent before the code is looked at. The former mailbox is told, and can freeze for 72 h.
    """
    now = services.clock.now()
    with services.transactions.begin():
        pending = _change(services, visit, me, lambda one: replace(one, codes=sent_codes.spend(one.codes)))
    if not pending.is_pending(me.session.id, now):
        return Refuse(because=Refusal(No.EXPIRED))
    digest = _digest(services, me, pending.email, digits_of(typed))
    because = sent_codes.check(pending.codes, digest, services.numbers.codes, now=now)
    if because is None:
        return _take(services, visit, me, pending.email, now=now)
    if because.no is No.SUPERSEDED:
        with services.transactions.begin():
            _change(services, visit, me, lambda one: replace(one, codes=sent_codes.give_back(one.codes)))
        return Refuse(because=because)
    with services.transactions.begin():
        _record(services, visit, me, "address.code_refused", {"because": because.no.value}, now=now)
    return Refuse(because=because)


def _take(services: Services, visit: Visit, me: SignedIn, email: str, *, now: datetime) -> Done | Refuse:
    """Let a proved address count: of several right answers one finds the change still pending."""
    account = visit.account
    with services.transactions.begin():
        alone_with(services, account.id, me.person.id)
        if not _clear(services, visit, me, email):
            return Refuse(because=Refusal(No.USED))
        former = services.people.by_id(account.id, me.person.id)
        written = change_person(services, account.id, me.person.id, lambda one: with_address(one, email, now))
        if former is None or isinstance(written, Gone | Conflict):
            return Refuse(because=Refusal(No.STALE))
        remember(services, account.id, written)
        follow_address(services, account.id, former, written)
        ways_told.put_for_some(services, account.id, [written.id], now=now)
        ending.apply(services, account.id, me.person.id, Change.ADDRESS_CHANGED, now=now, but_session=me.session.id)
        _record(services, visit, me, "address.changed", {"to": emails.mask(email)}, now=now)
        tell_of_groups(services, visit, me, former, written, now=now)
        warn(
            services,
            account,
            written,
            "address_changed",
            {"new_address": emails.mask(email), "from": visit.address},
            now=now,
            to=former.email,
        )
    return Done()


def tell_of_groups(
    services: Services, visit: Visit, me: SignedIn, former: Subscriber, written: Subscriber, *, now: datetime
) -> None:
    """Tell owners and admins where a new address leads out of a group that asks for more, or into one that asks less.

    In the caller's transaction. Who belongs by email domain is nobody's choice, so it is not for the person either to
    make nobody notice.
    """
    account, rules = visit.account.id, me.policy.rules
    found = weaker_for_person(rules_of(services, account, former, rules), rules_of(services, account, written, rules))
    # A group of their domain is exempt, or its set-up is paused.
    found = found or recent_acts.freed_by(services, account, former, written, now=now)
    if not found:
        return
    name = written.name or written.email
    stays = {one.group for one in memberships_of(services, account, written, rules)}
    left = [
        rules.groups[one.group].name
        for one in memberships_of(services, account, former, rules)
        if one.group not in stays
    ]
    changes = [
        policy_told.change(Weaker.MEMBER_REMOVED, policy_told.PERSON, name=name, group=group)
        for group in left
        if not {Weaker.EXEMPTED, Weaker.PAUSED} & {*found}
    ] or [policy_told.change(one, policy_told.PERSON, name=name) for one in found]
    policy_told.tell_of_weaker(services, visit, me, changes, page=paths.person(written.id), now=now)


def with_address(person: Subscriber, email: str, now: datetime) -> Subscriber:
    """Return the person with a new address.

    While an earlier address still counts it stays the former one: two changes in a row must not shut the mailbox out
    that can object to the first.
    """
    keeps = still_counts(person, now)
    return replace(
        person,
        email=email,
        email_proved_at=now,
        former_email=person.former_email if keeps else person.email,
        email_changed_at=person.email_changed_at if keeps else now,
    )


def _send(services: Services, visit: Visit, me: SignedIn, email: str, *, now: datetime) -> Done | Refuse:
    account = visit.account
    code = sent_codes.make_code(services.entropy.bytes(sent_codes.ENTROPY_BYTES), services.numbers.codes.digits)
    with services.transactions.begin():
        pending, version = _load(services, visit, me)
        may_send = sent_codes.may_send(pending.sent, services.numbers.codes, now=now)
        if not isinstance(may_send, sent_codes.Ready):
            return Refuse(because=Refusal(No.WAITING, at=may_send.at))
        is_same = pending.email == email and pending.is_open(me.session.id, now)
        codes = pending.codes if is_same else sent_codes.NONE_SENT
        after = _Pending(
            email=email,
            session=me.session.id,
            codes=sent_codes.add(codes, _digest(services, me, email, code), now=now),
            asked_at=pending.asked_at if is_same else now,
            sent=(*pending.sent, now)[-services.numbers.codes.a_day :],
        )
        if not services.counters.replace(account.id, LANE, me.person.id, after.to_json(), version=version):
            return Refuse(because=Refusal(No.STALE))
        _record(services, visit, me, "address.change_asked", {"to": emails.mask(email)}, now=now)
        if services.people.by_email(account.id, email) is None:
            tell(
                services,
                account,
                me.person,
                "address_code",
                {"code": code, "host": host_of(account.base_url), **_NAMELESS},
                now=now,
                to=email,
                expires_at=now + services.numbers.codes.life,
            )
        else:
            tell(services, account, me.person, "address_taken", {**_NAMELESS}, now=now, to=email)
    return Done()


def _change(services: Services, visit: Visit, me: SignedIn, change: Callable[[_Pending], _Pending]) -> _Pending:
    """Write what `change` makes of the pending change; of many at once each counts."""
    for _ in range(ROUNDS):
        pending, version = _load(services, visit, me)
        after = change(pending)
        if services.counters.replace(visit.account.id, LANE, me.person.id, after.to_json(), version=version):
            return after
    return _Pending()


def _clear(services: Services, visit: Visit, me: SignedIn, email: str) -> bool:
    """End the pending change to this address; True for exactly one of several that try.

    Other tries may be counted meanwhile; they move the version, and do not end the change.
    """
    for _ in range(ROUNDS):
        pending, version = _load(services, visit, me)
        if pending.email != email:
            return False
        after = _cleared(pending).to_json()
        if services.counters.replace(visit.account.id, LANE, me.person.id, after, version=version):
            return True
    return False


def _cleared(pending: _Pending) -> _Pending:
    return _Pending(sent=pending.sent)


def _load(services: Services, visit: Visit, me: SignedIn) -> tuple[_Pending, int]:
    value, version = services.counters.load(visit.account.id, LANE, me.person.id)
    return _Pending.from_json(value), version


def _digest(services: Services, me: SignedIn, email: str, code: str) -> str:
    return services.digests.keyed(LANE, me.person.id, email, code)


def _record(services: Services, visit: Visit, me: SignedIn, kind: str, detail: JsonObject, *, now: datetime) -> None:
    record(services, visit, kind, now=now, person=me.person.id, actor=me.person.id, detail=detail)
