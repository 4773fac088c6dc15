"""What an admin does with the account's policy: see it, foresee a change in counts, save, put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.assurance import Evidence
from twofold.core.policy import RuleProblem, may_come_from, weakenings
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, Role, has_permission, may_read
from twofold.flows import (
    foresee,
    policy_checks,
    policy_told,
    prove,
    recent_acts,
    rehearsal,
    shut_out,
    weaker_together,
)
from twofold.flows.inviting import has_never_signed_in
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.standing_of import standing_of
from twofold.ports.policy import PolicyVersion

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.policy import Rules, Weakening
    from twofold.core.possible import Part
    from twofold.core.standing import Standing
    from twofold.flows.alone import Alone
    from twofold.flows.foresee import Foreseen, Foresight, Named
    from twofold.flows.rehearsal import Mailed
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

PAGE: Final = "/admin/account/security/advanced/authentication"
LONGEST_REASON: Final = 500
"""Characters of the reason that an admin may give."""
_HISTORY: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One version with the name of who saved it; empty when nobody did or the person is gone."""

    version: PolicyVersion
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What the page shows.

    `has_factor` tells whether the admin holds a confirmed enrolment: without one nothing can be saved. `older` is the
    number before which there are more versions (0: none). `recommends` lists the audiences of which no second factor is
    required. `alone` are those of each audience of whom it is by a rule of their own.
    """

    current: PolicyVersion
    foreseen: tuple[Foreseen, ...]
    history: tuple[Saved, ...]
    older: int
    standing: Standing
    has_factor: bool
    recommends: tuple[Audience, ...]
    alone: Mapping[Audience, Alone]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What saving would do; `before` is what is in force.

    `together` are those for whom weaker kinds count because rules contradict each other, as far as that is judged;
    `mailed` is who is told, beside owners and admins.
    """

    before: Rules
    foreseen: Foresight
    mailed: Mailed
    weakens: tuple[Weakening, ...]
    together: tuple[Named, ...]
    changes: bool


@dataclass(frozen=True, slots=True)
class SetUpFirst:
    """The admin holds no second factor: theirs comes before everybody else's."""


@dataclass(frozen=True, slots=True)
class NotMet:
    """The admin does not meet what this part of the rules asks for."""

    part: Part


@dataclass(frozen=True, slots=True)
class BadRules:
    """What cannot be, by audience and group."""

    problems: tuple[tuple[Part, RuleProblem], ...]


@dataclass(frozen=True, slots=True)
class OtherAct:
    """It frees these of what is asked of them, and this admin changed their address or password lately."""

    people: tuple[Subscriber, ...]


SaveOutcome = Done | SetUpFirst | NotMet | BadRules | OtherAct | NeedsProof | Conflict | Gone | Refuse


def look(services: Services, visit: Visit, me: SignedIn, *, before: int | None = None) -> PolicyView | Refuse:
    """Return what the page shows; refused with NOT_ALLOWED to agents and end users.

    `before` is the number of the version behind which the list of them begins; None: with the newest.
    """
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    now = services.clock.now()
    current = services.policy.current(account)
    held = services.enrolments.held(account, me.person.id)
    history, older = _history(services, visit, before)
    foreseen = shut_out.seen(services, account, current.rules, now=now)
    return PolicyView(
        current=current,
        foreseen=foreseen,
        history=history,
        older=older,
        standing=standing_of(services, account, me.person, held, current.rules, now=now),
        has_factor=bool(held),
        recommends=tuple(one for one in Audience if current.rules.for_(one).required is None),
        alone={
            Audience(one.part): shut_out.of_alone(
                services, account, Audience(one.part), current.rules, now=now, number=one.shut_out
            )
            for one in foreseen
        },
    )


def preview(services: Services, visit: Visit, rules: Rules) -> Preview:
    """Say what saving these rules would do, without writing anything."""
    now = services.clock.now()
    version = services.policy.current(visit.account.id)
    current = version.rules
    rules = policy_checks.started_anew(current, rules, now=now)
    return Preview(
        before=current,
        foreseen=foresee.of_change(services, visit.account.id, current, rules, now=now),
        mailed=rehearsal.of_policy(services, visit.account, version, rules, now=now),
        weakens=weakenings(current, rules),
        together=weaker_together.foreseen(services, visit.account.id, current, rules),
        changes=rules != current,
    )


