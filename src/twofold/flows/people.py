"""What an admin sees of the people of an account, and how new ones come in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core import emails
from twofold.core.helping import Act, Pair, judge
from twofold.core.ids import PersonId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import (
    Alone,
    NeedsApproval,
    Permission,
    Role,
    audience_of,
    has_permission,
    may_read,
    may_remove,
    may_set_role,
    may_suspend,
)
from twofold.core.throttle import Lane
from twofold.flows import journal, own_rules, prove, tries, whom
from twofold.flows.inviting import has_never_signed_in, mail_invitation, may_give
from twofold.flows.outcomes import Barred, Gone, NeedsProof, Refuse
from twofold.flows.report_lines import Judge
from twofold.flows.signed_in import Open, standing_ones
from twofold.flows.standing_of import memberships_of, standing_of
from twofold.ports.people import LONGEST_NAME, Subscriber

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.rules import AudienceRules
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.audit import Event
    from twofold.ports.browsers import KnownBrowser
    from twofold.ports.enrolments import RecoveryCodesLeft
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

LONGEST_SEARCH: Final = 100
PAGE_SIZE: Final = 50


class Unfit(StrEnum):
    """What is wrong with somebody's details."""

    NOT_AN_ADDRESS = "not_an_address"
    ADDRESS_TAKEN = "address_taken"
    NAME_TOO_LONG = "name_too_long"


