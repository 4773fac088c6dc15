"""The notices that people are mailed, and which of them somebody may do without.

A notice that warns of what only its person should have done cannot be silenced: whoever steals a sign-in would silence
it first.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from twofold.core.roles import Role


class Notice(StrEnum):
    """What somebody is told of by mail. Stored where it is silenced, so never renamed."""

    NEW_BROWSER = "new_browser"
    """A sign-in on a browser that this person never signed in on."""
    FACTOR_SET_UP = "factor_set_up"
    FACTOR_REMOVED = "factor_removed"
    RECOVERY_USED = "recovery_used"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 -- the name of a notice, not a secret
    ADDRESS_CHANGED = "address_changed"
    EXEMPTION_GIVEN = "exemption_given"
    TOO_MANY_WRONG = "too_many_wrong"
    POLICY_WEAKENED = "policy_weakened"
    CALL_FOR_HELP = "call_for_help"
    REPORT_DUE = "report_due"
    NEW_RELEASE = "new_release"


SILENCEABLE = frozenset(
    {Notice.NEW_BROWSER, Notice.EXEMPTION_GIVEN, Notice.CALL_FOR_HELP, Notice.REPORT_DUE, Notice.NEW_RELEASE}
)
"""Those that nobody's safety hangs on alone: what they tell of stands in the list of events, or in Admin Center."""
FOR_HELPERS = frozenset({Notice.POLICY_WEAKENED, Notice.CALL_FOR_HELP, Notice.REPORT_DUE, Notice.NEW_RELEASE})
"""Those that owners and admins get because of what they answer for."""
_HELPERS = frozenset({Role.OWNER, Role.ADMIN})


OF_MAIL: Final[Mapping[str, Notice]] = MappingProxyType(
    {
        "exempted": Notice.EXEMPTION_GIVEN,
        "help_called": Notice.CALL_FOR_HELP,
        "new_browser": Notice.NEW_BROWSER,
        "new_release": Notice.NEW_RELEASE,
        "report_reminder": Notice.REPORT_DUE,
    }
)
"""Which notice a mail is, by its name; what does not stand here is always sent."""


@dataclass(frozen=True, slots=True)
class Switch:
    """One notice on somebody's page: whether it is mailed, and whether that is theirs to choose."""

    notice: Notice
    is_on: bool
    may_silence: bool


def switches_of(role: Role, silenced: frozenset[str]) -> tuple[Switch, ...]:
    """Return the notices that somebody of this role gets, in the order of the page."""
    return tuple(
        Switch(notice, is_on=is_wanted(notice, silenced), may_silence=notice in SILENCEABLE)
        for notice in Notice
        if notice not in FOR_HELPERS or role in _HELPERS
    )


def is_wanted(notice: Notice, silenced: frozenset[str]) -> bool:
    """Say whether a notice is mailed: always, unless it may be silenced and was."""
    return notice not in SILENCEABLE or notice.value not in silenced


def is_sent(mail: str, silenced: frozenset[str]) -> bool:
    """Say whether a mail goes to somebody who silenced these notices."""
    notice = OF_MAIL.get(mail)
    return notice is None or is_wanted(notice, silenced)


def silenced_after(role: Role, before: frozenset[str], wanted: frozenset[str]) -> frozenset[str]:
    """Return what is silenced once somebody has ticked the notices in `wanted` on their page.

    What does not stand on the page of this role stays as it was: a role may come back.
    """
    here = {one.notice.value for one in switches_of(role, before) if one.may_silence}
    return frozenset((before - here) | (here - wanted))
