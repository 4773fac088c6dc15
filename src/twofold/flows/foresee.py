"""What a policy means, in numbers of people: judged one by one, or estimated where there are very many."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final

from twofold.core.asked import LOOKS_BACK, MONTH, times_asked
from twofold.core.possible import ways
from twofold.core.roles import Audience, audience_of
from twofold.core.rules import EVERY_SIGN_IN
from twofold.flows import alone, counts
from twofold.flows.everybody import in_chunks
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.report_lines import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.asked import SignIn
    from twofold.core.assurance import Traits
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.policy import AudienceRules, Rules, Standing
    from twofold.core.possible import Part
    from twofold.flows.report_lines import Situation
    from twofold.ports.reports import Surveyed
    from twofold.ports.roll_out import Tally
    from twofold.ports.services import Services

MOST_JUDGED: Final = 20_000
"""With more people than this the numbers are estimates: judging each would keep the admin waiting."""
NAMED_MOST: Final = 10
"""How many are named of those who matter most: left without a way, no longer asked, or still asked."""
SAMPLE: Final = 4000
"""With more people than MOST_JUDGED so many of each audience are looked at, with their sign-ins."""
_READ_AT_ONCE: Final = 500
_NAMED: Final = frozenset({"stuck", "freed", "still"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Somebody whom the page names."""

    id: PersonId
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """How many they are, and the first NAMED_MOST of them; none where nobody was judged one by one."""

    number: int = 0
    named: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """What they did in the last 30 days: how many signed in, how often, and at how many of these sign-ins policy asks.

    `before` under what is in force, `after` under what is to be saved; `core.asked` says how it is told.
    """

    people: int
    sign_ins: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What a policy means for an audience or a group, in people who are not suspended.

    Of those who are asked, `asked` hold something that counts; `changing` hold only what no longer does, which still
    opens the set-up of something else; `led` hold nothing and are led through set-up (after a grace, if one runs);
    `stuck` would have no way at all, `shut_out` have none without the change as well. `left_alone` are asked for
    nothing; `dormant` of them hold something. `freed` are asked now and would not be; `still` are asked now and would
    be. `exempt` hold an open exemption. `touched` would notice the change at their next sign-in. `set_up` counts
    whoever holds something today, whatever the policy, `unused` those of them who used none of it for 30 days, and
    `proved` whoever can be reached by a mail or a number that was proved. `month` is None where nobody looked.
    """

    part: Part
    people: int = 0
    touched: int = 0
    set_up: int = 0
    asked: int = 0
    changing: int = 0
    led: int = 0
    stuck: Some = Some()
    shut_out: int = 0
    left_alone: int = 0
    dormant: int = 0
    exempt: int = 0
    never_signed_in: int = 0
    proved: int = 0
    unused: int = 0
    freed: Some = Some()
    still: Some = Some()
    month: Month | None = None


@dataclass(frozen=True, slots=True)
class Foresight:
    """The audiences, then the groups that a change touches; `is_estimate` where nobody was judged one by one."""

    parts: tuple[Foreseen, ...]
    is_estimate: bool = False


def of_change(services: Services, account: AccountId, old: Rules, new: Rules, *, now: datetime) -> Foresight:
    """Say what saving `new` in place of `old` would mean once all requirements have begun, those of one alone too."""
    with_groups = bool(old.groups or new.groups)
    if services.reports.count(account, end_users=True) > MOST_JUDGED:
        return Foresight(_estimated(services, account, old, new, with_groups=with_groups, now=now), is_estimate=True)
    counting = _Counting(services, account, old, new, now=now)
    for one, signed_in in _everybody(services, account, with_groups=with_groups, now=now):
        counting.count(one, signed_in)
    return Foresight(counting.parts())


def _estimated(
    services: Services, account: AccountId, old: Rules, new: Rules, *, with_groups: bool, now: datetime
) -> tuple[Foreseen, ...]:
    """Estimate the audiences: from counts of facts, and what these do not tell from SAMPLE people of each.

    Ids are drawn by lot, so the first in their order are as good as any others.
    """
    found = []
    for whole in from_tallies(services, account, new, now=now):
        counting = _Counting(services, account, old, new, now=now)
        everybody = _everybody(
            services, account, end_users=whole.part is Audience.END_USERS, with_groups=with_groups, now=now
        )
        of_audience = (pair for pair in everybody if audience_of(pair[0].role) is whole.part)
        for one, signed_in in islice(of_audience, SAMPLE):
            counting.count(one, signed_in)
        sample = next(one for one in counting.parts() if one.part is whole.part)
        found.append(_as_sample(whole, sample))
    return tuple(found)


def _as_sample(whole: Foreseen, sample: Foreseen) -> Foreseen:
    """Return an audience with what no count of facts tells, as if all of it were like the sample."""
    if sample.month is None or not sample.people:
        return replace(whole, month=sample.month)

    def scaled(number: int) -> int:
        return number * whole.people // sample.people

    # What is held and counts no longer is told by no count of facts: there it is asked for like any other.
    changing, stuck, out = (scaled(one) for one in (sample.changing, sample.stuck.number, sample.shut_out))
    others = changing + stuck + out
    return replace(
        whole,
        asked=max(whole.asked - others, 0),
        led=max(whole.led - max(others - whole.asked, 0), 0),
        changing=changing,
        stuck=Some(number=stuck),
        shut_out=out,
        proved=scaled(sample.proved),
        unused=scaled(sample.unused),
        freed=Some(number=scaled(sample.freed.number)),
        still=Some(number=scaled(sample.still.number)),
        month=Month(**{name: scaled(value) for name, value in asdict(sample.month).items()}),
    )


def from_tallies(services: Services, account: AccountId, rules: Rules, *, now: datetime) -> tuple[Foreseen, ...]:
    """Estimate the audiences from counts of facts: exact while policy is about requirements alone."""
    return tuple(
        _from_tally(
            audience,
            counts.tally(services, account, audience, now=now),
            alone.look(services, account, audience, now=now).tally,
            required=rules.for_(audience).required is not None,
        )
        for audience in Audience
    )


def _from_tally(audience: Audience, tally: Tally, of_alone: Tally, *, required: bool) -> Foreseen:
    # Who chose it is asked under every policy, and so is who has a rule of their own; whoever was reset, or has such a
    # rule and nothing else, is led through set-up.
    asked = tally.set_up if required else tally.chosen + max(of_alone.set_up - of_alone.chosen, 0)
    led_alone = alone.led(of_alone)
    led = tally.people - tally.set_up - tally.exempt if required else led_alone
    led = max(led, tally.asked_by_reset + led_alone - min(of_alone.asked_by_reset, led_alone))
    return Foreseen(
        part=audience,
        people=tally.people,
        set_up=tally.set_up,
        asked=asked,
        led=led,
        left_alone=max(tally.people - asked - led, 0),
        dormant=0 if required else max(tally.set_up - asked, 0),
        exempt=tally.exempt,
        never_signed_in=tally.never_signed_in,
    )


def _everybody(
    services: Services, account: AccountId, *, end_users: bool = True, with_groups: bool, now: datetime
) -> Iterator[tuple[Surveyed, Sequence[SignIn]]]:
    """Yield whoever is not suspended, with their sign-ins: the team, or everybody."""
    for some in in_chunks(services, account, end_users=end_users, most=_READ_AT_ONCE, groups=with_groups):
        active = [one for one in some if one.suspended_at is None]
        sign_ins = services.roll_out.sign_ins(account, [one.id for one in active], since=now - LOOKS_BACK)
        yield from ((one, sign_ins.get(one.id, ())) for one in active)


class _Counting:
    """Judges people by both policies, now and once every requirement has begun, and counts what becomes of them."""

    def __init__(self, services: Services, account: AccountId, old: Rules, new: Rules, *, now: datetime) -> None:
        starts = [required.starts_at for rules in (old, new) for required in rules.requirements]
        self._at = max([now, *starts])
        self._working: dict[str, Traits] = traits_that_work(services, account)
        self._now = now
        self._rules = (old, new)
        self._factors = services.factors
        self._judges = {moment: self._judges_at(moment) for moment in (now, self._at)}
        self._month_since = now - MONTH
        self._proving = {kind for kind, factor in services.factors.items() if factor.channel}
        touched_groups = [group_id for group_id, group in new.groups.items() if old.groups.get(group_id) != group]
        self._parts: tuple[Part, ...] = (*Audience, *touched_groups)
        self._numbers: dict[Part, Counter[str]] = {part: Counter() for part in self._parts}
        self._named: dict[tuple[Part, str], list[Named]] = {(part, name): [] for part in self._parts for name in _NAMED}
        self._outcomes: dict[int, tuple[Situation, tuple[str, ...]]] = {}

    def count(self, one: Surveyed, sign_ins: Sequence[SignIn]) -> None:
        """Count one person, and what they would have been asked at these sign-ins."""
        at = self._all_begun_for(one)
        judges = self._judges[self._now], self._judges[self._at], self._judges[at]
        judged = [(old.situation(one), new.situation(one)) for old, new in dict.fromkeys(judges)]
        present, then = judged[0][0], judged[-1][1]
        names = ["people", *self._outcome(then)]
        if "stuck" in names and "stuck" in self._outcome(judged[-1][0]):
            names = ["shut_out" if name == "stuck" else name for name in names]
        if one.methods:
            names.append("set_up")
            if all((each.last_used_at or each.confirmed_at) < self._month_since for each in one.methods):
                names.append("unused")
        if one.last_sign_in_at is None:
            names.append("never_signed_in")
        if one.email_proved or any(each.kind in self._proving for each in one.methods):
            names.append("proved")
        if present.standing.asked:
            names.append("still" if then.standing.asked else "freed")
        if any(self._differs(old, new) for old, new in judged):
            names.append("touched")
        month = self._month(one, present, then, sign_ins)
        parts: list[Part] = [audience_of(one.role), *(each.group for each in then.belongs_to)]
        for part in parts:
            if part in self._numbers:
                self._numbers[part].update(names)
                self._numbers[part].update(month)
                for name in _NAMED.intersection(names):
                    if len(self._named[part, name]) < NAMED_MOST:
                        self._named[part, name].append(Named(id=one.id, name=one.name or one.email))

    def _judges_at(self, moment: datetime) -> tuple[Judge, Judge]:
        old, new = self._rules
        return Judge(old, self._factors, now=moment), Judge(new, self._factors, now=moment)

    def _all_begun_for(self, one: Surveyed) -> datetime:
        """Return when everything has begun for a person, what is required of them alone included."""
        alone = one.own_rule.required if one.own_rule else None
        if alone is None or alone.starts_at <= self._at:
            return self._at
        if alone.starts_at not in self._judges:
            self._judges[alone.starts_at] = self._judges_at(alone.starts_at)
        return alone.starts_at

    def _month(self, one: Surveyed, present: Situation, then: Situation, sign_ins: Sequence[SignIn]) -> dict[str, int]:
        of_month = sum(each.at >= self._month_since for each in sign_ins)
        if not of_month:
            return {}

        def asked(situation: Situation) -> int:
            if not situation.standing.asked:
                return 0
            trust_for = EVERY_SIGN_IN if one.every_sign_in else situation.rules.trust_for
            return times_asked(sign_ins, trust_for, since=self._month_since)

        return {"signed_in": 1, "sign_ins": of_month, "before": asked(present), "after": asked(then)}

    def parts(self) -> tuple[Foreseen, ...]:
        """Return what was counted."""
        return tuple(self._foreseen(part, self._numbers[part]) for part in self._parts)

    def _foreseen(self, part: Part, number: Counter[str]) -> Foreseen:
        return Foreseen(
            part=part,
            people=number["people"],
            touched=number["touched"],
            set_up=number["set_up"],
            asked=number["asked"],
            changing=number["changing"],
            led=number["led"],
            stuck=self._some(part, "stuck"),
            shut_out=number["shut_out"],
            left_alone=number["left_alone"],
            dormant=number["dormant"],
            exempt=number["exempt"],
            never_signed_in=number["never_signed_in"],
            proved=number["proved"],
            unused=number["unused"],
            freed=self._some(part, "freed"),
            still=self._some(part, "still"),
            month=Month(
                people=number["signed_in"], sign_ins=number["sign_ins"], before=number["before"], after=number["after"]
            ),
        )

    def _some(self, part: Part, name: str) -> Some:
        return Some(number=self._numbers[part][name], named=tuple(self._named[part, name]))

    def _outcome(self, then: Situation) -> tuple[str, ...]:
        """Return what becomes of everybody in this situation; remembered, because most are in one of a few."""
        known = self._outcomes.get(id(then))
        if known is None:
            found = outcome(then.standing, then.rules, self._working)
            # The situation is kept beside it, so that its id is nobody else's.
            known = self._outcomes[id(then)] = (then, tuple(found))
        return known[1]

    def _differs(self, old: Situation, new: Situation) -> bool:
        return old is not new and differ(old.standing, old.rules, new.standing, new.rules, self._working)


def outcome(stands: Standing, rules: AudienceRules, working: Mapping[str, Traits]) -> Iterator[str]:
    """Yield what becomes of somebody who stands like this, as Foreseen counts it; `working` is what works."""
    if stands.exempt:
        yield "exempt"
    if not stands.asked:
        yield "left_alone"
        if stands.dormant:
            yield "dormant"
    elif stands.usable:
        yield "asked"
    elif stands.shut_out or not ways(rules.accepts, working):
        yield "stuck"
    elif stands.unusable:
        yield "changing"
    else:
        yield "led"


def felt(stands: Standing, rules: AudienceRules, working: Mapping[str, Traits]) -> tuple[object, ...]:
    """Return what somebody notices of a policy at a sign-in, or while they are signed in."""
    return (
        stands.asked,
        stands.in_grace,
        stands.better_wanted,
        tuple(held.kind for held in stands.usable),
        tuple(held.kind for held in stands.unusable),
        ways(rules.accepts, working) if stands.asked and not stands.usable else (),
        rules.trust_for if stands.asked else None,
        rules.checks_new_browsers and not stands.asked,
        rules.idle_for,
        rules.session_for,
    )


def differ(
    stood: Standing, held: AudienceRules, stands: Standing, holds: AudienceRules, working: Mapping[str, Traits]
) -> bool:
    """Say whether somebody who stood like this notices it; whoever has no way either way does not."""
    if all("stuck" in outcome(one, rules, working) for one, rules in ((stood, held), (stands, holds))):
        return False
    return felt(stood, held, working) != felt(stands, holds, working)
