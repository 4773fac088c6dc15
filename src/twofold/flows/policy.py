"""What an admin does with the account's policy: see it, foresee a change in counts, save, put back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId
from twofold.core.policy import problems_of, weakenings
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, has_permission, may_read
from twofold.core.standing import meets
from twofold.flows import journal, prove
from twofold.flows.notices import tell_helpers
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.standing_of import facts_of, standing_of
from twofold.ports.jobs import TELL_DORMANT
from twofold.ports.policy import PolicyVersion

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.policy import Requirement, RuleProblem, Rules, Weakening
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Tally
    from twofold.ports.services import Services

PAGE: Final = "/admin/account/security/advanced/authentication"
LONGEST_REASON: Final = 500
"""Characters of the reason that an admin may give."""
_HISTORY: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a policy means for one audience, in people who are not suspended.

    `asked` are asked for a second factor they have; `led` are led through set-up (after a grace, if
    one runs); `left_alone` are asked for nothing; `dormant` hold something that is no longer asked
    for once this is saved; `exempt` hold an open exemption from the requirement. `set_up` counts
    whoever holds something today, whatever the policy.
    """

    audience: Audience
    people: int
    set_up: int
    asked: int
    led: int
    left_alone: int
    dormant: int
    exempt: int
    never_signed_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """One version with the name of who saved it; empty when nobody did or the person is gone."""

    version: PolicyVersion
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What the page shows.

    `has_factor` tells whether the admin holds a confirmed enrolment: without one nothing can be
    saved. `recommends` lists the audiences of which no second factor is required.
    """

    current: PolicyVersion
    foreseen: tuple[Foreseen, ...]
    history: tuple[Saved, ...]
    standing: Standing
    has_factor: bool
    can_send_mail: bool
    recommends: tuple[Audience, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What saving would do."""

    foreseen: tuple[Foreseen, ...]
    weakens: tuple[Weakening, ...]
    changes: bool


@dataclass(frozen=True, slots=True)
class SetUpFirst:
    """The admin holds no second factor: theirs comes before everybody else's."""


@dataclass(frozen=True, slots=True)
class NotMet:
    """The admin does not meet these rules themselves."""

    audience: Audience


@dataclass(frozen=True, slots=True)
class BadRules:
    """What is out of range, by audience."""

    problems: tuple[tuple[Audience, RuleProblem], ...]


SaveOutcome = Done | SetUpFirst | NotMet | BadRules | NeedsProof | Conflict | Gone | Refuse


