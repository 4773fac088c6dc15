"""The words and the form of the status report's file: the same for whoever asks, because programs read it, too.

UTF-8 with a byte order mark; docs/reference/report.md tells each column.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from twofold.core.report import COLUMNS, cell, row
from twofold.core.roles import Role
from twofold.core.standing import Word

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.groups import Extra
    from twofold.core.report import Line

HEAD: Final = BOM_UTF8 + row(COLUMNS).encode()
"""What the file begins with. Without the mark Excel takes the rest for another alphabet."""
WORDS: Final = {
    Word.OFF: "Off",
    Word.SET_UP_NOT_ASKED: "Set up, not asked",
    Word.ON_BY_CHOICE: "On, by choice",
    Word.ON_REQUIRED: "On, required",
    Word.MUST_SET_UP: "Must set up",
    Word.EXEMPT: "Exempt",
    Word.PROVIDER: "Signs in with a provider",
}
"""The one word list, as the documentation has it."""
_UNTIL: Final = {Word.MUST_SET_UP: " by ", Word.EXEMPT: " until "}
ROLES: Final = {
    Role.OWNER: "owner",
    Role.ADMIN: "admin",
    Role.AUDITOR: "auditor",
    Role.AGENT: "agent",
    Role.END_USER: "end user",
}
_YES: Final = {True: "yes", False: "no"}
_BETWEEN: Final = "; "


class ReportText:
    """Writes lines with the instants of one time zone."""

    def __init__(self, time_zone: str) -> None:
        self._zone = ZoneInfo(time_zone)

    def line(self, one: Line) -> str:
        """Return one person as a line of the file."""
        return row(
            (
                cell(one.name),
                cell(one.email),
                ROLES[one.role],
                cell(_BETWEEN.join(one.groups)) if one.groups else "",
                cell(self._state(one)),
                _YES[one.is_on],
                _YES[one.required],
                _YES[one.by_choice],
                cell(_BETWEEN.join(one.methods)) if one.methods else "",
                _YES[one.strong],
                self._instant(one.enrolled_at),
                self._instant(one.last_used_at),
                "" if one.codes_left is None else str(one.codes_left),
                str(one.trusted_browsers),
                self._instant(one.last_sign_in_at),
                cell(one.signed_in_by),
                self._instant(one.exempt_until),
                cell(one.exempt_because),
                _own_rule(one.own_rule),
                cell(_BETWEEN.join(one.dead)) if one.dead else "",
            )
        )

    def _state(self, one: Line) -> str:
        text = WORDS[one.word]
        if one.until is not None and one.word in _UNTIL:
            # What ends at midnight has the day before for its last.
            last = (one.until - timedelta(microseconds=1)).astimezone(self._zone)
            text += _UNTIL[one.word] + last.date().isoformat()
        return f"{text}, suspended" if one.suspended else text

    def _instant(self, at: datetime | None) -> str:
        """Return an instant after ISO 8601, to the second, with its distance from UTC; empty for none."""
        return "" if at is None else at.astimezone(self._zone).isoformat(timespec="seconds")


def _own_rule(rule: Extra | None) -> str:
    """Return what a rule for one person alone speaks of; empty where there is none."""
    if rule is None:
        return ""
    spoken_of = (
        (rule.required is not None, "required"),
        (not rule.accepts.is_everything, "ways"),
        (rule.trust_for is not None, "how often"),
    )
    return _BETWEEN.join(word for is_there, word in spoken_of if is_there)
