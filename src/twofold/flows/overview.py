"""The security overview: every setting rated, and the people whom nobody could get back in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core import ratings
from twofold.core.json import instant_in, optional
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, Role, may_read
from twofold.factors.contract import EMAIL, SMS
from twofold.flows import clock_health, counts, failed_sends, first_steps, mail_settings, report_reminder, shut_out
from twofold.flows.inviting import has_never_signed_in
from twofold.flows.outcomes import Refuse
from twofold.flows.policy_checks import traits_that_work

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ratings import Rated
    from twofold.flows.failed_sends import Lately
    from twofold.flows.shut_out import ShutOut
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_TWO: Final = 2
"""Admins whom it takes to let a third one in (rules, "Who may help whom")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded:
    """Somebody whom nobody in the account could get back in, and what would let them in themselves."""

    person: Subscriber
    methods: int
    codes_left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What the page shows, the worst first, and what messages of the last day failed of."""

    rated: tuple[Rated, ...]
    stranded: tuple[Stranded, ...]
    shut_out: ShutOut
    sends: Lately


def look(services: Services, visit: Visit, me: SignedIn) -> Overview | Refuse:
    """Rate the account's settings; refused with NOT_ALLOWED to agents and end users. Writes nothing."""
    if not may_read(me.person.role, Permission.SEE_ADMIN_CENTER):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, rules, now = visit.account.id, me.policy.rules, services.clock.now()
    helpers = [
        one for one in services.people.with_roles(account, (Role.OWNER, Role.ADMIN)) if not has_never_signed_in(one)
    ]
    sends = failed_sends.lately(services, account)
    around = ratings.Around(
        is_https=visit.account.base_url.startswith("https://"),
        mail_is_proved=mail_settings.is_proved(services, visit),
        clock_is_off=clock_health.look(services, account) is not None,
        backup_at=_backup_at(services, visit),
        owners=sum(one.role is Role.OWNER for one in helpers),
        exempt=counts.tally(services, account, Audience.TEAM, now=now).exempt,
        report_is_due=report_reminder.is_due(services, visit.account, rules, now=now),
        traits=traits_that_work(services, account),
        mail=sends.of(EMAIL),
        texts=sends.of(SMS) if services.outbox.can_send(account, SMS) else None,
    )
    stranded = [one for one in helpers if not _can_be_helped(one, helpers)]
    return Overview(
        rated=ratings.worst_first(ratings.rate(rules, around, now=now)),
        stranded=tuple(
            Stranded(
                person=one,
                methods=len(services.enrolments.held(account, one.id)),
                codes_left=services.recovery_codes.left(account, one.id).left,
            )
            for one in stranded
        ),
        shut_out=shut_out.of_everybody(services, account, rules, now=now),
        sends=sends,
    )


def _can_be_helped(person: Subscriber, helpers: Sequence[Subscriber]) -> bool:
    """Say whether others can let this owner or admin in again: another owner; for an admin, two other admins as well.

    Two admins could let an only owner in, after 24 hours in which a mail may stop it; whoever relies on that has one
    mailbox between them and the operator, so an only owner counts as out of reach.
    """
    others = [one for one in helpers if one.id != person.id]
    if any(one.role is Role.OWNER for one in others):
        return True
    return person.role is Role.ADMIN and len(others) >= _TWO


def _backup_at(services: Services, visit: Visit) -> datetime | None:
    kept, _ = services.kept.load(visit.account.id, first_steps.BACKUP)
    return optional(instant_in, kept, "made_at")
