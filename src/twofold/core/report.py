"""The status report: what a line tells, when a reminder is due, and a table as text that no spreadsheet runs.

The file is CSV after RFC 4180. A cell that a spreadsheet would take for a formula (OWASP, "CSV Injection") gets an
apostrophe before the sign that makes it one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from twofold.core.groups import Extra
from twofold.core.roles import Role
from twofold.core.standing import Word

FILE_LASTS = timedelta(hours=24)
"""How long a report can be downloaded; then its file is gone."""
REMIND_AFTER = timedelta(days=90)
"""How long nobody makes a report, while a second factor is required, before they are reminded."""

COLUMNS = (
    "name",
    "email",
    "role",
    "groups",
    "state",
    "2FA on",
    "required",
    "by choice",
    "methods",
    "strong",
    "enrolled at",
    "last used at",
    "recovery codes left",
    "trusted browsers",
    "last sign-in",
    "how",
    "exempt until",
    "why",
    "own rule",
    "no longer count",
)
"""The heads of the columns, in their order. Programs read them, so they are never renamed or translated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the report tells of one person.

    `word` with `until` is the state of the one word list. `required`: a requirement that has begun names them, and no
    exemption stands. `methods` are kinds of second factors that count, or open set-up; `weak` are those of them that
    are not strong, and `dead` the kinds that they hold which do neither. `shut_out`: they hold nothing else, and are
    asked. `codes_left` is None where no recovery codes were made. `own_rule` is what is asked of them alone.
    """

    name: str
    email: str
    role: Role
    groups: tuple[str, ...]
    word: Word
    until: datetime | None
    suspended: bool
    required: bool
    by_choice: bool
    methods: tuple[str, ...]
    weak: tuple[str, ...]
    dead: tuple[str, ...]
    shut_out: bool
    strong: bool
    enrolled_at: datetime | None
    last_used_at: datetime | None
    codes_left: int | None
    trusted_browsers: int
    last_sign_in_at: datetime | None
    signed_in_by: str
    exempt_until: datetime | None
    exempt_because: str
    own_rule: Extra | None

    @property
    def is_on(self) -> bool:
        """Whether the report says "2FA on"."""
        return self.word.is_on


# What Excel, LibreOffice and Google Sheets begin a formula with, full-width signs too. A sign behind a separator
# counts: where a spreadsheet splits at semicolons, what stands behind one is a cell of its own, quotes or not.
_FORMULA = re.compile('(^|[,;|])([\\s"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])')
_GUARD = re.compile("(^|[,;|])'([\\s\"]*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STRANGE = re.compile('^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[,;|"\x00-\x1f\x7f-\x9f\u2028\u2029]|^\\s|\\s$')


def cell(text: str) -> str:
    """Return a text as a cell: never a formula, on one line, in quotes where it needs them."""
    if _STRANGE.search(text) is None:
        return text
    safe = _FORMULA.sub(r"\1'\2", _CONTROL.sub(" ", text))
    return '"' + safe.replace('"', '""') + '"'


def unguarded(text: str) -> str:
    """Return what a cell said before `cell` kept it from being a formula: our own files come back mended."""
    return _GUARD.sub(r"\1\2", text)


def row(cells: Iterable[str]) -> str:
    """Return cells as a line of the file, its end included."""
    return ",".join(cells) + "\r\n"


def reminder_due_at(required_since: datetime | None, last_made_at: datetime | None) -> datetime | None:
    """Return when a reminder of the report is due; None while nothing is required.

    It counts from the newest report or, where none was made since, from the beginning of the requirement.
    """
    if required_since is None:
        return None
    return max(required_since, last_made_at or required_since) + REMIND_AFTER
