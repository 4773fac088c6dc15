"""Being signed in: reading the session of a request, and ending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core import sessions as limits
from twofold.core.policy import may_come_from
from twofold.core.roles import audience_of
from twofold.flows.journal import record
from twofold.flows.standing_of import exemption_under, memberships_of
from twofold.flows.visit import SignedIn

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services
    from twofold.ports.sessions import Session

SHOWN: Final = 100
"""So many open sessions are listed; somebody whose browser forgets everything may have more."""


def who(services: Services, visit: Visit, session_token: str, *, is_attended: bool = True) -> SignedIn | None:
    """Return who is signed in with this secret, or None when the session does not stand.

    The only thing written is `last_seen_at`, at most once a minute; not where a page looked again by itself.
    """
    if not session_token:
        return None
    account = visit.account.id
    session = services.sessions.by_token(account, services.digests.of_token(session_token))
    if session is None:
        return None
    person = services.people.by_id(account, session.person_id)
    if person is None or person.suspended_at is not None or person.frozen_at is not None:
        return None
    now = services.clock.now()
    policy = services.policy.of(visit.account)
    if not _Limits.of(services, account, person, policy.rules).let_live(session, now=now):
        return None
    # A session stays what it is, and answers from inside alone.
    if not may_come_from(visit.sure_address, audience_of(person.role), session.evidence, policy.rules):
        return None
    if is_attended and limits.last_seen_due(session.last_seen_at, now):
        services.sessions.seen(account, session.id, now)
    return SignedIn(session=session, person=person, policy=policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The sessions of a person that stand, last seen first: SHOWN of them, and whether there are more."""

    sessions: tuple[Session, ...]
    are_more: bool


def standing_ones(services: Services, account: AccountId, person: Subscriber, rules: Rules, *, now: datetime) -> Open:
    """Return the sessions of a person that stand; those that ran out are left out. Writes nothing."""
    limit = _Limits.of(services, account, person, rules)
    found = services.sessions.of_person(account, person.id, most=SHOWN + 1)
    standing = tuple(one for one in found if limit.let_live(one, now=now))
    return Open(sessions=standing[:SHOWN], are_more=len(standing) > SHOWN)


def sign_out(services: Services, visit: Visit, me: SignedIn) -> None:
    """End this session and nothing else: trust stays."""
    now = services.clock.now()
    with services.transactions.begin():
        services.sessions.end(visit.account.id, me.person.id, me.session.id, at=now)
        record(
            services,
            visit,
            "session.signed_out",
            now=now,
            person=me.person.id,
            actor=me.person.id,
        )


@dataclass(frozen=True, slots=True)
class _Limits:
    """What ends the sessions of one person by itself."""

    times: limits.Limits
    required: Requirement | None
    exempt_until: datetime | None

    @classmethod
    def of(cls, services: Services, account: AccountId, person: Subscriber, rules: Rules) -> _Limits:
        belongs_to = memberships_of(services, account, person, rules)
        own = rules.of(audience_of(person.role), belongs_to, person.own_rule)
        exempt = exemption_under(person, rules, belongs_to)
        return cls(
            times=limits.Limits(idle_for=own.idle_for, session_for=own.session_for),
            required=own.required,
            exempt_until=exempt.until if exempt else None,
        )

    def let_live(self, session: Session, *, now: datetime) -> bool:
        life = limits.is_live(
            created_at=session.created_at, last_seen_at=session.last_seen_at, limits=self.times, now=now
        )
        return isinstance(life, limits.Live) and not limits.is_ended_by_start(
            self.required, created_at=session.created_at, exempt_until=self.exempt_until, now=now
        )
