"""The one gate: what comes next for a claimant. Every door asks `next_step`, and only `Admit` opens anything.

The values of policy live in `rules`, `weakenings`, `standing` and `reasons`; they are handed on from here, so that
whoever decides needs one import.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from twofold.core.assurance import (
    ACCESS_PASS,
    ADMIN_CODE,
    MAIL_LINK,
    MAILBOX,
    OPERATOR_LINK,
    PASSWORD,
    RECOVERY_CODE,
    Evidence,
    Proof,
)
from twofold.core.networks import is_inside
from twofold.core.reasons import Because, Reason
from twofold.core.roles import Audience
from twofold.core.rules import (
    EVERY_SIGN_IN,
    OLD_ONES_PROVE_FOR,
    AudienceRules,
    RuleProblem,
    Rules,
    default_rules,
    problems_of,
)
from twofold.core.standing import Facts, Held, Standing, Word, mailed_counts_from, meets, standing
from twofold.core.trust import Trust, box, judge_trust
from twofold.core.wanted import Accepts, Requirement
from twofold.core.weakenings import Weakening, Weaker, weakenings

__all__ = [
    "EVERY_SIGN_IN",
    "OLD_ONES_PROVE_FOR",
    "Accepts",
    "Admit",
    "AskEnrolment",
    "AskMailbox",
    "AskSecondFactor",
    "AudienceRules",
    "Because",
    "Deny",
    "Facts",
    "Held",
    "Reason",
    "Requirement",
    "RuleProblem",
    "Rules",
    "Standing",
    "Step",
    "Weakening",
    "Weaker",
    "Word",
    "default_rules",
    "may_come_from",
    "meets",
    "needs_mailbox",
    "next_step",
    "problems_of",
    "standing",
    "weakenings",
]

LINK_PROVES_MAILBOX_FOR = timedelta(hours=24)
"""How long an attempt that began from a link in our mail needs no code to the mailbox before a first enrolment."""
_STAND_INS = frozenset({RECOVERY_CODE, ADMIN_CODE})
_FROM_HELPERS = frozenset({ADMIN_CODE, ACCESS_PASS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """The person is signed in.

    `notice_until`: set-up can wait until then, and the page says so; `skips_left`: how often they may still say
    "later" (None: any number). `trusted`: the browser answered for the second factor.
    """

    reasons: tuple[Because, ...]
    notice_until: datetime | None = None
    skips_left: int | None = None
    trusted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskSecondFactor:
    """A second factor is asked for: one of `usable`, or a recovery code, or a code from an admin.

    `opens_only_set_up`: whatever is proved leads to set-up, never to a session, and `usable` holds what is no longer
    allowed but still proves (nothing, once its time is over). `may_set_up_instead`: what is held has lapsed, so
    whoever cannot prove it sets up like somebody new. The last three describe the box of the page.
    """

    reasons: tuple[Because, ...]
    usable: tuple[Held, ...]
    opens_only_set_up: bool
    may_set_up_instead: bool
    may_trust: bool
    trust_ticked: bool
    trust_for: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class AskEnrolment:
    """Only set-up is reachable; the mailbox on file is to be proved first where `proved_mailbox_needed`."""

    reasons: tuple[Because, ...]
    proved_mailbox_needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMailbox:
    """A code mailed to the address on file is asked for, because nobody knows this browser; then the person is in."""

    reasons: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class Deny:
    """Nothing opens. Shown to nobody before the password was proved."""

    because: Because


Step: TypeAlias = Admit | AskSecondFactor | AskEnrolment | AskMailbox | Deny


def next_step(
    evidence: Evidence,
    facts: Facts,
    rules: Rules,
    trust: Trust | None,
    *,
    now: datetime,
    others_trusted_here: bool = False,
    knows_browser: bool = False,
    came_from: str | None = None,
) -> Step:
    """Return what comes next for a claimant with this evidence.

    `trust` is what this browser keeps for this person; `others_trusted_here` says that it is trusted for somebody
    else too, `knows_browser` that this person signed in on it before. `came_from` is the network address, "" where
    nobody knows it, which then lies outside of all networks; None asks as if there were none: for pages on the way, not
    for the gate.

    The order of the paragraphs is the order of the rules ("Who is asked for a second factor").
    """
    if facts.suspended_at is not None:
        return Deny(Because(Reason.SUSPENDED, facts.suspended_at))
    if facts.frozen:
        return Deny(Because(Reason.FROZEN))
    if evidence.first_factor is None:
        return Deny(Because(Reason.NO_FIRST_FACTOR))

    if came_from is not None and not may_come_from(came_from, facts.audience, evidence, rules):
        return Deny(Because(Reason.OUTSIDE_NETWORKS, detail=came_from))

    where = standing(facts, rules, now=now)
    own = where.own
    if not where.asked:
        return _unasked(evidence, facts, own, Admit(reasons=where.reasons), knows_browser=knows_browser, now=now)

    mailed_from = mailed_counts_from(facts.proved_by_mailbox_at, facts.audience)
    mailed_counts = mailed_from is None or now >= mailed_from
    proved = _proved(evidence, own.accepts, holds_usable=bool(where.usable), mailed_counts=mailed_counts)
    if proved is not None:
        return Admit(reasons=(*where.reasons, Because(Reason.PROVED, detail=proved.kind)))

    asked_for = tuple([held for held in where.usable or where.still_prove if mailed_counts or not held.traits.mailed])
    opener = _opener(evidence, () if where.usable else asked_for)
    if opener is not None:
        reasons = (*where.reasons, Because(Reason.ONLY_OPENS_SET_UP, detail=opener.kind))
        return AskEnrolment(reasons=reasons, proved_mailbox_needed=False)

    if not facts.held:
        step = _empty_handed(evidence, where, now=now)
        if isinstance(step, AskEnrolment):
            return step
        return _unasked(evidence, facts, own, step, knows_browser=knows_browser, now=now)

    by_browser = judge_trust(trust, own, every_sign_in=facts.every_sign_in, now=now, not_before=where.trust_counts_from)
    if where.usable and by_browser.reason is Reason.TRUSTED_BROWSER:
        return Admit(reasons=(*where.reasons, by_browser), trusted=True)

    reasons = (*where.reasons, by_browser) if where.usable else where.reasons
    if not mailed_counts and any(held.traits.mailed for held in facts.held):
        reasons = (*reasons, Because(Reason.PROVED_BY_MAILBOX, mailed_from))
    # Where whatever is proved leads to set-up, as after a recovery code, there is nothing to trust a browser for.
    the_box = box(
        own,
        every_sign_in=facts.every_sign_in,
        others_trusted_here=others_trusted_here,
        by_recovery_code=not where.usable,
    )
    return AskSecondFactor(
        reasons=reasons,
        usable=asked_for,
        opens_only_set_up=not where.usable,
        may_set_up_instead=where.lapsed,
        may_trust=the_box.shown,
        trust_ticked=the_box.ticked,
        trust_for=own.trust_for,
    )


def may_come_from(address: str, audience: Audience, evidence: Evidence, rules: Rules) -> bool:
    """Say whether policy lets somebody in from this network address.

    Whoever came by the operator's link may be anywhere: it is the way in when the networks themselves are wrong.
    """
    if not rules.networks or audience is not Audience.TEAM or evidence.has(OPERATOR_LINK):
        return True
    return is_inside(address, rules.networks)


def needs_mailbox(evidence: Evidence, *, now: datetime) -> bool:
    """Say whether the mailbox on file has to be proved before a first enrolment.

    Not after a code to it, a link in our mail, the operator's link, or any second factor (a code or a pass from an
    admin opens set-up while mail cannot be sent).
    """
    if evidence.second_factor is not None:
        return False
    return not (evidence.has(OPERATOR_LINK) or _proves_mailbox(evidence, now=now))


def _proves_mailbox(evidence: Evidence, *, now: datetime) -> bool:
    """Say whether a code to the mailbox on file was typed, or a link in our mail to it followed while it was young."""
    return any(
        proof.kind == MAILBOX or (proof.kind == MAIL_LINK and now - proof.at < LINK_PROVES_MAILBOX_FOR)
        for proof in evidence.proofs
    )


def _unasked(
    evidence: Evidence, facts: Facts, own: AudienceRules, admit: Admit, *, knows_browser: bool, now: datetime
) -> Admit | AskMailbox:
    """Let in whoever is asked for no second factor, after a code by mail on a browser that nobody knows.

    Only team members who signed in by password, and only where the account wants it; any code that was proved will do.
    """
    first = evidence.first_factor
    checked = (
        knows_browser
        or not own.checks_new_browsers
        or facts.audience is not Audience.TEAM
        or first is None
        or first.kind != PASSWORD
        or _proves_mailbox(evidence, now=now)
        or any(proof.is_second_factor and proof.kind != ACCESS_PASS for proof in evidence.proofs)
    )
    return admit if checked else AskMailbox(reasons=(*admit.reasons, Because(Reason.NEW_BROWSER)))


def _empty_handed(evidence: Evidence, where: Standing, *, now: datetime) -> Admit | AskEnrolment:
    """Let somebody who holds nothing wait while their grace lasts; then only set-up is left."""
    if where.in_grace:
        return Admit(reasons=where.reasons, notice_until=where.grace_until, skips_left=where.skips_left)
    reasons = (*where.reasons, Because(Reason.NOTHING_HELD))
    return AskEnrolment(reasons=reasons, proved_mailbox_needed=needs_mailbox(evidence, now=now))


def _proved(evidence: Evidence, accepts: Accepts, *, holds_usable: bool, mailed_counts: bool) -> Proof | None:
    """Return the latest proof that admits.

    A code that stands in for a factor admits where there is an allowed one for it to stand in for, and policy wants
    nothing stronger than such a code.
    """
    for proof in reversed(evidence.proofs):
        if proof.kind == ACCESS_PASS:
            # It opens set-up, and nothing else.
            counts = False
        elif proof.kind in _STAND_INS:
            counts = holds_usable and not accepts.wants_stronger and _stands_in(proof, evidence)
        else:
            counts = (
                proof.is_second_factor
                and accepts.counts(proof.kind, proof.traits)
                and (mailed_counts or not proof.traits.mailed)
            )
        if counts:
            return proof
    return None


def _opener(evidence: Evidence, old_ones: tuple[Held, ...]) -> Proof | None:
    """Return the latest proof that opens set-up: a code that stands in, a pass, or a kind no longer allowed."""
    old_kinds = {held.kind for held in old_ones}
    for proof in reversed(evidence.proofs):
        if proof.kind in old_kinds or _stands_in(proof, evidence):
            return proof
    return None


def _stands_in(proof: Proof, evidence: Evidence) -> bool:
    """Say whether this stands in for a factor; what comes from an admin works beside a password only."""
    return proof.kind == RECOVERY_CODE or (proof.kind in _FROM_HELPERS and evidence.has(PASSWORD))
