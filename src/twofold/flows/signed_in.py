"""Being signed in: reading the session of a request, and ending it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core import sessions as limits
from twofold.core.policy import may_come_from
from twofold.core.roles import audience_of
from twofold.flows.journal import record
from twofold.flows.standing_of import exemption_under, memberships_of
from twofold.flows.visit import SignedIn

if TYPE_CHECKING:
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services


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
    policy = services.policy.current(account)
    belongs_to = memberships_of(services, account, person, policy.rules)
    rules = policy.rules.of(audience_of(person.role), belongs_to, person.own_rule)
    state = limits.is_live(
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        limits=limits.Limits(idle_for=rules.idle_for, session_for=rules.session_for),
        now=now,
    )
    if not isinstance(state, limits.Live):
        return None
    exempt = exemption_under(person, policy.rules, belongs_to)
    exempt_until = exempt.until if exempt else None
    if limits.is_ended_by_start(rules.required, created_at=session.created_at, exempt_until=exempt_until, now=now):
        return None
    # A session stays what it is, and answers from inside alone.
    if not may_come_from(visit.sure_address, audience_of(person.role), session.evidence, policy.rules):
        return None
    if is_attended and limits.last_seen_due(session.last_seen_at, now):
        services.sessions.seen(account, session.id, now)
    return SignedIn(session=session, person=person, policy=policy)


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