@dataclass(frozen=True, slots=True)
class BadDetails:
    """These details cannot be stored."""

    problems: tuple[Unfit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Somebody was added. `mailed` tells whether the invitation went into the outbox."""

    person: Subscriber
    mailed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of the list."""

    row: Surveyed
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleList:
    """Some lines and the cursors of the pages before and after; empty when there is none."""

    people: tuple[Listed, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One authenticator as an admin may see it: never its secret. `thing` as in Enrolment."""

    kind: str
    thing: str
    label: str
    confirmed_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One person as an admin sees them, and what this admin may do alone.

    `roles` are those that may be given, the present one left out. `waiting_until` is set while passcodes from unknown
    browsers are not looked at. `own_rule_by` is who last changed the rule of their own ("": nobody who is still here),
    at `own_rule_at`. `rules` are what holds for this person: the strictest of audience, groups and their own.
    `asks` is what this admin may ask another helper to agree to. `names` are of those who did something in `events`.
    """

    person: Subscriber
    is_self: bool
    standing: Standing
    waiting_until: datetime | None
    methods: tuple[Method, ...]
    codes: RecoveryCodesLeft
    sessions: Open
    browsers: Sequence[KnownBrowser]
    events: Sequence[Event]
    roles: tuple[Role, ...]
    rules: AudienceRules
    groups: tuple[Group, ...]
    own_rule_by: str
    own_rule_at: datetime | None
    may_suspend: bool
    may_remove: bool
    may_invite: bool
    may_copy_link: bool
    asks: tuple[tuple[Act, Role | None], ...]
    may_help: bool
    may_let_help: bool
    names: Mapping[str, str]


def page(
    services: Services,
    visit: Visit,
    me: SignedIn,
    *,
    search: str = "",
    role: Role | None = None,
    alone: bool = False,
    after: str = "",
    before: str = "",
) -> PeopleList | Refuse:
    """Return people by name, 50 at a time; refused with NOT_ALLOWED to agents and end users.

    `alone`: those of whom something is required by a rule of their own.
    """
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    # With all that policy asks about, in a few statements for the whole page and without opening any secret.
    found = services.reports.page(
        visit.account.id,
        search=search.strip()[:LONGEST_SEARCH],
        role=role,
        after=after,
        before=before,
        size=PAGE_SIZE,
        groups=bool(me.policy.rules.groups),
        alone=alone,
    )
    judge = Judge(me.policy.rules, services.factors, now=services.clock.now())
    listed = tuple(Listed(row=row, standing=judge.standing(row)) for row in found.rows)
    return PeopleList(people=listed, before=found.before, after=found.after)


def look(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> PersonView | Gone | Refuse:
    """Return one person with methods (never secrets), sessions, browsers and history."""
    account = visit.account.id
    person = whom.to_read(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    held = services.enrolments.held(account, person.id)
    is_self = person.id == me.person.id
    others = other_active_owners(services, visit, person)
    invited = has_never_signed_in(person)
    now = services.clock.now()
    shut = tries.look(services, account, Lane.UNKNOWN_BROWSERS, person.id, now=now)
    rules = me.policy.rules
    belongs_to = memberships_of(services, account, person, rules)
    own_rule_by, own_rule_at = own_rules.who_set(services, visit.account, person)
    events = services.audit.of_person(account, person.id, most=20)
    return PersonView(
        person=person,
        is_self=is_self,
        standing=standing_of(services, account, person, held, rules, now=now),
        waiting_until=shut.at if shut else None,
        methods=tuple(
            Method(
                kind=one.kind,
                thing=one.thing,
                label=one.label,
                confirmed_at=one.confirmed_at,
                last_used_at=one.last_used_at,
            )
            for one in held
        ),
        codes=services.recovery_codes.left(account, person.id),
        sessions=standing_ones(services, account, person, rules, now=now),
        browsers=services.browsers.of_person(account, person.id),
        events=events,
        roles=tuple(
            new
            for new in Role
            if new is not person.role
            and may_set_role(
                actor=me.person.role, is_self=is_self, old=person.role, new=new, other_active_owners=others
            )
            == Alone()
        ),
        rules=rules.of(audience_of(person.role), belongs_to, person.own_rule),
        groups=tuple(rules.groups[one.group] for one in belongs_to),
        own_rule_by=own_rule_by,
        own_rule_at=own_rule_at,
        may_suspend=may_suspend(actor=me.person.role, target=person.role, is_self=is_self, other_active_owners=others)
        == Alone(),
        may_remove=may_remove(actor=me.person.role, target=person.role, is_self=is_self, other_active_owners=others)
        == Alone(),
        may_invite=invited and not is_self and may_give(me.person.role, person.role) == Alone(),
        may_copy_link=invited and not is_self and me.person.role is Role.OWNER,
        asks=_asks(me, person, is_self=is_self, others=others),
        may_help=has_permission(me.person.role, Permission.EDIT_PEOPLE) and not is_self,
        may_let_help=has_permission(me.person.role, Permission.EDIT_PEOPLE) and person.role is Role.AGENT,
        names=_names(services, visit, person, events),
    )


def _asks(me: SignedIn, person: Subscriber, *, is_self: bool, others: int) -> tuple[tuple[Act, Role | None], ...]:
    """Return what this admin may not do alone to this person, and may ask another helper to agree to."""
    pair = Pair(actor=me.person.role, target=person.role, is_self=is_self, owners_beside=others)
    acts: list[tuple[Act, Role | None]] = [(Act.SET_ROLE, role) for role in Role if role is not person.role]
    acts.append((Act.SUSPEND if person.suspended_at is None else Act.END_SUSPENSION, None))
    acts += [(Act.END_SESSIONS, None), (Act.REMOVE, None)]
    return tuple((act, role) for act, role in acts if isinstance(judge(act, pair, role=role), NeedsApproval))


def _names(services: Services, visit: Visit, person: Subscriber, events: Sequence[Event]) -> dict[str, str]:
    """Return the names of those who did something to this person, and of those who agreed to it."""
    agreed = [one.detail.get("approved_by") for one in events]
    ids = {one.actor_id for one in events} | {PersonId(one) for one in agreed if isinstance(one, str)}
    found = services.people.names(visit.account.id, (one for one in ids if one is not None and one != person.id))
    return {person_id: one.name or one.email for person_id, one in found.items()}


def add(
    services: Services, visit: Visit, me: SignedIn, *, email: str, name: str, role: Role, invite: bool
) -> Added | BadDetails | Barred | NeedsProof | Refuse:
    """Add somebody without a password, and mail them an invitation if `invite`.

    Adding a team member is raising a role from nothing, so it is judged like that and needs fresh
    proof.
    """
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    helping = may_give(me.person.role, role)
    if helping != Alone():
        return Barred(helping)
    found, problems = _checked(services, visit, email, name)
    if problems:
        return BadDetails(problems)
    needs = prove.needed(services, visit, me) if role is not Role.END_USER else None
    if needs is not None:
        return needs
    now = services.clock.now()
    person = Subscriber(
        id=PersonId(services.entropy.new_id()),
        email=found,
        name=name.strip(),
        role=role,
        created_at=now,
        invited_at=now if invite else None,
    )
    with services.transactions.begin():
        if not services.people.add(visit.account.id, person):
            return BadDetails((Unfit.ADDRESS_TAKEN,))
        journal.record(
            services,
            visit,
            "person.added",
            now=now,
            person=person.id,
            actor=me.person.id,
            detail={"role": role.value, "invited": invite},
        )
        if invite:
            mail_invitation(services, visit.account, person, by=me.person.name, now=now)
    return Added(person=person, mailed=invite)


def other_active_owners(services: Services, visit: Visit, person: Subscriber) -> int:
    """Count the owners beside this person who can sign in: not suspended, and no invitation that nobody took."""
    owners = services.people.with_roles(visit.account.id, (Role.OWNER,))
    return sum(1 for owner in owners if owner.id != person.id and not has_never_signed_in(owner))


def _checked(services: Services, visit: Visit, email: str, name: str) -> tuple[str, tuple[Unfit, ...]]:
    found = emails.normalise(email)
    problems: list[Unfit] = []
    if found is None:
        problems.append(Unfit.NOT_AN_ADDRESS)
    elif services.people.by_email(visit.account.id, found) is not None:
        problems.append(Unfit.ADDRESS_TAKEN)
    if len(name.strip()) > LONGEST_NAME:
        problems.append(Unfit.NAME_TOO_LONG)
    return found or "", tuple(problems)
