"""Another address, entered by a helper for somebody who lost the mailbox: it counts once it was confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core import emails
from twofold.core.effects import Change
from twofold.core.helping import Act, Check
from twofold.core.json import text_in
from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import NeedsApproval, Permission, Refused, has_permission
from twofold.flows import approvals, ending, judged, links, recent_acts, ways_told, whom
from twofold.flows.address import with_address
from twofold.flows.carrying_out import AGREED, carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.former_address import remember
from twofold.flows.journal import EMAIL, record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import change_person, follow_address, hold_still
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.roles import Helping
    from twofold.flows.approvals import Asked
    from twofold.flows.judged import HoldsNothing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.links import Link
    from twofold.ports.services import Services

CHECKS: Final = tuple(one for one in Check if one is not Check.FOUR_WORDS)
"""How a helper can know who it is: whoever lost the mailbox reads no words in it, and the rest is asked in person."""


class Problem(StrEnum):
    """What is wrong with what a helper typed."""

    NOT_AN_ADDRESS = "not_an_address"
    TAKEN = "taken"
    CHECK = "check"
    VOUCHED_BY = "vouched_by"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Unfit:
    """It does not do."""

    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a helper typed."""

    email: str
    check: Check | None
    vouched_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """Whose address it is, and what changing it needs of this helper."""

    person: Subscriber
    needed: Helping


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmView:
    """What the page of the mailed link shows."""

    email: str


def look(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeView | Gone | Refuse | Barred:
    """Return what the page shows; barred where nobody's yes makes it possible. Auditors read it. Writes nothing."""
    person = whom.to_read(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    now = services.clock.now()
    needed = judged.judge(services, visit, me.person, person, Act.CHANGE_ADDRESS, {}, now=now)
    if isinstance(needed, Refused) and has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Barred(needed)
    return ChangeView(person=person, needed=needed)


def propose(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, typed: Typed
) -> Done | Asked | Unfit | Gone | Refuse | Barred | NeedsProof | HoldsNothing | Conflict:
    """Mail a link to the new address, or ask another helper to agree to that."""
    view = look(services, visit, me, person_id)
    if not isinstance(view, ChangeView):
        return view
    barred = judged.barred(services, visit, me, Act.CHANGE_ADDRESS)
    if barred is not None:
        return barred
    found = _read(services, visit, view.person, typed)
    if isinstance(found, Unfit):
        return found
    now = services.clock.now()
    # The address itself matters, too: under it less may be asked of them.
    needed = judged.judge(services, visit, me.person, view.person, Act.CHANGE_ADDRESS, found, now=now)
    if isinstance(needed, Refused):
        return Barred(needed)
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        still = hold_still(services, visit.account.id, person_id)
        if not isinstance(still, Subscriber):
            return still
        if judged.judge(services, visit, me.person, still, Act.CHANGE_ADDRESS, found, now=now) != needed:
            return Conflict()
        doing = Doing(me=me, person=still, act=Act.CHANGE_ADDRESS, now=now, detail=found, reason=typed.reason)
        if isinstance(needed, NeedsApproval):
            return approvals.ask(services, visit, doing, needed)
        outcome = carry_out(services, visit, doing)
        if not isinstance(outcome, Given):
            return outcome
        approvals.note_done(services, visit, doing)
    return Done()


def look_at_link(services: Services, visit: Visit, token: str) -> ConfirmView | Refuse:
    """Tell what the button of the mailed link does. Writes nothing."""
    link = links.read(services, visit.account, Purpose.CONFIRMATION, token, now=services.clock.now())
    return link if isinstance(link, Refuse) else ConfirmView(email=text_in(link.detail, EMAIL))


def confirm(services: Services, visit: Visit, token: str) -> Done | Refuse:
    """Let the new address count: whoever opens the link reads its mailbox. Everybody is signed out.

    Refused with `STALE` when somebody else has the address by now, or the person was changed at the same moment, and
    with `NEEDS_HELPER` when the address frees them of something by now to which no second helper agreed.
    """
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        link = links.spend(services, account, Purpose.CONFIRMATION, token, now=now)
        if isinstance(link, Refuse):
            return link
        former = _person_of(services, visit, link)
        if former is None:
            return Refuse(because=Refusal(No.ENDED))
        email = text_in(link.detail, EMAIL)
        # The policy may have changed since one helper alone entered it.
        frees = recent_acts.is_freed(services, account.id, former, replace(former, email=email), now=now)
        if frees and link.detail.get(AGREED) is not True:
            return Refuse(because=Refusal(No.NEEDS_HELPER))
        written = change_person(services, account.id, former.id, lambda one: with_address(one, email, now))
        if isinstance(written, Gone | Conflict):
            return Refuse(because=Refusal(No.STALE))
        remember(services, account.id, written)
        follow_address(services, account.id, former, written)
        ways_told.put_for_some(services, account.id, [written.id], now=now)
        ending.apply(services, account.id, former.id, Change.ADDRESS_CHANGED, now=now)
        record(services, visit, "address.changed", now=now, person=former.id, detail={"to": emails.mask(email)})
        params: JsonObject = {"new_address": emails.mask(email), "from": visit.address}
        warn(services, account, written, "address_changed", params, now=now, to=former.email)
    return Done()


def _person_of(services: Services, visit: Visit, link: Link) -> Subscriber | None:
    person = services.people.by_id(visit.account.id, link.person_id) if link.person_id else None
    # What was suspended or frozen since is not for a link to change.
    return None if person is None or person.suspended_at is not None or person.frozen_at is not None else person


def _read(services: Services, visit: Visit, person: Subscriber, typed: Typed) -> JsonObject | Unfit:
    """Return what is kept of what was typed; helpers see everybody's address, so a taken one is told."""
    email = emails.normalise(typed.email)
    if email is None:
        return Unfit(Problem.NOT_AN_ADDRESS)
    if email == person.email or services.people.by_email(visit.account.id, email) is not None:
        return Unfit(Problem.TAKEN)
    if typed.check not in CHECKS:
        return Unfit(Problem.CHECK)
    if typed.check is Check.VOUCHED and not typed.vouched_by:
        return Unfit(Problem.VOUCHED_BY)
    if not typed.reason:
        return Unfit(Problem.REASON)
    detail: JsonObject = {EMAIL: email, "check": typed.check.value}
    return {**detail, "vouched_by": typed.vouched_by} if typed.check is Check.VOUCHED else detail
