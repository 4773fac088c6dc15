"""Help NAME sign in: what happened, how do you know who it is, and the right act."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twofold.core.helping import ACT_FOR, CALL_LIVES, Check, What
from twofold.core.refusals import No, Refusal
from twofold.core.roles import (
    Barrier,
    NeedsApproval,
    Permission,
    Refused,
    Role,
    may_approve,
    may_read,
)
from twofold.flows import approvals, four_words, help_calls, help_limits, judged
from twofold.flows.barriers import barriers_of
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.help_answers import AGENTS_CHECKS, Answers, Choice, Unfit, checked, choices_of, detail_of
from twofold.flows.help_limits import Counted
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.person_change import hold_still
from twofold.flows.standing_of import standing_of
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from twofold.core.ids import HelpCallId, PersonId
    from twofold.core.standing import Standing
    from twofold.flows.barriers import Obstacle
    from twofold.flows.four_words import Target, WordsView
    from twofold.flows.judged import HoldsNothing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.helping import HelpCall
    from twofold.ports.people import PersonRow
    from twofold.ports.services import Services

LONGEST_REASON: Final = 500
FOUND: Final = 10
"""End users that an agent is shown at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooOften:
    """An agent has helped so often that the next time is `at`."""

    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpView:
    """What the help page shows of a person. `choices` are the first question's answers that can be true.

    `targets` and `words` belong to the second question, for the answer to the first. `approvers` are the names of those
    who could agree, `agents_left` how often an agent may still help today (None: no agent).
    """

    person: Subscriber
    standing: Standing
    obstacles: tuple[Obstacle, ...]
    calls: tuple[HelpCall, ...]
    choices: tuple[Choice, ...]
    checks: tuple[Check, ...]
    targets: tuple[Target, ...]
    words: WordsView | None
    approvers: tuple[str, ...]
    owners_told: bool
    agents_left: int | None
    code_lives: timedelta
    holds_own: bool = field(default=True)

    def choice(self, what: What) -> Choice | None:
        """Return the choice for an answer; None when it cannot be true."""
        return next((one for one in self.choices if one.what is what), None)


GiveOutcome = (
    Given | approvals.Asked | Unfit | TooOften | Barred | Gone | NeedsProof | judged.HoldsNothing | Conflict | Refuse
)


def look(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, what: What | None = None
) -> HelpView | Gone | Refuse | Barred:
    """Return what the help page shows; barred with ONESELF for one's own. Writes nothing."""
    now = services.clock.now()
    person = _helped(services, visit, me, person_id, reading=True)
    if not isinstance(person, Subscriber):
        return person
    account = visit.account.id
    held = services.enrolments.held(account, person.id)
    rules = services.policy.current(account).rules
    stands = standing_of(services, account, person, held, rules, now=now)
    choices = choices_of(services, visit, me, person, held, stands, now=now)
    since = now - CALL_LIVES
    is_agent = me.person.role is Role.AGENT
    return HelpView(
        person=person,
        standing=stands,
        obstacles=barriers_of(services, visit.account, person, now=now),
        calls=tuple(services.help_calls.open_ones(account, person.id, since=since, most=5)),
        choices=choices,
        checks=tuple(one for one in Check if not is_agent or one in AGENTS_CHECKS),
        targets=four_words.targets(services, visit, person, held, what, now=now) if what else (),
        words=four_words.look(services, visit, me, person, now=now),
        approvers=_approvers(services, visit, me, person),
        owners_told=person.role in {Role.OWNER, Role.ADMIN},
        agents_left=help_limits.left(services, account, Counted.AGENT, me.person.id, now=now) if is_agent else None,
        code_lives=services.numbers.helping.code_lives,
        holds_own=bool(services.enrolments.held(account, me.person.id)),
    )


