"""Status reports. The port: ports/reports.py, Reports."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId, ReportId
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import Audience
from twofold.ports.pages import PageBetween
from twofold.ports.reports import Report, ReportState
from twofold.store import survey
from twofold.store.cursors import newest_asked
from twofold.store.people_page import page_of_people
from twofold.store.people_tally import BY_ROLE
from twofold.store.rows import Row, instant, micros, one, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.roles import Role
    from twofold.ports.pages import Page
    from twofold.ports.reports import Surveyed

_SELECT: Final = (
    "SELECT id, asked_by, end_users, policy, asked_at, expires_at, state, done, of, parts, size, finished_at"
    " FROM report"
)
_COUNT: Final = "SELECT COUNT(*) FROM person WHERE account = %s"
_TEAM: Final = _COUNT + " AND " + BY_ROLE[Audience.TEAM]
_QUICK: Final = 1
"""Level of compression: a fifth of the size for a twentieth of the time that a line takes."""


class ReportStore:
    """Reports, and the parts of their files, which housekeeping removes when their time is over."""

    def count(self, account: AccountId, *, end_users: bool) -> int:
        """Count the team, or everybody."""
        row = one(_COUNT if end_users else _TEAM, (account,))
        return 0 if row is None else int(row[0])

    def walk(
        self, account: AccountId, *, behind: str, end_users: bool, most: int, groups: bool = False
    ) -> Sequence[Surveyed]:
        """Return people in the order of their ids, those behind this one: the team, or everybody."""
        return survey.walk(account, behind=behind, end_users=end_users, most=most, groups=groups)

    def these(self, account: AccountId, people: Sequence[PersonId], *, groups: bool = False) -> Sequence[Surveyed]:
        """Return these people in this order; those who are not there any more are left out."""
        return survey.of(account, people, groups=groups)

    def page(
        self,
        account: AccountId,
        *,
        search: str = "",
        role: Role | None = None,
        team: bool = False,
        after: str = "",
        before: str = "",
        size: int = 50,
        groups: bool = False,
        alone: bool = False,
    ) -> PageBetween[Surveyed]:
        """Return people by name; `team` and `alone` leave others out."""
        found = page_of_people(
            account, search=search, role=role, group=None, after=after, before=before, size=size, team=team, alone=alone
        )
        people = survey.of(account, [row.id for row in found.rows], groups=groups)
        return PageBetween(tuple(people), before=found.before, after=found.after)

    def add(self, account: AccountId, report: Report) -> None:
        """Store one that was asked for."""
        write(
            "INSERT INTO report (account, id, asked_by, end_users, policy, asked_at, expires_at, state, done, of,"
            " parts, size, finished_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account,
                report.id,
                report.asked_by,
                report.end_users,
                report.policy,
                to_micros(report.asked_at),
                to_micros(report.expires_at),
                report.state,
                report.done,
                report.of,
                report.parts,
                report.size,
                micros(report.finished_at),
            ),
        )

    def by_id(self, account: AccountId, report: ReportId) -> Report | None:
        """Return one."""
        row = one(_SELECT + " WHERE account = %s AND id = %s", (account, report))
        return None if row is None else _report(row)

    def newest(self, account: AccountId, *, after: str = "", size: int = 20) -> Page[Report]:
        """Return those that were asked for last, the newest first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """
        return newest_asked(_SELECT, account, _report, after=after, size=size)

    def last_made_at(self, account: AccountId) -> datetime | None:
        """Return when the newest of those that are ready was finished."""
        row = one(
            "SELECT finished_at FROM report WHERE account = %s AND state = %s ORDER BY asked_at DESC, id DESC LIMIT 1",
            (account, ReportState.READY),
        )
        return None if row is None else instant(row[0])

    def advance(self, account: AccountId, old: Report, new: Report, part: bytes | None = None) -> bool:
        """Write how far it is, and one more part of its file, where `old` still stands; else False."""
        written = write(
            "UPDATE report SET state = %s, done = %s, of = %s, parts = %s, size = %s, finished_at = %s,"
            " expires_at = %s WHERE account = %s AND id = %s AND state = %s AND done = %s AND parts = %s",
            (
                new.state,
                new.done,
                new.of,
                new.parts,
                new.size,
                micros(new.finished_at),
                to_micros(new.expires_at),
                account,
                old.id,
                old.state,
                old.done,
                old.parts,
            ),
        )
        if written != 1:
            return False
        if part is not None:
            write(
                "INSERT INTO report_part (account, report_id, number, body) VALUES (%s, %s, %s, %s)",
                (account, old.id, old.parts, part),
            )
        return True

    def part(self, account: AccountId, report: ReportId, number: int) -> bytes | None:
        """Return one part of the file, from 0 on; None when there is none (any more)."""
        row = one(
            "SELECT body FROM report_part WHERE account = %s AND report_id = %s AND number = %s",
            (account, report, number),
        )
        return None if row is None else zlib.decompress(row[0])


def packed(text: bytes) -> bytes:
    """Return a part as it is kept: compressed, which belongs before the transaction."""
    return zlib.compress(text, _QUICK)


def _report(row: Row) -> Report:
    (report_id, asked_by, end_users, policy, asked_at, expires_at, state, done, of, parts, size, finished_at) = row
    return Report(
        id=ReportId(report_id),
        asked_by=None if asked_by is None else PersonId(asked_by),
        end_users=bool(end_users),
        policy=policy,
        asked_at=from_micros(asked_at),
        expires_at=from_micros(expires_at),
        state=ReportState(state),
        done=done,
        of=of,
        parts=parts,
        size=size,
        finished_at=instant(finished_at),
    )
