"""Where one person stands with two-factor authentication: asked or not, in which word, and why."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from twofold.core.assurance import Traits
from twofold.core.groups import Demand, Extra, Membership
from twofold.core.ids import EnrolmentId
from twofold.core.reasons import Because, Reason
from twofold.core.roles import Audience, Role
from twofold.core.rules import AudienceRules, Rules

LAPSES_AFTER = timedelta(days=30)
"""A dormant enrolment unused for this long has to be proved once when a requirement returns."""
MAILED_COUNTS_AGAIN_AFTER = {Audience.END_USERS: timedelta(hours=24), Audience.TEAM: timedelta(hours=72)}
"""How long after a reset of the password by mail a mailed passcode does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One confirmed enrolment as policy sees it."""

    id: EnrolmentId
    kind: str
    traits: Traits
    confirmed_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What policy knows of a person.

    `covered_from` is when the person came under today's audience (joining, or a change of role); `grace_until` is a
    grace of their own, beside the requirement's; `skipped` counts how often they said "later", last at `skipped_at`;
    `frozen` means that the password must be reset first; `provider` names the provider of somebody who signs in
    only through it. `memberships` are the groups they belong to, `own_rule` is what is wanted of them alone.
    """

    audience: Audience
    role: Role
    created_at: datetime
    chosen: bool = False
    must_set_up: bool = False
    every_sign_in: bool = False
    covered_from: datetime | None = None
    exempt_until: datetime | None = None
    exempt_because: str = ""
    grace_until: datetime | None = None
    skipped: int = 0
    skipped_at: datetime | None = None
    held: tuple[Held, ...] = ()
    suspended_at: datetime | None = None
    frozen: bool = False
    proved_by_mailbox_at: datetime | None = None
    provider: str | None = None
    memberships: tuple[Membership, ...] = ()
    own_rule: Extra | None = None

    def under(self, rules: Rules) -> AudienceRules:
        """Return what of these rules holds for this person: the strictest of audience, groups and their own."""
        return rules.of(self.audience, self.memberships, self.own_rule)


