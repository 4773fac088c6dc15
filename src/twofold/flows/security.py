"""What somebody's security settings show: their standing, what they hold, where they are known and signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.possible import ways
from twofold.core.reasons import Reason
from twofold.core.roles import Alone, Audience, NeedsApproval, Role, TakeoverAct, audience_of, may_help
from twofold.core.trust import trusted_until
from twofold.flows.inviting import has_never_signed_in
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.signed_in import Open, standing_ones
from twofold.flows.standing_of import facts_of, mailed_counts, mailed_counts_from, rules_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, BrowserId, EnrolmentId, PersonId, SessionId
    from twofold.core.roles import Helping
    from twofold.core.rules import AudienceRules, Rules
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.audit import Event
    from twofold.ports.browsers import KnownBrowser
    from twofold.ports.enrolments import Enrolment, RecoveryCodesLeft
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

EVENTS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodView:
    """One enrolment: whether today's policy allows it, whether it can be removed, and whether its codes are mailed."""

    enrolment: Enrolment
    allowed: bool
    can_remove: bool
    is_mailed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserView:
    """One known browser; `trusted_until` is None where a passcode is asked for."""

    known: KnownBrowser
    trusted_until: datetime | None
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysBack:
    """What lets somebody in whose usual authenticator is gone: codes left, other methods, helpers by name."""

    recovery_codes: int
    methods: tuple[Enrolment, ...]
    helpers: tuple[str, ...]
    others_help: bool

    @property
    def count(self) -> int:
        """Return how many different ways there are."""
        return bool(self.recovery_codes) + len(self.methods) + (self.others_help or bool(self.helpers))


@dataclass(frozen=True, slots=True, kw_only=True)
class NextRequirement:
    """What begins at `at`: until when it may be put off, and how often (None: as often as one likes).

    `until` is None where it may not be put off, or where another requirement ends that earlier.
    """

    at: datetime
    until: datetime | None
    times: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityView:
    """Everything on the page, as facts; the page holds the words."""

    person: Subscriber
    audience: Audience
    standing: Standing
    rules: AudienceRules
    may_set_up: tuple[str, ...]
    """The kinds that policy allows this person, and of which messages, if any, can be sent at present."""
    methods: tuple[MethodView, ...]
    recovery: RecoveryCodesLeft
    ways_back: WaysBack
    browsers: tuple[BrowserView, ...]
    sessions: Open
    this_session: SessionId
    events: Sequence[Event]
    names: Mapping[PersonId, str]
    """Whoever else did what the events tell of; end users read no names of the team."""
    mailed_from: datetime | None
    """When mailed passcodes count again after a reset of the password by mail, for somebody who holds such a kind."""
    may_wait: bool
    """Whether set-up is due and may still wait, if only to the end of this session: its sign-in counted as the last."""
    coming: NextRequirement | None
    """A requirement that has not begun, and is not yet in the way."""


def look(services: Services, visit: Visit, me: SignedIn) -> SecurityView:
    """Return what the page of security settings shows. Writes nothing."""
    now = services.clock.now()
    account = visit.account.id
    person = me.person
    audience = audience_of(person.role)
    rules = rules_of(services, account, person, me.policy.rules)
    held = services.enrolments.held(account, person.id)
    stands = standing_of(services, account, person, held, me.policy.rules, now=now)
    recovery = services.recovery_codes.left(account, person.id)
    waits_until = stands.grace_until if stands.covered and not stands.exempt and not person.must_set_up else None
    events = services.audit.of_person(account, person.id, most=EVENTS_SHOWN)
    return SecurityView(
        may_wait=not held and waits_until is not None and now < waits_until,
        person=person,
        audience=audience,
        standing=stands,
        rules=rules,
        may_set_up=ways(rules.accepts, traits_that_work(services, account)),
        methods=_methods(services, held, stands),
        recovery=recovery,
        ways_back=WaysBack(
            recovery_codes=recovery.left if held else 0,
            methods=tuple(_others(services, person, held, stands, now=now)),
            helpers=helpers_of(services, visit, person),
            others_help=audience is Audience.END_USERS,
        ),
        browsers=tuple(
            BrowserView(
                known=known,
                trusted_until=trusted_until(
                    known.trust,
                    rules,
                    every_sign_in=person.every_sign_in,
                    now=now,
                    not_before=stands.trust_counts_from,
                ),
                is_this=_is_this(me.session.browser_id, known),
            )
            for known in services.browsers.of_person(account, person.id)
        ),
        sessions=standing_ones(services, account, person, me.policy.rules, now=now),
        this_session=me.session.id,
        events=events,
        names=_names(services, visit, person, events) if audience is Audience.TEAM else {},
        mailed_from=_mailed_from(services, person, held, now=now),
        coming=_coming(services, account, person, held, me.policy.rules, stands),
    )


