"""The three answers of a helper: what can have happened, whether the answers do, and what is kept of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.helping import ACT_FOR, LET_IN_FOR, LET_IN_MOST, PASS_LIVES, Act, Check, What
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Role, audience_of
from twofold.core.throttle import SHUT_OUT
from twofold.flows import four_words, judged, tries
from twofold.flows.standing_of import rules_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from twofold.core.json import JsonObject
    from twofold.core.roles import Helping
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.challenges import Live
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

AGENTS_CHECKS: Final = frozenset(Check) - {Check.VOUCHED}


class Missing(StrEnum):
    """What is wrong with the answers to the three questions."""

    WHAT = "what"
    """It did not happen: nothing of this person answers it."""
    CHECK = "check"
    VOUCHED_BY = "vouched_by"
    REASON = "reason"
    WORDS_UNSENT = "words_unsent"
    """No words were sent in this session, or their time is over."""
    WORDS_WRONG = "words_wrong"
    WORDS_TRIED = "words_tried"
    """So many wrong ones that new words have to be sent."""
    HOW_LONG = "how_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """The answers do not do; `left` tells how many tries the words have."""

    problem: Missing
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the helper answered. `how_long` is for a pass and for letting in; `call` is the call that was answered."""

    what: What
    check: Check | None
    reason: str
    vouched_by: str = ""
    words: str = ""
    how_long: timedelta | None = None
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that may have happened, the act that follows, and what that needs of this helper."""

    what: What
    act: Act
    needed: Helping


def choices_of(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person: Subscriber,
    held: Sequence[Enrolment],
    stands: Standing,
    *,
    now: datetime,
) -> tuple[Choice, ...]:
    """Return what can have happened to this person, as everything stands now."""
    account = visit.account.id
    shut = any(tries.look(services, account, lane, person.id, now=now) is not None for lane in SHUT_OUT)
    rules = rules_of(services, account, person, services.policy.current(account).rules)
    possible = {
        What.ELSEWHERE: bool(held),
        What.LOST: bool(held),
        What.CODES_GONE: bool(held),
        What.WAITING: shut,
        What.NO_MAIL: stands.asked and (not held or not stands.usable or _is_mailed(services, held)),
        What.NEW_BROWSER: not stands.asked
        and not held
        and rules.checks_new_browsers
        and audience_of(person.role) is Audience.TEAM,
        What.NOT_TODAY: stands.covered
        and not stands.exempt
        and not held
        and not person.must_set_up
        and not person.chosen
        and services.help_acts.times_done(account, person.id, Act.LET_IN) < LET_IN_MOST,
    }
    return tuple(
        Choice(
            what=what,
            act=ACT_FOR[what],
            needed=judged.judge(services, visit, me.person, person, ACT_FOR[what], {}, now=now),
        )
        for what in What
        if possible[what]
    )


def _is_mailed(services: Services, held: Sequence[Enrolment]) -> bool:
    """Tell whether all that is held comes out of the mailbox."""
    known = [services.factors[one.kind] for one in held if one.kind in services.factors]
    return bool(known) and all(factor.traits.mailed for factor in known)


def checked(
    services: Services, visit: Visit, me: SignedIn, person: Subscriber, answers: Answers, *, now: datetime
) -> Live | Unfit | None:
    """Judge the answers; the words come last, because a wrong answer to anything else must cost no try."""
    account = visit.account.id
    held = services.enrolments.held(account, person.id)
    stands = standing_of(services, account, person, held, services.policy.current(account).rules, now=now)
    choices = choices_of(services, visit, me, person, held, stands, now=now)
    if answers.what not in {one.what for one in choices}:
        return Unfit(problem=Missing.WHAT)
    if answers.check is None or (me.person.role is Role.AGENT and answers.check not in AGENTS_CHECKS):
        return Unfit(problem=Missing.CHECK)
    if answers.check is Check.VOUCHED and not answers.vouched_by:
        return Unfit(problem=Missing.VOUCHED_BY)
    if not answers.reason:
        return Unfit(problem=Missing.REASON)
    spans = {Act.ACCESS_PASS: PASS_LIVES, Act.LET_IN: LET_IN_FOR}.get(ACT_FOR[answers.what])
    if spans is not None and answers.how_long not in spans:
        return Unfit(problem=Missing.HOW_LONG)
    if answers.check is not Check.FOUR_WORDS:
        return None
    # Words that went to what was lost prove nothing, whatever the page said when they were sent.
    words = four_words.look(services, visit, me, person, now=now)
    allowed = {one.channel for one in four_words.targets(services, visit, person, held, answers.what, now=now)}
    if words is None or words.channel not in allowed:
        return Unfit(problem=Missing.WORDS_UNSENT)
    right = four_words.judge(services, visit, me, person, answers.words, now=now)
    if not isinstance(right, Refusal):
        return right
    problems = {No.WRONG: Missing.WORDS_WRONG, No.TOO_MANY_TRIES: Missing.WORDS_TRIED}
    return Unfit(problem=problems.get(right.no, Missing.WORDS_UNSENT), left=right.left or 0)


def detail_of(answers: Answers, act: Act, words: Live | None) -> JsonObject:
    """Return what is kept of the answers with the act and its event."""
    detail: JsonObject = {"what": answers.what.value, "check": answers.check.value if answers.check else ""}
    if answers.check is Check.VOUCHED:
        detail = {**detail, "vouched_by": answers.vouched_by}
    if words is not None:
        detail = {**detail, "sent_over": words.shown.get("channel", "")}
    if answers.call:
        detail = {**detail, "call": answers.call}
    if act in {Act.ACCESS_PASS, Act.LET_IN} and answers.how_long is not None:
        detail = {**detail, "seconds": int(answers.how_long.total_seconds())}
    return detail
