"""What somebody holds: renaming, preferring and removing enrolments, and turning two-factor authentication off."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core.effects import Change
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.flows import called_off, ending, prove
from twofold.flows.coming import coming_for
from twofold.flows.journal import record
from twofold.flows.notices import method_told, warn
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import change_person, hold_still
from twofold.flows.security import can_remove
from twofold.flows.standing_of import standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import EnrolmentId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.flows.coming import Coming
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

LONGEST_LABEL: Final = 60
"""Characters of the name of an authenticator or a browser."""


def clean_label(typed: str) -> str:
    """Return a name on one line without control characters and outer spaces, at most 60 characters."""
    printable = "".join(character if character.isprintable() else " " for character in typed)
    return " ".join(printable.split())[:LONGEST_LABEL]


def kind_of(services: Services, visit: Visit, me: SignedIn, enrolment: EnrolmentId) -> str:
    """Return of which kind an enrolment of this person is; empty when they hold no such one."""
    held = services.enrolments.held(visit.account.id, me.person.id)
    one = _of(held, enrolment)
    return "" if one is None else one.kind


def rename(services: Services, visit: Visit, me: SignedIn, enrolment: EnrolmentId, *, label: str) -> Done | Gone:
    """Give an authenticator another name; an empty one leaves the name as it is."""
    name = clean_label(label)
    now = services.clock.now()
    if not name:
        return Done()
    with services.transactions.begin():
        one = _of(services.enrolments.held(visit.account.id, me.person.id), enrolment)
        if one is None or not services.enrolments.rename(visit.account.id, me.person.id, enrolment, name):
            return Gone()
        _record(services, visit, me, "second_factor.renamed", one, now=now)
    return Done()


def prefer(services: Services, visit: Visit, me: SignedIn, enrolment: EnrolmentId) -> Done | Gone | Refuse:
    """Make an authenticator the one that is asked for first; not one that policy allows no longer (`NOT_ALLOWED`)."""
    now = services.clock.now()
    with services.transactions.begin():
        held = services.enrolments.held(visit.account.id, me.person.id)
        rules = services.policy.current(visit.account.id).rules
        stands = standing_of(services, visit.account.id, me.person, held, rules, now=now)
        if enrolment in {one.id for one in stands.unusable}:
            return Refuse(because=Refusal(No.NOT_ALLOWED))
        one = _of(held, enrolment)
        if one is None or not services.enrolments.prefer(visit.account.id, me.person.id, enrolment):
            return Gone()
        _record(services, visit, me, "second_factor.preferred", one, now=now)
    return Done()


def remove(
    services: Services,
    visit: Visit,
    me: SignedIn,
    enrolment: EnrolmentId,
) -> Done | Gone | Refuse | Conflict | NeedsProof:
    """Remove one authenticator after fresh proof.

    The last one turns two-factor authentication off; where it is required, the last one that policy allows stays
    (`NOT_ALLOWED`): replace it instead. Recovery codes are not counted.
    """
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        person = hold_still(services, account.id, me.person.id)
        if isinstance(person, Gone | Conflict):
            return person
        held = services.enrolments.held(account.id, person.id)
        one = _of(held, enrolment)
        if one is None:
            return Gone()
        rules = services.policy.current(account.id).rules
        if len(held) == 1:
            return _turn_off(services, visit, me, person, held, rules=rules, now=now)
        stands = standing_of(services, account.id, person, held, rules, now=now)
        if not can_remove(enrolment, len(held), {one.id for one in stands.usable}, stands):
            return Refuse(because=Refusal(No.NOT_ALLOWED))
        services.enrolments.remove(account.id, me.person.id, [enrolment])
        ending.apply(services, account.id, me.person.id, Change.FACTOR_REMOVED, now=now, but_session=me.session.id)
        _record(services, visit, me, "second_factor.removed", one, now=now)
        params: JsonObject = {
            "removed": [method_told(services, one)],
            "stays": [method_told(services, other) for other in held if other is not one],
            "from": visit.address,
        }
        warn(services, account, me.person, "factor_removed", params, now=now)
    return Done()


def turn_off(services: Services, visit: Visit, me: SignedIn) -> Done | Refuse | Conflict | Gone | NeedsProof:
    """Turn two-factor authentication off after fresh proof: everything held goes, recovery codes too.

    `NOT_ALLOWED` while it is required of this person.
    """
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    now = services.clock.now()
    account = visit.account.id
    with services.transactions.begin():
        person = hold_still(services, account, me.person.id)
        if isinstance(person, Gone | Conflict):
            return person
        held = services.enrolments.held(account, person.id)
        rules = services.policy.current(account).rules
        return _turn_off(services, visit, me, person, held, rules=rules, now=now)


def coming_without(services: Services, visit: Visit, me: SignedIn) -> Coming | None:
    """Say when a second factor would be required of this person, had they turned theirs off; None: nothing comes."""
    now = services.clock.now()
    person = _without_two_factor(me.person)
    return coming_for(services, visit.account.id, person, me.policy.rules, now=now, lasting=False)


def _turn_off(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person: Subscriber,
    held: Sequence[Enrolment],
    *,
    rules: Rules,
    now: datetime,
) -> Done | Refuse | Conflict | Gone:
    """Turn off in the caller's transaction, as policy says at this moment and not when the page was made."""
    account = visit.account
    if not standing_of(services, account.id, person, held, rules, now=now).may_turn_off:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    written = change_person(services, account.id, me.person.id, _without_two_factor)
    if isinstance(written, Gone | Conflict):
        return written
    services.enrolments.remove(account.id, me.person.id, [one.id for one in held])
    services.recovery_codes.discard(account.id, me.person.id)
    ending.apply(services, account.id, me.person.id, Change.TURNED_OFF, now=now, but_session=me.session.id)
    record(
        services,
        visit,
        "two_factor.turned_off",
        now=now,
        person=me.person.id,
        actor=me.person.id,
        detail={"kinds": [*sorted({one.kind for one in held})]},
    )
    coming = coming_for(services, account.id, written, rules, now=now, lasting=True)
    # The page and the mail tell of it, so whoever calls it off tells them of that as well.
    called_off.learn_that(services, account, written.id, coming)
    params: JsonObject = {
        "removed": [method_told(services, one) for one in held],
        "from": visit.address,
        "required_at": None if coming is None else to_micros(coming.starts_at),
    }
    warn(services, account, written, "two_factor_turned_off", params, now=now)
    return Done()


def _without_two_factor(person: Subscriber) -> Subscriber:
    return replace(person, chosen=False, codes_unsaved=False, enrolled_at=None)


def _of(held: Sequence[Enrolment], enrolment: EnrolmentId) -> Enrolment | None:
    return next((one for one in held if one.id == enrolment), None)


def _record(services: Services, visit: Visit, me: SignedIn, kind: str, one: Enrolment, *, now: datetime) -> None:
    record(
        services,
        visit,
        kind,
        now=now,
        person=me.person.id,
        actor=me.person.id,
        detail={"kind": one.kind, "thing": one.thing, "enrolment": one.id},
    )