class Word(StrEnum):
    """The one word list for pages, report, API and documentation."""

    OFF = "off"
    SET_UP_NOT_ASKED = "set_up_not_asked"
    ON_BY_CHOICE = "on_by_choice"
    ON_REQUIRED = "on_required"
    MUST_SET_UP = "must_set_up"
    EXEMPT = "exempt"
    PROVIDER = "provider"

    @property
    def is_on(self) -> bool:
        """Whether report and API say "2FA on"."""
        return self in (Word.ON_BY_CHOICE, Word.ON_REQUIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a person stands.

    `until` belongs to the word (set up by, exempt until). `covered_since` is None unless covered. `usable` are the
    enrolments that policy allows today, `unusable` the others. `lapsed`: what is held was dormant for so long that it
    has to be proved once. `dormant`: something is held and not asked for. `skips_left` is None without a limit.
    Trust from before `trust_counts_from` ended with an earlier requirement and does not return with a new one; None
    for whoever was asked throughout. `better_wanted`: what is usable still counts, but policy wants another kind, which
    a notice offers to set up. `still_prove` of what is unusable opens the set-up of something else. `exemption_until`:
    an exemption runs until then, whether or not anything is required yet. `own` is what holds for this person of the
    rules.
    """

    own: AudienceRules
    word: Word
    until: datetime | None
    covered_since: datetime | None
    exempt: bool
    asked: bool
    in_grace: bool
    grace_until: datetime | None
    skips_left: int | None
    usable: tuple[Held, ...]
    unusable: tuple[Held, ...]
    dormant: bool
    lapsed: bool
    may_turn_off: bool
    trust_counts_from: datetime | None
    reasons: tuple[Because, ...]
    better_wanted: bool = False
    still_prove: tuple[Held, ...] = ()
    exemption_until: datetime | None = None

    @property
    def shut_out(self) -> bool:
        """Whether they are asked and nothing that they hold counts, nor opens set-up: a recovery code does, or help."""
        is_asked = self.asked and self.word is not Word.PROVIDER
        return is_asked and bool(self.unusable) and not self.usable and not self.still_prove

    @property
    def covered(self) -> bool:
        """Whether a requirement that has started names this person, exempt or not."""
        return self.covered_since is not None


def standing(facts: Facts, rules: Rules, *, now: datetime) -> Standing:
    """Return where this person stands under these rules at `now`."""
    own = facts.under(rules)
    demands = rules.demands(
        facts.audience, facts.memberships, facts.own_rule, covered_from=facts.covered_from or facts.created_at
    )
    begun = [demand for demand in demands if _has_begun(demand, now)]
    since = min(map(_reached_at, begun), default=None)
    exemption_until = facts.exempt_until if facts.exempt_until is not None and now < facts.exempt_until else None
    exempt = since is not None and exemption_until is not None
    required = since is not None and not exempt
    asked = facts.chosen or facts.must_set_up or required
    usable = tuple([held for held in facts.held if own.accepts.counts(held.kind, held.traits)])
    unusable = tuple([held for held in facts.held if held not in usable])
    grace_until = _grace_until(facts, begun)
    skips_left = _skips_left(facts, demands, since)
    # Whoever holds something was asked before, or can prove it at once: only the empty-handed may wait.
    may_wait = required and not facts.must_set_up and not facts.held
    # Whoever was let in by a helper may wait until then, however often they said "later" before.
    let_in = facts.grace_until is not None and now < facts.grace_until
    if let_in and skips_left == 0:
        grace_until = facts.grace_until
    in_grace = may_wait and grace_until is not None and now < grace_until and (let_in or skips_left != 0)
    lapsed = since is not None and not exempt and _is_lapsed(facts, usable, since)
    still_prove = tuple([one for one in unusable if own.accepts.still_proves(one.kind, one.traits, now)])
    better_wanted = asked and bool(usable) and not any(own.accepts.admits(one.kind, one.traits) for one in usable)
    if not asked:
        word, until = _word_unasked(facts, exempt=exempt)
    elif usable:
        word, until = (Word.ON_REQUIRED if required else Word.ON_BY_CHOICE), None
    elif facts.held:
        word, until = Word.MUST_SET_UP, _proves_until(still_prove, own)
    else:
        word, until = Word.MUST_SET_UP, (grace_until if in_grace else None)
    if facts.provider is not None:
        word, until = Word.PROVIDER, None
    reasons = _who_asks(facts, demands, begun, exempt=exempt)
    if facts.held and not asked:
        reasons.append(Because(Reason.DORMANT))
    if lapsed:
        reasons.append(Because(Reason.LAPSED))
    if asked:
        # Beside what counts the rest opens nothing, set-up neither, whatever day the policy names.
        reasons += [
            Because(
                Reason.KIND_NO_LONGER_ALLOWED,
                None if usable else own.accepts.proves_until(held.kind, held.traits),
                held.kind,
            )
            for held in unusable
        ]
        if better_wanted:
            reasons += [Because(Reason.BETTER_WANTED, detail=held.kind) for held in usable]
        reasons += _who_limits(facts, rules, own.trust_for)
    if may_wait and grace_until is not None:
        reasons.append(Because(Reason.IN_GRACE if in_grace else Reason.GRACE_OVER, grace_until))
    return Standing(
        own=own,
        word=word,
        until=until,
        covered_since=since,
        exempt=exempt,
        asked=asked,
        in_grace=in_grace,
        grace_until=grace_until,
        skips_left=skips_left,
        usable=usable,
        unusable=unusable,
        dormant=bool(facts.held) and not asked,
        lapsed=lapsed,
        may_turn_off=bool(facts.held) and not required and not facts.must_set_up,
        trust_counts_from=None if facts.chosen else since,
        reasons=tuple(reasons),
        better_wanted=better_wanted,
        still_prove=still_prove,
        exemption_until=exemption_until,
    )


def meets(held: tuple[Held, ...], rules: AudienceRules | Extra) -> bool:
    """Say whether somebody who holds this meets these rules: nobody can save a rule that they do not meet."""
    if rules.required is None and rules.accepts.is_everything:
        return True
    return any(rules.accepts.counts(one.kind, one.traits) for one in held)


def mailed_counts_from(proved_by_mailbox_at: datetime | None, audience: Audience) -> datetime | None:
    """Return when mailed passcodes count again after a reset of the password by mail; None when nothing stops them."""
    return None if proved_by_mailbox_at is None else proved_by_mailbox_at + MAILED_COUNTS_AGAIN_AFTER[audience]


def _proves_until(still_prove: tuple[Held, ...], own: AudienceRules) -> datetime | None:
    """Return when the last of what no longer counts stops proving; None when one never does, or all did."""
    ends = [own.accepts.proves_until(one.kind, one.traits) for one in still_prove]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def _has_begun(demand: Demand, now: datetime) -> bool:
    return demand.required is not None and demand.required.starts_at <= now


def _reached_at(demand: Demand) -> datetime:
    """Return when a requirement that has begun reached the person."""
    return demand.since if demand.required is None else max(demand.required.starts_at, demand.since)


def _grace_until(facts: Facts, begun: list[Demand]) -> datetime | None:
    """Return the later of the requirements' grace, the shortest of them, and the person's own.

    Each counts from when it reached the person; one without grace ends that of all the others.
    """
    if not begun:
        return None
    ends = [
        _reached_at(demand) + demand.required.grace_for
        for demand in begun
        if demand.required is not None and demand.required.grace_for
    ]
    by_rule = min(ends) if len(ends) == len(begun) else None
    given = [until for until in (by_rule, facts.grace_until) if until is not None]
    return max(given, default=None)


def skipped_since(facts: Facts, since: datetime | None) -> int:
    """Count how often somebody said "later" since a requirement reached them: one that returns begins anew."""
    is_older = since is not None and facts.skipped_at is not None and facts.skipped_at < since
    return 0 if is_older else facts.skipped


def _skips_left(facts: Facts, demands: tuple[Demand, ...], since: datetime | None) -> int | None:
    required = [demand.required for demand in demands if demand.required is not None]
    limits = [one.skips for one in required if one.skips is not None]
    return max(0, min(limits) - skipped_since(facts, since)) if limits else None


def _is_lapsed(facts: Facts, usable: tuple[Held, ...], since: datetime) -> bool:
    """Say whether all that is usable lay unused for LAPSES_AFTER when the requirement reached this person."""
    if facts.chosen or facts.must_set_up or not usable:
        return False
    return all((held.last_used_at or held.confirmed_at) < since - LAPSES_AFTER for held in usable)


def _word_unasked(facts: Facts, *, exempt: bool) -> tuple[Word, datetime | None]:
    if exempt:
        return Word.EXEMPT, facts.exempt_until
    return (Word.SET_UP_NOT_ASKED if facts.held else Word.OFF), None


def _who_asks(facts: Facts, demands: tuple[Demand, ...], begun: list[Demand], *, exempt: bool) -> list[Because]:
    """Return what speaks for asking and against it, the person's own choice first."""
    reasons: list[Because] = []
    if facts.provider is not None:
        reasons.append(Because(Reason.SIGNS_IN_WITH_PROVIDER, detail=facts.provider))
    if facts.chosen:
        reasons.append(Because(Reason.CHOSEN))
    if facts.must_set_up:
        reasons.append(Because(Reason.RESET))
    if begun:
        reasons.extend(Because(demand.reason, _reached_at(demand), demand.detail) for demand in begun)
        if exempt:
            reasons.append(Because(Reason.EXEMPT, facts.exempt_until, facts.exempt_because))
        elif facts.exempt_until is not None:
            reasons.append(Because(Reason.EXEMPTION_OVER, facts.exempt_until))
    elif demands:
        starts = [demand.required.starts_at for demand in demands if demand.required is not None]
        reasons.append(Because(Reason.REQUIREMENT_NOT_STARTED, min(starts)))
        if facts.exempt_until is not None and min(starts) < facts.exempt_until:
            reasons.append(Because(Reason.EXEMPT, facts.exempt_until, facts.exempt_because))
    else:
        reasons.append(Because(Reason.NOT_REQUIRED))
    return reasons


def _who_limits(facts: Facts, rules: Rules, shortest: timedelta) -> list[Because]:
    """Return whose rules beyond the audience's say which kinds count, or how often a passcode is asked for."""
    if not facts.memberships and facts.own_rule is None:
        return []
    named = [rules.groups[one.group] for one in facts.memberships if one.group in rules.groups]
    limits = [_limit(Reason.METHODS_OF_GROUP, group.extra, shortest, group.name) for group in named]
    if facts.own_rule is not None:
        limits.append(_limit(Reason.METHODS_OF_PERSON, facts.own_rule, shortest))
    return [one for one in limits if one.accepts is not None or one.trust_for is not None]


def _limit(reason: Reason, extra: Extra, shortest: timedelta, name: str = "") -> Because:
    """Return what these rules limit; of several lengths of trust only the shortest does."""
    accepts = None if extra.accepts.is_everything else extra.accepts
    return Because(reason, None, name, accepts, extra.trust_for if extra.trust_for == shortest else None)
