"""What stands between one person and a session, for whoever wants to help: helpers and the operator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.refusals import No
from twofold.core.throttle import SHUT_OUT
from twofold.flows import mail_settings, tries
from twofold.flows.standing_of import facts_of, mailed_counts_from

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Facts, Rules
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


class Barrier(StrEnum):
    """One thing in the way. `at` of an Obstacle tells since when, or until when."""

    SUSPENDED = "suspended"
    """Since `at`."""
    FROZEN = "frozen"
    """Since `at`, by "this was not me"; the password has to be set anew."""
    NO_PASSWORD = "no_password"  # noqa: S105 -- the name of a barrier, not a secret
    """Invited, and never came."""
    WAITING = "waiting"
    """Until `at`, in the lane of `detail`."""
    LOCKED = "locked"
    """The hard stop, in the lane of `detail`."""
    MUST_SET_UP = "must_set_up"
    NOTHING_HELD = "nothing_held"
    """A second factor is asked for, and there is none."""
    NOT_ALLOWED_ANY_MORE = "not_allowed_any_more"
    """A second factor is asked for, and policy allows none of those held."""
    NO_RECOVERY_CODES = "no_recovery_codes"
    """Not in the way while the authenticator is at hand; without it, nothing is left."""
    PROVED_BY_MAILBOX = "proved_by_mailbox"
    """Until `at` a mailed passcode does not count."""
    NO_MAIL = "no_mail"
    """No mail leaves this server: only the operator reads the code that proves the mailbox before a first enrolment."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A barrier with its instant and its detail."""

    barrier: Barrier
    at: datetime | None = None
    detail: str = ""


def barriers_of(services: Services, account: Account, person: Subscriber, *, now: datetime) -> tuple[Obstacle, ...]:
    """Return everything in the way, the highest first. Writes nothing."""
    held = services.enrolments.held(account.id, person.id)
    facts = facts_of(services, account.id, person, held, _rules(services, account))
    found: list[Obstacle] = []
    if person.suspended_at is not None:
        found.append(Obstacle(Barrier.SUSPENDED, person.suspended_at))
    if person.frozen_at is not None:
        found.append(Obstacle(Barrier.FROZEN, person.frozen_at))
    if person.password is None:
        found.append(Obstacle(Barrier.NO_PASSWORD))
    found += _shut_lanes(services, account, person, now=now)
    found += _of_second_factor(services, account, person, facts, now=now)
    mailed_from = mailed_counts_from(person)
    if mailed_from is not None and now < mailed_from:
        found.append(Obstacle(Barrier.PROVED_BY_MAILBOX, mailed_from))
    if not mail_settings.leaves(services, account.id):
        found.append(Obstacle(Barrier.NO_MAIL))
    return tuple(found)


def _shut_lanes(services: Services, account: Account, person: Subscriber, *, now: datetime) -> list[Obstacle]:
    found = []
    for lane in SHUT_OUT:
        shut = tries.look(services, account.id, lane, person.id, now=now)
        if shut is not None:
            barrier = Barrier.LOCKED if shut.no is No.LOCKED else Barrier.WAITING
            found.append(Obstacle(barrier, shut.at, lane.value))
    return found


def _of_second_factor(
    services: Services, account: Account, person: Subscriber, facts: Facts, *, now: datetime
) -> list[Obstacle]:
    where = policy.standing(facts, _rules(services, account), now=now)
    found = []
    if person.must_set_up:
        found.append(Obstacle(Barrier.MUST_SET_UP))
    elif where.asked and not facts.held and not where.in_grace:
        found.append(Obstacle(Barrier.NOTHING_HELD))
    elif where.asked and facts.held and not where.usable:
        found.append(Obstacle(Barrier.NOT_ALLOWED_ANY_MORE, where.until))
    if where.asked and facts.held and services.recovery_codes.left(account.id, person.id).left == 0:
        found.append(Obstacle(Barrier.NO_RECOVERY_CODES))
    return found


def _rules(services: Services, account: Account) -> Rules:
    return services.policy.current(account.id).rules
