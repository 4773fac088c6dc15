"""Whether this helper may do this to this person now: the table with the facts that it asks for, and fresh proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core import helping
from twofold.core.helping import Act, Pair
from twofold.core.json import text_in
from twofold.core.roles import Role, TakeoverAct
from twofold.flows import prove, recent_acts
from twofold.flows.help_calls import helps_end_users
from twofold.flows.journal import EMAIL
from twofold.flows.people import other_active_owners

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.roles import Helping
    from twofold.flows.outcomes import NeedsProof
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True)
class HoldsNothing:
    """The helper holds no second factor of their own: that comes before helping others."""


def judge(
    services: Services,
    visit: Visit,
    helper: Subscriber,
    person: Subscriber,
    act: Act,
    detail: JsonObject,
    *,
    now: datetime,
) -> Helping:
    """Read the table for these two people as they stand now."""
    recent = recent_acts.of(services, visit.account.id, helper.id, person, act.takeover, now=now)
    then = _then(person, act, detail)
    frees = then is not None and recent_acts.is_freed(services, visit.account.id, person, then, now=now)
    if frees and act is Act.CHANGE_ADDRESS:
        # Under the new address they are asked for less: that is both sorts of acts in one.
        recent |= {TakeoverAct.EXEMPT}
    pair = Pair(
        actor=helper.role,
        target=person.role,
        is_self=helper.id == person.id,
        owners_beside=other_active_owners(services, visit, person) if person.role is Role.OWNER else 0,
        helps=helps_end_users(helper),
        recent=recent,
        frees=frees,
    )
    return helping.judge(act, pair, role=Role(text_in(detail, "role")) if act is Act.SET_ROLE else None)


def _then(person: Subscriber, act: Act, detail: JsonObject) -> Subscriber | None:
    """Return the person as this act leaves them, where that may move them under other rules."""
    if act is Act.SET_ROLE:
        return replace(person, role=Role(text_in(detail, "role")))
    return replace(person, email=text_in(detail, EMAIL)) if act is Act.CHANGE_ADDRESS and EMAIL in detail else None


def barred(services: Services, visit: Visit, me: SignedIn, act: Act | None) -> HoldsNothing | NeedsProof | None:
    """Say what this helper has to do first; None: nothing.

    A takeover act, and agreeing to anything (`act` None), wants a second factor of one's own, freshly proved.
    """
    is_takeover = act is None or act.takeover is not None
    if is_takeover and not services.enrolments.held(visit.account.id, me.person.id):
        return HoldsNothing()
    return prove.needed(services, visit, me)
