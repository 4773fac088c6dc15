"""The account's rules for new passwords, and whether admins may set them for others: off, unless somebody says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.password_rules import PasswordRules
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission, may_read
from twofold.flows import journal, prove
from twofold.flows.notices import tell_helpers
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

PAGE: Final = "/admin/account/security/passwords"
KEPT: Final = "passwords"
"""The name under which the rules are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordRulesView:
    """The rules, and the version that a change is made from."""

    rules: PasswordRules
    version: int


@dataclass(frozen=True, slots=True)
class BadRules:
    """No account can want this."""


def of(services: Services, account: AccountId) -> PasswordRules:
    """Return the rules of an account."""
    return PasswordRules.from_json(services.kept.load(account, KEPT)[0])


def look(services: Services, visit: Visit, me: SignedIn) -> PasswordRulesView | Refuse:
    """Return what the page shows; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    kept, version = services.kept.load(visit.account.id, KEPT)
    return PasswordRulesView(rules=PasswordRules.from_json(kept), version=version)


def save(
    services: Services, visit: Visit, me: SignedIn, rules: PasswordRules, *, version: int
) -> Done | BadRules | NeedsProof | Conflict | Refuse:
    """Keep other rules, after fresh proof. They hold for passwords that are chosen from now on.

    What asks for less is mailed to every owner and admin.
    """
    if not has_permission(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if not rules.is_possible:
        return BadRules()
    kept, present = services.kept.load(visit.account.id, KEPT)
    before = PasswordRules.from_json(kept)
    if present != version:
        return Conflict()
    if rules == before:
        return Done()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        if not services.kept.replace(account.id, KEPT, rules.to_json(), version=version):
            return Conflict()
        journal.record(
            services,
            visit,
            "passwords.rules_changed",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"before": before.to_json(), "after": rules.to_json()},
        )
        if rules.is_weaker(before):
            tell_helpers(
                services,
                account,
                "password_rules_weakened",
                {
                    "by": me.person.name or me.person.email,
                    "least": rules.least,
                    "admins_set": rules.admins_set,
                    "url": f"{account.base_url}{PAGE}",
                },
                now=now,
            )
    return Done()