def _coming(
    services: Services,
    account: AccountId,
    person: Subscriber,
    held: Sequence[Enrolment],
    rules: Rules,
    stands: Standing,
) -> NextRequirement | None:
    """Judge a requirement that has not begun as it will be judged when it does."""
    at = next((one.at for one in stands.reasons if one.reason is Reason.REQUIREMENT_NOT_STARTED), None)
    if at is None:
        return None
    facts = facts_of(services, account, person, held, rules)
    then = policy.standing(facts, rules, now=at)
    until = then.grace_until if then.in_grace else None
    if until is not None and not policy.standing(facts, rules, now=until - timedelta.resolution).in_grace:
        until = None
    return NextRequirement(at=at, until=until, times=then.skips_left if until is not None else None)


def _names(services: Services, visit: Visit, person: Subscriber, events: Sequence[Event]) -> dict[PersonId, str]:
    """Return the names of everybody else who did one of these things."""
    others = {one.actor_id for one in events if one.actor_id is not None and one.actor_id != person.id}
    found = services.people.names(visit.account.id, others) if others else {}
    return {person_id: one.name or one.email for person_id, one in found.items()}


def helpers_of(services: Services, visit: Visit, person: Subscriber) -> tuple[str, ...]:
    """Return the names of those who can help this person sign in; end users are told none.

    Whoever was never here, or is shut out, helps nobody; nor does one alone who needs another's yes.
    """
    if audience_of(person.role) is Audience.END_USERS:
        return ()
    here = [
        other
        for other in services.people.with_roles(visit.account.id, (Role.OWNER, Role.ADMIN))
        if other.id != person.id and other.suspended_at is None and not has_never_signed_in(other)
    ]
    return tuple(
        other.name or other.email
        for other in here
        if _is_enough(may_help(actor=other.role, target=person.role, is_self=False, act=TakeoverAct.CODE), len(here))
    )


def _is_enough(needed: Helping, helpers: int) -> bool:
    """Tell whether so many helpers can do what one of them may do alone, or with the yes of others."""
    return needed == Alone() or (isinstance(needed, NeedsApproval) and helpers > needed.approvals)


def _methods(services: Services, held: Sequence[Enrolment], stands: Standing) -> tuple[MethodView, ...]:
    allowed = {one.id for one in stands.usable}
    return tuple(
        MethodView(
            enrolment=one,
            allowed=one.id in allowed,
            can_remove=can_remove(one.id, len(held), allowed, stands),
            is_mailed=_is_mailed(services, one),
        )
        for one in held
    )


def can_remove(enrolment: EnrolmentId, held: int, usable: set[EnrolmentId], stands: Standing) -> bool:
    """Say whether removing one enrolment leaves what policy wants: the last one turns off, where that is allowed."""
    if stands.may_turn_off:
        return True
    return held > 1 and bool(usable - {enrolment})


def _others(
    services: Services, person: Subscriber, held: Sequence[Enrolment], stands: Standing, *, now: datetime
) -> list[Enrolment]:
    """Return what somebody may turn to beside what is asked for first, as policy counts it today."""
    allowed = {one.id for one in stands.usable}
    counts = mailed_counts(person, now=now)
    return [one for one in held if one.id in allowed and (counts or not _is_mailed(services, one))][1:]


def _mailed_from(
    services: Services, person: Subscriber, held: Sequence[Enrolment], *, now: datetime
) -> datetime | None:
    if mailed_counts(person, now=now) or not any(_is_mailed(services, one) for one in held):
        return None
    return mailed_counts_from(person)


def _is_mailed(services: Services, one: Enrolment) -> bool:
    return one.kind in services.factors and services.factors[one.kind].traits.mailed


def _is_this(browser: BrowserId | None, known: KnownBrowser) -> bool:
    return browser is not None and known.browser_id == browser
