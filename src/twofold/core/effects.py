"""The table "What ends what" of the rules: which doors a change closes."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Change(StrEnum):
    """Something that happened to a person's sign-in, or to policy."""

    FACTOR_SET_UP = "factor_set_up"
    FACTOR_REPLACED = "factor_replaced"
    FACTOR_REMOVED = "factor_removed"
    TURNED_OFF = "turned_off"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of a change, not a secret
    ADDRESS_CHANGED = "address_changed"
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- the name of a change, not a secret
    RECOVERY_CODE_USED = "recovery_code_used"
    RESET_BY_HELPER = "reset_by_helper"
    ROLE_CHANGED = "role_changed"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    SUSPENDED = "suspended"
    FROZEN = "frozen"
    POLICY_CHANGED = "policy_changed"
    SIGNED_OUT = "signed_out"


class Which(StrEnum):
    """Which of the person's sessions end."""

    NONE = "none"
    THIS = "this"
    OTHERS = "others"
    """All but the one in which it was done; all, where it was done outside a session."""
    ALL = "all"


class Fate(StrEnum):
    """What becomes of grants and tokens."""

    STAY = "stay"
    SHOWN_FOR_REVIEW = "shown_for_review"
    END = "end"
    DEAD_WHILE_SUSPENDED = "dead_while_suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """What one change ends. `judged_again`: trust stays, and today's policy is applied to it at the next sign-in.

    `attempts_and_links`: the person's unfinished attempts (but the one in which it happened) and mailed links end.
    """

    sessions: Which
    trust: bool
    grants: Fate = Fate.STAY
    tokens: Fate = Fate.STAY
    sessions_shown_for_review: bool = False
    judged_again: bool = False
    attempts_and_links: bool = True


_FACTOR = Ends(sessions=Which.OTHERS, trust=True)
_OWN_CHANGE = Ends(sessions=Which.OTHERS, trust=True, grants=Fate.SHOWN_FOR_REVIEW, tokens=Fate.SHOWN_FOR_REVIEW)
_EVERYTHING = Ends(sessions=Which.ALL, trust=True, grants=Fate.END)

EFFECTS: Final = {
    Change.FACTOR_SET_UP: _FACTOR,
    Change.FACTOR_REPLACED: _FACTOR,
    Change.FACTOR_REMOVED: _FACTOR,
    Change.TURNED_OFF: _FACTOR,
    Change.PASSWORD_CHANGED: _OWN_CHANGE,
    Change.ADDRESS_CHANGED: _OWN_CHANGE,
    Change.PASSWORD_RESET: Ends(sessions=Which.OTHERS, trust=True, grants=Fate.END, tokens=Fate.SHOWN_FOR_REVIEW),
    Change.RECOVERY_CODE_USED: Ends(sessions=Which.NONE, trust=True, sessions_shown_for_review=True),
    Change.RESET_BY_HELPER: _EVERYTHING,
    Change.ROLE_CHANGED: _EVERYTHING,
    Change.SIGNED_OUT_EVERYWHERE: _EVERYTHING,
    Change.SUSPENDED: replace(_EVERYTHING, tokens=Fate.DEAD_WHILE_SUSPENDED),
    # A thief's unfinished sign-in, or a link for a new password that they asked for, must not outlive the freezing.
    Change.FROZEN: _EVERYTHING,
    Change.POLICY_CHANGED: Ends(sessions=Which.NONE, trust=False, judged_again=True, attempts_and_links=False),
    Change.SIGNED_OUT: Ends(sessions=Which.THIS, trust=False, attempts_and_links=False),
}


def effects_of(change: Change, *, ends_open_sessions: bool = False) -> Ends:
    """Return what a change ends; `ends_open_sessions` is the choice on the page where a requirement is saved."""
    ends = EFFECTS[change]
    if change is Change.POLICY_CHANGED and ends_open_sessions:
        return replace(ends, sessions=Which.ALL)
    return ends