def send_words(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, what: What, channel: str
) -> Done | Gone | Refuse | Barred | NeedsProof | HoldsNothing:
    """Send four words to something on file that is not what was lost.

    Refused with `NOT_ALLOWED` when it is, or with why nothing can be sent now.
    """
    now = services.clock.now()
    person = _helped(services, visit, me, person_id)
    if not isinstance(person, Subscriber):
        return person
    helping = judged.judge(services, visit, me.person, person, ACT_FOR[what], {}, now=now)
    if isinstance(helping, Refused):
        return Barred(helping)
    barred = judged.barred(services, visit, me, ACT_FOR[what])
    if barred is not None:
        return barred
    held = services.enrolments.held(visit.account.id, person.id)
    for target in four_words.targets(services, visit, person, held, what, now=now):
        if target.channel == channel:
            return four_words.send(services, visit, me, person, target, now=now)
    return Refuse(because=Refusal(No.NOT_ALLOWED))


def give(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, answers: Answers) -> GiveOutcome:
    """Do the act that answers what happened, or ask for it where another helper has to agree."""
    now = services.clock.now()
    person = _helped(services, visit, me, person_id)
    if not isinstance(person, Subscriber):
        return person
    act = ACT_FOR[answers.what]
    helping = judged.judge(services, visit, me.person, person, act, {}, now=now)
    if isinstance(helping, Refused):
        return Barred(helping)
    barred = judged.barred(services, visit, me, act)
    if barred is not None:
        return barred
    words = checked(services, visit, me, person, answers, now=now)
    if isinstance(words, Unfit):
        return words
    with services.transactions.begin():
        still = hold_still(services, visit.account.id, person.id)
        if not isinstance(still, Subscriber):
            return still
        # The table is read once more: this helper may have done an act of the other sort meanwhile, in another tab.
        stands = judged.judge(services, visit, me.person, still, act, {}, now=now)
        if still.role is not person.role or stands != helping:
            return Conflict()
        if me.person.role is Role.AGENT:
            shut = help_limits.spend(services, visit.account.id, Counted.AGENT, me.person.id, now=now)
            if shut is not None:
                return TooOften(at=shut.at)
        if words is not None and not four_words.use(services, visit, me, words):
            return Conflict()
        doing = Doing(
            me=me,
            person=still,
            act=act,
            now=now,
            detail=detail_of(answers, act, words),
            reason=answers.reason,
        )
        if isinstance(helping, NeedsApproval):
            return approvals.ask(services, visit, doing, helping)
        outcome = carry_out(services, visit, doing)
        if isinstance(outcome, Given):
            approvals.note_done(services, visit, doing)
            help_calls.close_all(services, visit, me, still.id, now=now)
        return outcome


def find(services: Services, visit: Visit, me: SignedIn, typed: str) -> tuple[PersonRow, ...]:
    """Return end users whom a helper looks for, by the beginnings of name or address."""
    search = typed.strip()[:LONGEST_SEARCH]
    if not search or not help_calls.may_look(me):
        return ()
    return services.people.page(visit.account.id, search=search, role=Role.END_USER, size=FOUND).rows


def close_call(services: Services, visit: Visit, me: SignedIn, call: HelpCallId) -> Done | Gone | Refuse:
    """Take a call off the list."""
    return help_calls.close(services, visit, me, call)


def _helped(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, reading: bool = False
) -> Subscriber | Gone | Refuse | Barred:
    """Return the person, where this is somebody who may help them, or at least read about it."""
    person = services.people.by_id(visit.account.id, person_id)
    if person is not None and person.id == me.person.id:
        return Barred(Refused(Barrier.ONESELF))
    if person is None:
        return Gone() if help_calls.may_look(me) else Refuse(because=Refusal(No.NOT_ALLOWED))
    if help_calls.may_help_people(me, person) or (reading and may_read(me.person.role, Permission.EDIT_PEOPLE)):
        return person
    return Refuse(because=Refusal(No.NOT_ALLOWED))


def _approvers(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> tuple[str, ...]:
    return tuple(
        one.name or one.email
        for one in services.people.with_roles(visit.account.id, (Role.OWNER, Role.ADMIN))
        if may_approve(approver=one.role, is_asker=one.id == me.person.id, is_target=one.id == person.id)
    )
