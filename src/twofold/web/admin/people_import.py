"""Admin Center > People > Import people: a file is sent, looked at row by row, and only then adds anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_lazy

from twofold.core.ids import ImportId
from twofold.core.people_csv import BYTES_MOST, COLUMNS, ROWS_MOST, BadFile, FileProblem
from twofold.core.refusals import No
from twofold.core.report import cell, row
from twofold.core.roles import Permission, has_permission
from twofold.flows import import_inviting, mail_settings, people_import
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people_import import PAGE, CannotBegin, ImportView, UnderWay
from twofold.flows.policy import SetUpFirst
from twofold.ports.imports import Import, ImportState
from twofold.web import errors, pages, told
from twofold.web.admin import files, import_words
from twofold.web.admin.help_person import holds_nothing
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST, require_safe
from twofold.web.uploads import SentFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.http import HttpResponse, HttpResponseBase

    from twofold.flows.visit import SignedIn
    from twofold.ports.imports import ImportRow
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

CONFIRMED = told.declare("import_begun", "good", gettext_lazy("People are being added."))
CANCELLED = told.declare("import_cancelled", "good", gettext_lazy("Cancelled. Nobody else is added."))
INVITING = told.declare("import_inviting", "good", gettext_lazy("Invitations are being mailed."))
INVITING_STOPPED = told.declare("import_inviting_stopped", "good", gettext_lazy("Stopped. Nobody else is invited."))
TRY_AGAIN = told.declare(
    "import_moved_on", "warn", gettext_lazy("It went on at the same moment. Look at it, then decide again.")
)
OTHER_FIRST = told.declare(
    "import_under_way", "warn", gettext_lazy("This import is not finished. Finish or cancel it, then send your file.")
)
_LONGEST_LINE = 8


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """Show the newest imports; take a file."""
    if request.method != "POST":
        return _listed(request, me)
    file = request.FILES.get("file")
    if not isinstance(file, SentFile):
        return _listed(request, me, gettext("Choose a file first."))
    if (file.size or 0) > BYTES_MOST:
        return _listed(request, me, import_words.bad_file(BadFile(FileProblem.TOO_LARGE)))
    begun = people_import.begin(request.services, request.visit, me, name=file.name or "", file=file)
    match begun:
        case Import(id=import_id):
            return pages.go(request, f"{PAGE}/{import_id}")
        case UnderWay(id=import_id):
            return pages.go(request, f"{PAGE}/{import_id}", said=OTHER_FIRST)
        case BadFile():
            return _listed(request, me, import_words.bad_file(begun))
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)
        case _:
            assert_never(begun)


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def one(request: Request, me: SignedIn, import_id: str) -> HttpResponse:
    """Show how far an import is, what it would do or did, and its rows with errors."""
    view = people_import.look(request.services, request.visit, me, ImportId(import_id))
    if not isinstance(view, ImportView):
        return errors.of(request, view)
    now = request.services.clock.now()
    context: dict[str, object] = {
        "here": "people",
        "one": import_words.shown(view, now=now),
        "may_change": has_permission(me.person.role, Permission.EDIT_PEOPLE),
        "can_mail": mail_settings.leaves(request.services, request.account.id),
        "inviting": import_words.inviting(
            import_inviting.look(request.services, request.visit, me, view.one), added=view.one.added
        ),
        "previous_url": None,
        "next_url": None,
    }
    has_rows = view.one.state not in {ImportState.RECEIVING, ImportState.READING} and not view.is_over
    if has_rows:
        after, before = _line(request, "after"), _line(request, "before")
        found = people_import.rows(request.services, request.visit, view.one, after=after, before=before)
        names = {group_id: group.name for group_id, group in me.policy.rules.groups.items()}
        context |= {
            "first": [import_words.good(each, names) for each in found.first],
            "met": [import_words.met(each) for each in found.met],
            "wrong": [import_words.wrong(each) for each in found.wrong],
            "previous_url": pages.go_with(request.path, before=str(found.before)) if found.before else None,
            "next_url": pages.go_with(request.path, after=str(found.after)) if found.after else None,
        }
    return pages.page(request, "admin/people_import.html", context)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before people are added"))
def confirm(request: Request, me: SignedIn, import_id: str) -> Answer:
    """Add everybody whose row is good."""
    invite = Posted(request).tick("invite")
    outcome = people_import.confirm(request.services, request.visit, me, ImportId(import_id), invite=invite)
    match outcome:
        case NeedsProof():
            return outcome
        case CannotBegin(because=because):
            return errors.answer(
                request,
                errors.FORBIDDEN,
                title=gettext("Nobody was added"),
                what_next=import_words.cannot(because),
                link=(f"{PAGE}/{import_id}", gettext("Back to the import")),
            )
        case SetUpFirst():
            sentence = gettext(
                "The file puts people into groups. Only somebody who has one can decide who belongs to a group."
            )
            return holds_nothing(request, sentence)
        case _:
            return _back(request, import_id, outcome, said=CONFIRMED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def cancel(request: Request, me: SignedIn, import_id: str) -> HttpResponse:
    """End an import where it is."""
    outcome = people_import.cancel(request.services, request.visit, me, ImportId(import_id))
    return _back(request, import_id, outcome, said=CANCELLED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before invitations are mailed"))
def invite(request: Request, me: SignedIn, import_id: str) -> Answer:
    """Invite everybody of an import who was never invited and never signed in."""
    outcome = import_inviting.begin(request.services, request.visit, me, ImportId(import_id))
    if isinstance(outcome, NeedsProof):
        return outcome
    if isinstance(outcome, Refuse) and outcome.because.no is No.CANNOT_SEND:
        # The page says why, and what to do.
        return pages.go(request, f"{PAGE}/{import_id}")
    return _back(request, import_id, outcome, said=INVITING)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def stop_inviting(request: Request, me: SignedIn, import_id: str) -> HttpResponse:
    """Invite nobody else of an import."""
    outcome = import_inviting.cancel(request.services, request.visit, me, ImportId(import_id))
    return _back(request, import_id, outcome, said=INVITING_STOPPED)


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def wrong(request: Request, me: SignedIn, import_id: str) -> HttpResponseBase:
    """Send the rows with errors as a file, which can be mended and sent as it is."""
    here = files.place()
    if here is None:
        return files.busy(request)
    found = people_import.wrong_rows(request.services, request.visit, me, ImportId(import_id))
    if isinstance(found, Gone | Refuse):
        here.give_back()
        return errors.of(request, found)
    day = timezone.localtime(request.services.clock.now()).date().isoformat()
    name = f"rows-with-errors-{day}.csv"
    return files.sent(here, _csv(found), kind="text/csv; charset=utf-8", name=name)


def _back(
    request: Request, import_id: str, outcome: Done | Conflict | Gone | Refuse, *, said: told.Told
) -> HttpResponse:
    """Return to the import's page with what was done, or to look again where somebody was faster."""
    if isinstance(outcome, Gone | Refuse):
        return errors.of(request, outcome)
    return pages.go(request, f"{PAGE}/{import_id}", said=said if isinstance(outcome, Done) else TRY_AGAIN)