def look(services: Services, visit: Visit, me: SignedIn) -> PolicyView | Refuse:
    """Return what the page shows; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    now = services.clock.now()
    current = services.policy.current(account)
    held = services.enrolments.held(account, me.person.id)
    return PolicyView(
        current=current,
        foreseen=_foresee(services, visit, current.rules, now=now),
        history=_history(services, visit),
        standing=standing_of(services, account, me.person, held, current.rules, now=now),
        has_factor=bool(held),
        can_send_mail=services.outbox.can_send(account, journal.EMAIL),
        recommends=tuple(one for one in Audience if current.rules.for_(one).required is None),
    )


def preview(services: Services, visit: Visit, rules: Rules) -> Preview:
    """Say what saving these rules would do, without writing anything."""
    now = services.clock.now()
    current = services.policy.current(visit.account.id).rules
    rules = _started_anew(current, rules, now=now)
    return Preview(
        foreseen=_foresee(services, visit, rules, now=now),
        weakens=weakenings(current, rules),
        changes=rules != current,
    )


def save(
    services: Services, visit: Visit, me: SignedIn, *, number: int, rules: Rules, because: str = ""
) -> SaveOutcome:
    """Save `rules` as the version after `number`, which the admin saw.

    A requirement that is new, or returns, starts no earlier than now, so that its grace runs anew.
    """
    if not has_permission(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    now = services.clock.now()
    current = services.policy.current(account)
    if current.number != number:
        return Conflict()
    rules = _started_anew(current.rules, rules, now=now)
    if rules == current.rules:
        return Done()
    problems = tuple((one, problem) for one in Audience for problem in problems_of(rules.for_(one)))
    if problems or len(because) > LONGEST_REASON:
        return BadRules(problems) if problems else Refuse(because=Refusal(No.TOO_LONG))
    barred = _barred(services, visit, me, current.rules, rules)
    if barred is not None:
        return barred
    version = PolicyVersion(number=number + 1, rules=rules, saved_at=now, saved_by=me.person.id, because=because)
    with services.transactions.begin():
        if not services.policy.add(account, version):
            return Conflict()
        _record_and_tell(services, visit, me, current, version, now=now)
    return Done()


def restore(
    services: Services, visit: Visit, me: SignedIn, *, number: int, back_to: int, because: str = ""
) -> SaveOutcome:
    """Save the rules of an earlier version again, as the version after `number`."""
    earlier = services.policy.by_number(visit.account.id, back_to)
    if earlier is None:
        return Gone()
    return save(services, visit, me, number=number, rules=earlier.rules, because=because)


def _barred(
    services: Services, visit: Visit, me: SignedIn, old: Rules, new: Rules
) -> SetUpFirst | NotMet | NeedsProof | None:
    """Say why this admin cannot save these rules yet: nobody demands what they do not meet."""
    held = services.enrolments.held(visit.account.id, me.person.id)
    if not held:
        return SetUpFirst()
    as_policy_sees = facts_of(services, visit.account.id, me.person, held, new).held
    for audience in Audience:
        before, after = old.for_(audience), new.for_(audience)
        is_touched = (before.required, before.accepts) != (after.required, after.accepts)
        if is_touched and not meets(as_policy_sees, after):
            return NotMet(audience)
    return prove.needed(services, visit, me)


def _started_anew(old: Rules, new: Rules, *, now: datetime) -> Rules:
    """Let requirements that `old` has not begin now at the earliest."""

    def begun(before: Requirement | None, after: Requirement | None) -> Requirement | None:
        if after is None or before is not None:
            return after
        return replace(after, starts_at=max(after.starts_at, now))

    return replace(
        new,
        team=replace(new.team, required=begun(old.team.required, new.team.required)),
        end_users=replace(new.end_users, required=begun(old.end_users.required, new.end_users.required)),
    )


def _record_and_tell(
    services: Services,
    visit: Visit,
    me: SignedIn,
    old: PolicyVersion,
    new: PolicyVersion,
    *,
    now: datetime,
) -> None:
    found = weakenings(old.rules, new.rules)
    changes: JsonObject = {
        "number": new.number,
        "because": new.because,
        "before": old.rules.to_json(),
        "after": new.rules.to_json(),
        "weakens": [f"{one.audience or 'group'}.{one.weaker}" for one in found],
    }
    journal.record(
        services,
        visit,
        "policy.changed",
        now=now,
        person=None,
        actor=me.person.id,
        detail=changes,
    )
    url = f"{visit.account.base_url}{PAGE}"
    if found:
        told: JsonObject = {"by": me.person.name, "changes": changes["weakens"], "url": url}
        tell_helpers(services, visit.account, "policy_weakened", told, now=now)
    for audience in Audience:
        before, after = old.rules.for_(audience).required, new.rules.for_(audience).required
        # A requirement that never began asked nobody, so there is nothing to tell.
        if before is not None and after is None and before.starts_at <= now:
            services.jobs.add(
                visit.account.id,
                id=JobId(services.entropy.new_id()),
                kind=TELL_DORMANT,
                body={
                    "audience": audience.value,
                    "template": "requirement_ended",
                    "params": {"url": f"{visit.account.base_url}/profile/security"},
                    "after": "",
                },
                run_at=now,
                put_at=now,
            )


def _foresee(services: Services, visit: Visit, rules: Rules, *, now: datetime) -> tuple[Foreseen, ...]:
    return tuple(
        _foresee_one(
            audience,
            services.people.tally(visit.account.id, audience, now=now),
            required=rules.for_(audience).required is not None,
        )
        for audience in Audience
    )


def _foresee_one(audience: Audience, tally: Tally, *, required: bool) -> Foreseen:
    # Who chose it is asked under every policy, and whoever was reset is led through set-up.
    asked = tally.set_up if required else tally.chosen
    led = tally.people - tally.set_up - tally.exempt if required else tally.asked_by_reset
    led = max(led, tally.asked_by_reset)
    return Foreseen(
        audience=audience,
        people=tally.people,
        set_up=tally.set_up,
        asked=asked,
        led=led,
        left_alone=max(tally.people - asked - led, 0),
        dormant=0 if required else max(tally.set_up - tally.chosen, 0),
        exempt=tally.exempt,
        never_signed_in=tally.never_signed_in,
    )


def _history(services: Services, visit: Visit) -> tuple[Saved, ...]:
    account = visit.account.id
    versions = list(services.policy.history(account, most=_HISTORY))
    first = services.policy.by_number(account, 0)
    # What was in force before anybody saved anything can be put back like the rest.
    if first is not None and versions and versions[-1].number == 1:
        versions.append(first)
    names: dict[PersonId, str] = {}
    for one in versions:
        if one.saved_by is not None and one.saved_by not in names:
            person = services.people.by_id(account, one.saved_by)
            names[one.saved_by] = person.name or person.email if person else ""
    return tuple(Saved(version=one, by=names.get(one.saved_by, "") if one.saved_by else "") for one in versions)
