"""Trusted devices: a browser that may answer for the second factor for a while, judged anew at each sign-in."""

import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofold.core.assurance import Proof
from twofold.core.reasons import Because, Reason
from twofold.core.rules import EVERY_SIGN_IN, AudienceRules

BROWSERS_MOST = 10
"""How many browsers are known, and so may be trusted, for one person; one more, and the longest unused is forgotten."""


@dataclass(frozen=True, slots=True)
class Trust:
    """What a browser keeps: the second factor that was proved there, and when."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class Box:
    """The box "Don't ask again on this computer": whether it is on the page, and ticked."""

    shown: bool
    ticked: bool


class Cookie(StrEnum):
    """What a presented browser secret is."""

    CURRENT = "current"
    PREVIOUS = "previous"
    """Good until the current one has come back once."""
    STALE = "stale"
    """Of this series, but neither: a copy is about, so the series ends and the person is mailed."""
    UNKNOWN = "unknown"


def judge_trust(
    trust: Trust | None,
    rules: AudienceRules,
    *,
    every_sign_in: bool,
    now: datetime,
    not_before: datetime | None = None,
) -> Because:
    """Return TRUSTED_BROWSER with its end when this browser answers today, else the reason why it does not.

    The time counts from the proof, and is absolute. `every_sign_in` is the person's own wish. Trust from before
    `not_before` ended with an earlier requirement, and does not return with a new one.
    """
    if rules.trust_for == EVERY_SIGN_IN:
        return Because(Reason.EVERY_SIGN_IN_BY_POLICY)
    if every_sign_in:
        return Because(Reason.EVERY_SIGN_IN_BY_CHOICE)
    if trust is None:
        return Because(Reason.UNKNOWN_BROWSER)
    proof = trust.proof
    if not rules.accepts.counts(proof.kind, proof.traits):
        return Because(Reason.KIND_NO_LONGER_ALLOWED, detail=proof.kind)
    ends_at = proof.at + rules.trust_for
    if not_before is not None and proof.at < not_before:
        return Because(Reason.TRUST_ENDED, min(not_before, ends_at))
    if now >= ends_at:
        return Because(Reason.TRUST_ENDED, ends_at)
    return Because(Reason.TRUSTED_BROWSER, ends_at)


def trusted_until(
    trust: Trust | None,
    rules: AudienceRules,
    *,
    every_sign_in: bool,
    now: datetime,
    not_before: datetime | None = None,
) -> datetime | None:
    """Return until when this browser answers for the second factor; None when it does not (`judge_trust` says why)."""
    because = judge_trust(trust, rules, every_sign_in=every_sign_in, now=now, not_before=not_before)
    return because.at if because.reason is Reason.TRUSTED_BROWSER else None


def box(rules: AudienceRules, *, every_sign_in: bool, others_trusted_here: bool, by_recovery_code: bool) -> Box:
    """Return the state of the box on the page that asks for a passcode.

    Absent where policy says every sign-in, and never offered after a recovery code; ticked unless the person chose
    every sign-in or somebody else is trusted on this browser.
    """
    if rules.trust_for == EVERY_SIGN_IN or by_recovery_code:
        return Box(shown=False, ticked=False)
    return Box(shown=True, ticked=not every_sign_in and not others_trusted_here)


def judge_cookie(presented: str, current: str | None, previous: str | None) -> Cookie:
    """Compare the hash of a presented browser secret with those of its series, in constant time.

    All are hexadecimal digests; `current` is None where no series of that name exists.
    """
    if current is None:
        return Cookie.UNKNOWN
    if hmac.compare_digest(presented, current):
        return Cookie.CURRENT
    if previous is not None and hmac.compare_digest(presented, previous):
        return Cookie.PREVIOUS
    return Cookie.STALE
