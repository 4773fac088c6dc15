"""From rows to the facts that policy reasons about."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twofold.core import policy, standing
from twofold.core.exemptions import Exemption, exemption_of
from twofold.core.groups import memberships
from twofold.core.roles import audience_of
from twofold.factors.contract import Ceremony, Held

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId
    from twofold.core.policy import AudienceRules, Facts, Rules, Standing
    from twofold.factors.contract import SecondFactor
    from twofold.ports.accounts import Account
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import SurveyedMethod
    from twofold.ports.services import Services


def memberships_of(services: Services, account: AccountId, person: Subscriber, rules: Rules) -> tuple[Membership, ...]:
    """Return the groups of these rules that a person belongs to; nothing is read where there are no groups."""
    if not rules.groups:
        return ()
    by_hand = services.groups.of_person(account, person.id)
    return memberships(rules.groups, by_hand, email=person.email, role=person.role)


def rules_of(services: Services, account: AccountId, person: Subscriber, rules: Rules) -> AudienceRules:
    """Return what of these rules holds for one person: the strictest of audience, groups and their own."""
    belongs_to = memberships_of(services, account, person, rules)
    return rules.of(audience_of(person.role), belongs_to, person.own_rule)


def waits_until(own: datetime | None, pause: datetime | None) -> datetime | None:
    """Return until when somebody who was never set up may wait, let in alone or by a pause for everybody."""
    if own is None or pause is None:
        return own or pause
    return max(own, pause)


def exemption_under(person: Subscriber, rules: Rules, belongs_to: Iterable[Membership]) -> Exemption | None:
    """Return the exemption that lasts longest of a person's own and their groups', over or not; None without any."""
    until = person.exempt_until
    own = None if until is None else Exemption(until, person.exempt_because)
    return exemption_of(own, rules.groups, belongs_to, person.role)


def facts_of(
    services: Services,
    account: AccountId,
    person: Subscriber,
    held: Sequence[Enrolment | SurveyedMethod],
    rules: Rules,
    *,
    belongs_to: tuple[Membership, ...] | None = None,
) -> Facts:
    """Say of a person what policy may know. Enrolments of kinds that are gone are left out.

    `belongs_to` are the groups that they belong to, where somebody asked already.
    """
    if belongs_to is None:
        belongs_to = memberships_of(services, account, person, rules)
    exempt = exemption_under(person, rules, belongs_to)
    audience = audience_of(person.role)
    return policy.Facts(
        role=person.role,
        audience=audience,
        chosen=person.chosen,
        must_set_up=person.must_set_up,
        every_sign_in=person.every_sign_in,
        created_at=person.created_at,
        covered_from=person.audience_since,
        exempt_until=exempt.until if exempt else None,
        exempt_because=exempt.because if exempt else "",
        grace_until=waits_until(person.grace_until, rules.paused_until(audience, belongs_to)),
        skipped=person.skipped,
        skipped_at=person.skipped_at,
        held=known_of(services.factors, held),
        suspended_at=person.suspended_at,
        frozen=person.frozen_at is not None,
        proved_by_mailbox_at=person.proved_by_mailbox_at,
        memberships=belongs_to,
        own_rule=person.own_rule,
    )


def known_of(
    factors: Mapping[str, SecondFactor], held: Iterable[Enrolment | SurveyedMethod]
) -> tuple[policy.Held, ...]:
    """Return what policy may know of enrolments; those of kinds that are gone are left out."""
    return tuple(
        [
            policy.Held(
                id=one.id,
                kind=one.kind,
                traits=factors[one.kind].traits,
                confirmed_at=one.confirmed_at,
                last_used_at=one.last_used_at,
            )
            for one in held
            if one.kind in factors
        ]
    )


def standing_of(
    services: Services,
    account: AccountId,
    person: Subscriber,
    held: Sequence[Enrolment],
    rules: Rules,
    *,
    now: datetime,
) -> Standing:
    """Say in one value where a person stands towards two-factor authentication."""
    return policy.standing(facts_of(services, account, person, held, rules), rules, now=now)


def mailed_counts(person: Subscriber, *, now: datetime) -> bool:
    """Tell whether a mailed passcode counts: not for a while after the password itself came by mail."""
    from_when = person.proved_by_mailbox_at and mailed_counts_from(person)
    return from_when is None or now >= from_when


def mailed_counts_from(person: Subscriber) -> datetime | None:
    """Return when mailed passcodes count again after the password itself came by mail; None when nothing stops them."""
    return standing.mailed_counts_from(person.proved_by_mailbox_at, audience_of(person.role))


def as_factor_sees(held: Iterable[Enrolment], kind: str) -> tuple[Held, ...]:
    """Return what a factor of this kind may see of what a person holds."""
    return tuple([Held(id=one.id, label=one.label, state=one.state) for one in held if one.kind == kind])


def ceremony(
    services: Services, account: Account, person: Subscriber, countries: frozenset[str] | None = None
) -> Ceremony:
    """Say what a factor may know of the house and the person; `countries` are those to which texts go."""
    return Ceremony(
        account_name=account.name,
        origin=account.base_url,
        rp_id=host_of(account.base_url),
        person_label=person.email,
        email=person.email,
        email_proved=person.email_proved_at is not None,
        countries=countries,
        code_life=services.numbers.codes.life,
    )


@lru_cache(maxsize=64)
def host_of(url: str) -> str:
    """Return the host of an account's address: browsers fill codes in on its pages alone."""
    return urlsplit(url).hostname or ""
