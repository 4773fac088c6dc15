"""First steps of a new help desk, each ticked by a fact and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, Role, may_read
from twofold.flows import counts, mail_settings
from twofold.flows.outcomes import Refuse

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

BACKUP = "backup"
"""The name under which `./run backup` notes when it last wrote one."""


class Step(StrEnum):
    """What a new owner does, in this order."""

    ADDRESS = "address"
    MAIL = "mail"
    SECOND_OWNER = "second_owner"
    INVITE = "invite"
    REQUIRE = "require"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True)
class Ticked:
    """One step, and whether it is done."""

    step: Step
    done: bool


def look(services: Services, visit: Visit, me: SignedIn) -> tuple[Ticked, ...] | Refuse:
    """Return the steps; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.SEE_ADMIN_CENTER):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    now = services.clock.now()
    owners = services.people.with_roles(account, (Role.OWNER,))
    people = sum(counts.tally(services, account, audience, now=now).people for audience in Audience)
    rules = services.policy.current(account).rules
    backup, _ = services.kept.load(account, BACKUP)
    done = {
        Step.ADDRESS: visit.account.base_url.startswith("https://"),
        Step.MAIL: mail_settings.is_proved(services, visit),
        Step.SECOND_OWNER: len(owners) > 1,
        Step.INVITE: people > len(owners),
        Step.REQUIRE: rules.team.required is not None,
        Step.BACKUP: bool(backup),
    }
    return tuple(Ticked(step, done[step]) for step in Step)