def save(
    services: Services, visit: Visit, me: SignedIn, *, number: int, rules: Rules, because: str = "", page: str = PAGE
) -> SaveOutcome:
    """Save `rules` as the version after `number`, which the admin saw.

    A requirement that is new, or returns, starts no earlier than now, so that its grace runs anew. `page` is where a
    change that weakens can be put back.
    """
    if not has_permission(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    now = services.clock.now()
    current = services.policy.current(account)
    if current.number != number:
        return Conflict()
    rules = policy_checks.started_anew(current.rules, rules, now=now)
    if rules == current.rules:
        return Done()
    barred = (
        check(services, visit, me, current.rules, rules, because=because)
        or _other_act(services, visit, me, current.rules, rules, now=now)
        or prove.needed(services, visit, me)
    )
    if barred is not None:
        return barred
    version = PolicyVersion(number=number + 1, rules=rules, saved_at=now, saved_by=me.person.id, because=because)
    with services.transactions.begin():
        recent_acts.alone(services, account, me.person.id)
        other_act = _other_act(services, visit, me, current.rules, rules, now=now)
        if other_act is not None:
            return other_act
        if not services.policy.add(account, version):
            return Conflict()
        policy_told.record_and_tell(services, visit, me, current, version, page=page, now=now)
    return Done()


def check(
    services: Services, visit: Visit, me: SignedIn, old: Rules, new: Rules, *, because: str = ""
) -> SetUpFirst | NotMet | BadRules | Refuse | None:
    """Say why these rules cannot be saved by this admin: they cannot be, or demand what they do not meet."""
    problems = policy_checks.problems(services, visit.account.id, old, new)
    if problems:
        return BadRules(problems)
    if new.networks != old.networks and not may_come_from(visit.sure_address, Audience.TEAM, Evidence(), new):
        return BadRules(((Audience.TEAM, RuleProblem.OUTSIDE_NETWORKS),))
    if len(because) > LONGEST_REASON:
        return Refuse(because=Refusal(No.TOO_LONG))
    if not services.enrolments.held(visit.account.id, me.person.id):
        return SetUpFirst()
    part = policy_checks.not_met(services, visit, me, old, new)
    return None if part is None else NotMet(part)


def _other_act(
    services: Services, visit: Visit, me: SignedIn, old: Rules, new: Rules, *, now: datetime
) -> OtherAct | None:
    """Say whom it frees whose address or password this admin changed lately, while another one could save it.

    Whoever is alone must be able to require less at any hour, and has nobody to wait for.
    """
    helpers = services.people.with_roles(visit.account.id, (Role.OWNER, Role.ADMIN))
    if all(one.id == me.person.id or has_never_signed_in(one) for one in helpers):
        return None
    found = recent_acts.in_the_way(services, visit.account.id, me.person.id, old, new, now=now)
    return OtherAct(found) if found else None


def restore(
    services: Services, visit: Visit, me: SignedIn, *, number: int, back_to: int, because: str = ""
) -> SaveOutcome:
    """Save the rules of an earlier version again, as the version after `number`."""
    earlier = services.policy.by_number(visit.account.id, back_to)
    if earlier is None:
        return Gone()
    return save(services, visit, me, number=number, rules=earlier.rules, because=because)


def _history(services: Services, visit: Visit, before: int | None) -> tuple[tuple[Saved, ...], int]:
    account = visit.account.id
    found = services.policy.history(account, most=_HISTORY + 1, before=before)
    if before is not None and not found:
        return _history(services, visit, None)
    versions = list(found[:_HISTORY])
    older = versions[-1].number if len(found) > _HISTORY else 0
    first = services.policy.by_number(account, 0)
    # What was in force before anybody saved anything can be put back like the rest.
    if first is not None and versions and versions[-1].number == 1:
        versions.append(first)
    names = services.people.names(account, (one.saved_by for one in versions if one.saved_by is not None))
    saved = (
        Saved(version=one, by=(by.name or by.email) if one.saved_by and (by := names.get(one.saved_by)) else "")
        for one in versions
    )
    return tuple(saved), older
