"""Who may sign up by themselves: a part of the policy, with its versions, mails and proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, may_read
from twofold.flows import mail_settings, policy, sign_up
from twofold.flows.outcomes import Refuse
from twofold.flows.sign_up import PAGE

if TYPE_CHECKING:
    from twofold.core.sign_up import SignUp
    from twofold.flows.policy import SaveOutcome
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUpRuleView:
    """What is in force and the policy's version; how many asked today, of how many; whether a test mail came back."""

    rule: SignUp
    number: int
    asked_today: int
    most_a_day: int
    mail_is_proved: bool


def look(services: Services, visit: Visit, me: SignedIn) -> SignUpRuleView | Refuse:
    """Return what the page shows; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    current = services.policy.current(account)
    return SignUpRuleView(
        rule=current.rules.sign_up,
        number=current.number,
        asked_today=sign_up.asked_today(services, account, now=services.clock.now()),
        most_a_day=services.numbers.sign_ups.a_day,
        mail_is_proved=mail_settings.is_proved(services, visit),
    )


def save(services: Services, visit: Visit, me: SignedIn, rule: SignUp, *, number: int, because: str) -> SaveOutcome:
    """Save the rule as the next version of the policy. Letting more people in is mailed to every owner and admin."""
    rules = replace(services.policy.current(visit.account.id).rules, sign_up=rule)
    return policy.save(services, visit, me, number=number, rules=rules, because=because, page=PAGE)
