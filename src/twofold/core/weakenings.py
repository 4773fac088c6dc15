"""What a change of policy weakens: each finding is mailed to every owner and admin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofold.core.roles import Audience
from twofold.core.rules import Accepts, AudienceRules, Requirement, Rules


class Weaker(StrEnum):
    """In which way a policy became weaker. Stored in the audit log, so a name is never changed."""

    REQUIREMENT_OFF = "requirement_off"
    REQUIREMENT_LATER = "requirement_later"
    GRACE_LONGER = "grace_longer"
    TRUST_LONGER = "trust_longer"
    KINDS_WEAKER = "kinds_weaker"
    OLD_ONES_PROVE_LONGER = "old_ones_prove_longer"
    SESSIONS_LONGER = "sessions_longer"


@dataclass(frozen=True, slots=True)
class Weakening:
    """One way in which the policy for one audience became weaker."""

    audience: Audience
    weaker: Weaker


def weakenings(old: Rules, new: Rules) -> tuple[Weakening, ...]:
    """Return everything that `new` weakens against `old`, team members first."""
    return tuple(
        Weakening(audience, weaker)
        for audience in Audience
        for weaker in _between(old.for_(audience), new.for_(audience))
    )


def _between(old: AudienceRules, new: AudienceRules) -> Iterable[Weaker]:
    yield from _requirement(old.required, new.required)
    if new.trust_for > old.trust_for:
        yield Weaker.TRUST_LONGER
    if _is_wider(old.accepts, new.accepts):
        yield Weaker.KINDS_WEAKER
    if _ends_later(old.accepts.old_ones_prove_until, new.accepts.old_ones_prove_until):
        yield Weaker.OLD_ONES_PROVE_LONGER
    if new.idle_for > old.idle_for or new.session_for > old.session_for:
        yield Weaker.SESSIONS_LONGER


def _requirement(old: Requirement | None, new: Requirement | None) -> Iterable[Weaker]:
    if old is None:
        return
    if new is None:
        yield Weaker.REQUIREMENT_OFF
        return
    if new.starts_at > old.starts_at:
        yield Weaker.REQUIREMENT_LATER
    if new.grace_for > old.grace_for or _has_more_skips(old.skips, new.skips):
        yield Weaker.GRACE_LONGER


def _has_more_skips(old: int | None, new: int | None) -> bool:
    return old is not None and (new is None or new > old)


def _is_wider(old: Accepts, new: Accepts) -> bool:
    # A kind that was not accepted before counts as weaker, whatever its traits: adding a way in is never silent.
    has_more_kinds = old.kinds is not None and (new.kinds is None or not new.kinds <= old.kinds)
    return (
        has_more_kinds
        or (old.needs_strong and not new.needs_strong)
        or (old.needs_phishing_resistant and not new.needs_phishing_resistant)
    )


def _ends_later(old: datetime | None, new: datetime | None) -> bool:
    return old is not None and (new is None or new > old)
