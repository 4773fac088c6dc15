"""A browser that nobody knows: a mailed code from team members who are asked for no second factor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.refusals import No, Refusal
from twofold.core.typed import Shape, shape_of
from twofold.flows import known_browser, mailbox
from twofold.flows.admit import Claim, settle
from twofold.flows.outcomes import Done, Ended, GoOn, Refuse, Stage
from twofold.flows.person_change import alone_with
from twofold.flows.standing_of import facts_of
from twofold.flows.under_way import read

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Because, Rules
    from twofold.flows.known_browser import Recognised
    from twofold.flows.mailbox import MailboxView
    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.under_way import UnderWay
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_MAIL: Final = "new_browser_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBrowserView:
    """What the page shows: why, and how far the mailed code got."""

    person: Subscriber
    reasons: tuple[Because, ...]
    mailbox: MailboxView
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """An attempt that waits for the mailed code."""

    under_way: UnderWay
    rules: Rules
    seen: Recognised | None
    reasons: tuple[Because, ...]


def look(services: Services, visit: Visit, attempt_token: str) -> NewBrowserView | GoOn | Ended:
    """Return what the page shows, or where the attempt really is. Writes nothing."""
    now = services.clock.now()
    check = _read(services, visit, attempt_token, now=now)
    if not isinstance(check, _Check):
        return check
    return NewBrowserView(
        person=check.under_way.person,
        reasons=check.reasons,
        mailbox=mailbox.view(services, visit, check.under_way, now=now),
        ends_at=check.under_way.ends_at,
    )


def send(services: Services, visit: Visit, attempt_token: str) -> Done | Refuse | GoOn | Ended:
    """Mail a code to the address on file; the one before is void."""
    now = services.clock.now()
    check = _read(services, visit, attempt_token, now=now)
    if not isinstance(check, _Check):
        return check
    return mailbox.send(services, visit, check.under_way, now=now, template=_MAIL)


def confirm(services: Services, visit: Visit, attempt_token: str, typed: str) -> SignInOutcome:
    """Judge the mailed code, or a code from an admin in its place, and let the person in.

    A right code that is too old has a new one sent at once; `other_at` of the refusal says when.
    """
    now = services.clock.now()
    check = _read(services, visit, attempt_token, now=now)
    if not isinstance(check, _Check):
        return check
    if shape_of(typed) is Shape.ACCESS_PASS:
        # It opens set-up and nothing else: not looked at, so that it is not used up here.
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    judged = mailbox.confirm(services, visit, check.under_way, typed, attempt_token, now=now)
    match judged:
        case Done():
            return _let_in(services, visit, check, attempt_token, now=now)
        case Refuse(because=because) if because.no is No.EXPIRED:
            renewed = send(services, visit, attempt_token)
            return Refuse(because=replace(because, other_at=now)) if isinstance(renewed, Done) else judged
        case _:
            return judged


def _let_in(services: Services, visit: Visit, check: _Check, attempt_token: str, *, now: datetime) -> SignInOutcome:
    """Go on by today's policy with what was proved; of two that do, one finds the attempt closed."""
    again = read(services, visit, attempt_token, now=now)
    if again is None:
        return Ended()
    claim = Claim(
        person=again.person,
        held=again.held,
        rules=services.policy.current(visit.account.id).rules,
        evidence=again.attempt.evidence,
        seen=check.seen,
        next_url=again.attempt.next_url,
        purpose=again.attempt.purpose,
    )
    with services.transactions.begin():
        alone_with(services, visit.account.id, claim.person.id)
        return settle(services, visit, claim, again.attempt, now=now, trust=claim.trust)


def _read(services: Services, visit: Visit, attempt_token: str, *, now: datetime) -> _Check | GoOn | Ended:
    """Return the attempt if a mailed code is what it waits for: by what policy says today."""
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    if under_way.attempt.setting_up:
        return GoOn(stage=Stage.SET_UP)
    person = under_way.person
    rules = services.policy.current(visit.account.id).rules
    seen = known_browser.recognise(services, visit, person.id)
    step = policy.next_step(
        under_way.attempt.evidence,
        facts_of(services, visit.account.id, person, under_way.held, rules),
        rules,
        None,
        now=now,
        knows_browser=seen is not None and seen.known is not None,
    )
    match step:
        case policy.AskMailbox(reasons=reasons):
            return _Check(under_way=under_way, rules=rules, seen=seen, reasons=reasons)
        case policy.AskSecondFactor():
            return GoOn(stage=Stage.PASSCODE)
        case _:
            # Nothing asks for this any more: the next sign-in goes by what holds today.
            return Ended()
