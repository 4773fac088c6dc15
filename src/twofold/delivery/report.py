"""Making a status report: a part at a time, each in one short transaction with the end of its job.

A part and the job for the next one are written together, so that whoever is killed leaves nothing behind, and a worker
that lost its lease writes nothing: no line is there twice, and none is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId, ReportId
from twofold.core.json import text_in
from twofold.core.report import FILE_LASTS
from twofold.delivery.report_text import HEAD, ReportText
from twofold.flows.everybody import in_chunks
from twofold.flows.report import UNDER_WAY, tell_ready
from twofold.flows.report_lines import Judge
from twofold.ports.reports import ReportState
from twofold.store.reports import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twofold.delivery.needs import Needs
    from twofold.ports.accounts import Account
    from twofold.ports.reports import Report, Surveyed
    from twofold.ports.services import Services
    from twofold.store.jobs import Job

READ_AT_ONCE: Final = 500
"""People in one round of statements: few enough for every database to find them by an index."""
ROUNDS: Final = 4
"""Rounds in one part. Some 0.1 s of work: what else the worker has to do waits no longer than that."""


def make_part(needs: Needs, job: Job) -> None:
    """Make the next part of a report, and put the job for the one after it, or the mail that it is ready."""
    services = needs.services
    account = services.accounts.by_id(job.account)
    report = services.reports.by_id(job.account, ReportId(text_in(job.body, "report")))
    if account is None or report is None or report.state not in UNDER_WAY:
        needs.jobs.done(job, at=services.clock.now())
        return
    of = report.of or services.reports.count(account.id, end_users=report.end_users)
    lines = Lines(services, account, report)
    people, text = _read(lines, text_in(job.body, "behind"))
    text = text if report.parts else HEAD + text
    is_last = len(people) < READ_AT_ONCE * ROUNDS
    part = packed(text)
    now = services.clock.now()
    new = replace(
        report,
        state=ReportState.READY if is_last else ReportState.RUNNING,
        done=report.done + len(people),
        # Whoever was added meanwhile is told of, too; nobody is told that more is done than there is.
        of=report.done + len(people) if is_last else max(of, report.done + len(people)),
        parts=report.parts + 1,
        size=report.size + len(text),
        finished_at=now if is_last else None,
        expires_at=now + FILE_LASTS,
    )
    with services.transactions.begin():
        if not needs.jobs.done(job, at=now) or not services.reports.advance(account.id, report, new, part):
            return
        if is_last:
            tell_ready(services, account, new, now=now)
        else:
            needs.jobs.add(
                account.id,
                id=JobId(services.entropy.new_id()),
                kind=job.kind,
                body={**job.body, "behind": people[-1].id},
                run_at=now,
                put_at=now,
            )


def give_up(needs: Needs, job: Job) -> None:
    """Note that a report will not be made; whoever looks at it can ask for another."""
    reports = needs.services.reports
    report = reports.by_id(job.account, ReportId(text_in(job.body, "report")))
    if report is not None and report.state in UNDER_WAY:
        reports.advance(job.account, report, replace(report, state=ReportState.FAILED))


class Lines:
    """The people of a report and the lines that tell of them, all judged by one policy at one moment."""

    def __init__(self, services: Services, account: Account, report: Report) -> None:
        version = services.policy.by_number(account.id, report.policy) or services.policy.current(account.id)
        self._services = services
        self._account = account.id
        self._end_users = report.end_users
        self._has_groups = bool(version.rules.groups)
        self._judge = Judge(version.rules, services.factors, now=report.asked_at)
        self._text = ReportText(account.time_zone)

    def rounds(self, behind: str) -> Iterator[tuple[Sequence[Surveyed], bytes]]:
        """Return people in the order of their ids, those behind this one, READ_AT_ONCE at a time with their lines.

        Within a round the lines stand by name; a team that is no larger is in order as a whole.
        """
        for people in in_chunks(
            self._services,
            self._account,
            behind=behind,
            end_users=self._end_users,
            most=READ_AT_ONCE,
            groups=self._has_groups,
        ):
            by_name = sorted(people, key=lambda one: (one.name or one.email).casefold())
            yield people, "".join([self._text.line(self._judge.line(one)) for one in by_name]).encode()


def _read(lines: Lines, behind: str) -> tuple[list[Surveyed], bytes]:
    people: list[Surveyed] = []
    texts: list[bytes] = []
    for number, (some, text) in enumerate(lines.rounds(behind), start=1):
        people += some
        texts.append(text)
        if number == ROUNDS:
            break
    return people, b"".join(texts)
