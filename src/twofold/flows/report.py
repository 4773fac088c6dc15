"""The status report: asked for by an admin, made by the worker part by part, and handed out for a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import ReportId
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.core.report import FILE_LASTS
from twofold.core.roles import Permission, has_permission, may_read
from twofold.flows import journal, later
from twofold.flows.outcomes import Gone, Refuse
from twofold.ports.jobs import MAKE_REPORT
from twofold.ports.pages import Page
from twofold.ports.reports import Report, ReportState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

PAGE: Final = "/admin/reports"
SHOWN: Final = 10
UNDER_WAY: Final = frozenset({ReportState.WAITING, ReportState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """One report, and who asked for it (empty: the operator, or somebody who is gone). `has_file`: while it lasts."""

    report: Report
    by: str
    has_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The file of a report: `size` bytes in parts, read as they are asked for."""

    report: Report
    parts: Iterator[bytes] = field(repr=False)


def ask(services: Services, visit: Visit, me: SignedIn, *, end_users: bool) -> Report | Refuse:
    """Start a report of the team, or of everybody; the one that is under way for the same person is not made twice."""
    if not has_permission(me.person.role, Permission.MAKE_REPORTS):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    for one in services.reports.newest(account).rows:
        if one.state in UNDER_WAY and (one.asked_by, one.end_users) == (me.person.id, end_users):
            return one
    report = new_report(services, me.policy.number, now=now, end_users=end_users)
    report = replace(report, asked_by=me.person.id)
    with services.transactions.begin():
        services.reports.add(account, report)
        later.put(services, account, MAKE_REPORT, {"report": report.id, "behind": ""}, now=now)
        journal.record(
            services,
            visit,
            "report.asked",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"report": report.id, "end_users": end_users},
        )
    return report


def new_report(services: Services, policy: int, *, now: datetime, end_users: bool) -> Report:
    """Return a report that nobody stored yet."""
    return Report(
        id=ReportId(services.entropy.new_id()),
        asked_by=None,
        end_users=end_users,
        policy=policy,
        asked_at=now,
        expires_at=now + FILE_LASTS,
    )


def look(services: Services, visit: Visit, me: SignedIn, report: ReportId) -> ReportView | Gone | Refuse:
    """Return one report and how far it is. Writes nothing."""
    if not may_read(me.person.role, Permission.MAKE_REPORTS):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    found = services.reports.by_id(visit.account.id, report)
    return Gone() if found is None else _views(services, visit, [found])[0]


def newest(services: Services, visit: Visit, me: SignedIn, *, after: str = "") -> Page[ReportView] | Refuse:
    """Return a page of the reports, the newest first."""
    if not may_read(me.person.role, Permission.MAKE_REPORTS):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    found = services.reports.newest(visit.account.id, after=after, size=SHOWN)
    return Page(_views(services, visit, found.rows), found.after)


def download(services: Services, visit: Visit, me: SignedIn, report: ReportId) -> Download | Gone | Refuse:
    """Hand out the file, and note who took it; Gone while there is none, or when its time is over."""
    if not has_permission(me.person.role, Permission.MAKE_REPORTS):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    found = services.reports.by_id(visit.account.id, report)
    if found is None or not has_file(found, now=services.clock.now()):
        return Gone()
    with services.transactions.begin():
        journal.record(
            services,
            visit,
            "report.downloaded",
            now=services.clock.now(),
            person=None,
            actor=me.person.id,
            detail={"report": found.id, "end_users": found.end_users},
        )
    return Download(report=found, parts=_parts(services, visit.account, found))


def has_file(report: Report, *, now: datetime) -> bool:
    """Say whether there is a file to be downloaded; what an operator made went where they said."""
    return report.state is ReportState.READY and report.asked_by is not None and now < report.expires_at


def tell_ready(services: Services, account: Account, report: Report, *, now: datetime) -> None:
    """Record that a report is ready, and mail whoever asked for it, if they may still see it."""
    journal.record_by_system(
        services,
        account,
        "report.made",
        now=now,
        person=None,
        detail={"report": report.id, "people": report.done, "end_users": report.end_users},
    )
    person = services.people.by_id(account.id, report.asked_by) if report.asked_by else None
    if person is None or person.suspended_at is not None or not has_permission(person.role, Permission.MAKE_REPORTS):
        return
    # Nothing but the id stands in the address: whoever reads it over a shoulder needs the sign-in as well.
    url = f"{account.base_url}{PAGE}/{report.id}"
    params: JsonObject = {"url": url, "people": report.done, "until_at": to_micros(report.expires_at)}
    journal.tell(services, account, person, "report_ready", params, now=now)


def _parts(services: Services, account: Account, report: Report) -> Iterator[bytes]:
    for number in range(report.parts):
        part = services.reports.part(account.id, report.id, number)
        if part is None:
            # Its time ended while it was read: the length that was promised tells the browser that this is not all.
            return
        yield part


def _views(services: Services, visit: Visit, reports: Sequence[Report]) -> tuple[ReportView, ...]:
    names = services.people.names(visit.account.id, (one.asked_by for one in reports if one.asked_by is not None))
    now = services.clock.now()
    return tuple(
        ReportView(
            report=one,
            by=(by.name or by.email) if one.asked_by and (by := names.get(one.asked_by)) else "",
            has_file=has_file(one, now=now),
        )
        for one in reports
    )