def _csv(found: Iterator[Sequence[ImportRow]]) -> Iterator[bytes]:
    language = translation.get_language() or ""
    # The mark tells spreadsheets that it is UTF-8.
    yield ("\ufeff" + row(("line", "problem", *COLUMNS))).encode()
    for some in found:
        # Whoever reads a streamed answer does it after the request has put its language down.
        with translation.override(language):
            lines = [
                row(
                    cell(text)
                    for text in (str(one.line), import_words.problem(one), one.email, one.name, one.role, one.groups)
                )
                for one in some
            ]
        yield "".join(lines).encode()


def _listed(request: Request, me: SignedIn, problem: str = "") -> HttpResponse:
    at = request.GET.get("imports", "")
    newest = people_import.newest(request.services, request.visit, me, after=at)
    if isinstance(newest, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    now = request.services.clock.now()
    context: dict[str, object] = {
        "here": "people",
        "may_change": has_permission(me.person.role, Permission.EDIT_PEOPLE),
        "roles": import_words.roles(),
        "rows_most": import_words.count(ROWS_MOST),
        "mebibytes_most": import_words.MEBIBYTES_MOST,
        "imports": [import_words.shown(view, now=now) for view in newest.rows],
        "newest_url": f"{PAGE}#h-newest" if at else None,
        "older_url": pages.go_with(PAGE, imports=newest.after) + "#h-newest" if newest.after else None,
    }
    return pages.page(
        request,
        "admin/people_imports.html",
        context,
        status=errors.BAD_REQUEST if problem else 200,
        errors={"file": problem} if problem else None,
    )


def _line(request: Request, name: str) -> int:
    """Return the line that a cursor names; what is none of ours begins at the start."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= _LONGEST_LINE else 0
