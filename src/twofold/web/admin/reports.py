"""Admin Center > Account > 2FA status: who uses it, with filters, and the report of it as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy

from twofold.core.ids import ReportId
from twofold.core.roles import Permission, Role
from twofold.core.standing import Word
from twofold.flows import report, report_page
from twofold.flows.outcomes import Gone, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.report_page import Filter, Holds, Whose
from twofold.flows.shut_out import KEPT_MOST
from twofold.web import errors, pages, told
from twofold.web.admin import files, report_words
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.kinds.registry import KINDS
from twofold.web.methods import require_http_methods, require_POST, require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse, HttpResponseBase

    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

STARTED = told.declare(
    "report_started", "good", gettext_lazy("The report was asked for. You get a mail as soon as it is ready.")
)
GONE = told.declare("report_gone", "warn", gettext_lazy("The file of that report is gone. You can make another."))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.MAKE_REPORTS)
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """Show who uses two-factor authentication; take the button that starts a report."""
    if request.method == "POST":
        end_users = Posted(request).tick("include_end_users")
        started = report.ask(request.services, request.visit, me, end_users=end_users)
        if isinstance(started, Refuse):
            return errors.answer(request, errors.FORBIDDEN)
        return pages.go(request, f"{report.PAGE}/{started.id}", said=STARTED)
    wanted = _filter(request)
    found = report_page.look(
        request.services,
        request.visit,
        me,
        wanted,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    at = request.GET.get("reports", "")
    newest = report.newest(request.services, request.visit, me, after=at)
    if isinstance(found, Refuse) or isinstance(newest, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    now = request.services.clock.now()
    kept = {"search": wanted.search, "who": wanted.whose, "state": wanted.word or "", "holds": wanted.holds}
    # The people above stay where they are.
    here = {name: request.GET.get(name, "") for name in ("after", "before")}
    context: dict[str, object] = {
        "here": "reports",
        "form": kept,
        "choices": report_words.choices(),
        "people": [report_words.listed(one, now=now) for one in found.people],
        "looked_at": found.looked_at,
        "ends_at": number_format(KEPT_MOST, force_grouping=True) if found.is_cut else "",
        "previous_url": pages.go_with(request.path, **kept, before=found.before) if found.before else None,
        "next_url": pages.go_with(request.path, **kept, after=found.after) if found.after else None,
        "report": report_words.section(request, me.policy.rules),
        "reports": [report_words.shown(one, now=now) for one in newest.rows],
        "newest_url": pages.go_with(request.path, **kept, **here) + "#h-newest" if at else None,
        "older_url": pages.go_with(request.path, **kept, **here, reports=newest.after) + "#h-newest"
        if newest.after
        else None,
    }
    return pages.page(request, "admin/reports.html", context)


@require_safe
@signed_in
@allowed(Permission.MAKE_REPORTS)
def one(request: Request, me: SignedIn, report_id: str) -> HttpResponse:
    """Show how far a report is, and its file while that lasts."""
    view = report.look(request.services, request.visit, me, ReportId(report_id))
    match view:
        case Gone() | Refuse():
            return errors.of(request, view)
        case report.ReportView():
            now = request.services.clock.now()
            context: dict[str, object] = {"here": "reports", "one": report_words.shown(view, now=now)}
            return pages.page(request, "admin/report.html", context)
        case _:
            assert_never(view)


@require_POST
@signed_in
@allowed(Permission.MAKE_REPORTS)
def download(request: Request, me: SignedIn, report_id: str) -> HttpResponseBase:
    """Hand out the file, a part at a time."""
    here = files.place()
    if here is None:
        return files.busy(request)
    found = report.download(request.services, request.visit, me, ReportId(report_id))
    match found:
        case Gone():
            return pages.go(request, report.PAGE, said=GONE)
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case report.Download(report=made, parts=parts):
            name = f"2fa-status-{timezone.localtime(made.asked_at).date().isoformat()}.csv"
            response = files.sent(here, parts, kind="text/csv; charset=utf-8", name=name)
            response.headers["Content-Length"] = str(made.size)
            return response
        case _:
            assert_never(found)


def _filter(request: Request) -> Filter:
    """Read the filters of the address; what is none of ours counts as not there."""
    given = request.GET
    who, state, holds = given.get("who", ""), given.get("state", ""), given.get("holds", "")
    typed = given.get("search", "")[:LONGEST_SEARCH]
    return Filter(
        search="".join(character for character in typed if character.isprintable()),
        whose=Role(who) if who in set(Role) else Whose(who) if who in set(Whose) else Whose.TEAM,
        word=Word(state) if state in set(Word) else None,
        holds=holds if holds in {*Holds, *KINDS} else Holds.ANYTHING,
    )
