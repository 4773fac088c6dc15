"""From which networks team members may come: a part of the policy, with its versions, mails and lock-out guard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core import networks
from twofold.core.networks import NotANetwork
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, may_read
from twofold.flows import policy
from twofold.flows.outcomes import Refuse

if TYPE_CHECKING:
    from twofold.flows.policy import SaveOutcome
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

PAGE: Final = "/admin/account/security/networks"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworksView:
    """The networks in force, the policy's version, and the address of whoever looks ("": nobody is sure)."""

    named: tuple[str, ...]
    number: int
    own_address: str


@dataclass(frozen=True, slots=True)
class BadNetworks:
    """What was typed that is no network, each with what it may have been meant as ("": nothing)."""

    wrong: tuple[NotANetwork, ...]


def look(services: Services, visit: Visit, me: SignedIn) -> NetworksView | Refuse:
    """Return what the page shows; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    current = services.policy.current(visit.account.id)
    return NetworksView(named=current.rules.networks, number=current.number, own_address=visit.sure_address)


def save(
    services: Services, visit: Visit, me: SignedIn, typed: str, *, number: int, because: str
) -> SaveOutcome | BadNetworks:
    """Save the networks that stand in the lines of a text, as the next version of the policy; none: from anywhere."""
    read: list[str] = []
    wrong: list[NotANetwork] = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        try:
            read.append(networks.read(line))
        except NotANetwork as problem:
            wrong.append(problem)
    if wrong:
        return BadNetworks(tuple(wrong))
    rules = replace(services.policy.current(visit.account.id).rules, networks=tuple(dict.fromkeys(read)))
    return policy.save(services, visit, me, number=number, rules=rules, because=because, page=PAGE)
