"""Admin Center > Help: who asks for help, and what waits for another helper's yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.ids import HelpActId
from twofold.core.roles import Permission, Role
from twofold.flows import approval_view, approvals, help_calls, helping, paths, people
from twofold.flows.approvals import StopView
from twofold.flows.doing import Given
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.web import errors, pages, told
from twofold.web.admin import help_person, help_words
from twofold.web.doors import allowed, signed_in
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST, require_safe
from twofold.web.profile.password import LINK, expired

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpResponse

    from twofold.flows.approval_view import ApprovalView
    from twofold.flows.approvals import DecisionOutcome
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

APPROVED = told.declare("help_approved", "good", gettext_lazy("Agreed. Whoever asked was mailed."))
REFUSED = told.declare("help_refused", "good", gettext_lazy("Refused. Nothing is done, and whoever asked was mailed."))
WITHDRAWN = told.declare("help_withdrawn", "good", gettext_lazy("Taken back. Nothing is done."))


@require_safe
@signed_in
def listed(request: Request, me: SignedIn) -> HttpResponse:
    """List open calls, and for owners and admins what waits for a yes."""
    if not help_calls.may_look(me):
        return errors.answer(request, errors.FORBIDDEN)
    services, visit = request.services, request.visit
    now = services.clock.now()
    typed = "".join(one for one in request.GET.get("search", "")[: people.LONGEST_SEARCH] if one.isprintable())
    is_agent = me.person.role is Role.AGENT
    at = {name: request.GET.get(name, "") for name in ("calls", "requests")}
    calls = help_calls.open_ones(services, visit, me, after=at["calls"])
    requests = approval_view.open_ones(services, visit, me, after=at["requests"])
    context: dict[str, object] = {
        "here": "help",
        "calls": {
            "rows": [help_words.listed(one, now=now) for one in calls.rows],
            "open_word": help_words.open_word(calls.count),
            **_ends(at, "calls", calls.after),
        },
        "requests": {
            "rows": [help_words.request_line(one, now=now) for one in requests.rows],
            "open_word": help_words.open_word(requests.count),
            **_ends(at, "requests", requests.after),
        },
        "may_help": me.person.role is not Role.AUDITOR,
        "is_agent": is_agent,
        "form": {"search": typed},
        "found": [
            {"id": row.id, "name": row.name or row.email, "email": row.email}
            for row in helping.find(services, visit, me, typed)
        ]
        if is_agent and typed.strip()
        else None,
    }
    return pages.page(request, "admin/help.html", context)


def _ends(at: Mapping[str, str], name: str, after: str) -> dict[str, object]:
    """Return where one of the two lists begins anew and goes on, while the other stays where it is."""
    kept = {other: cursor for other, cursor in at.items() if other != name}
    return {
        "newest_url": pages.go_with(paths.HELP, **kept) + f"#h-{name}" if at[name] else None,
        "older_url": pages.go_with(paths.HELP, **kept, **{name: after}) + f"#h-{name}" if after else None,
    }


@require_safe
@signed_in
@allowed(Permission.EDIT_PEOPLE)
def one(request: Request, me: SignedIn, act_id: str) -> HttpResponse:
    """Show one request."""
    view = approval_view.look(request.services, request.visit, me, HelpActId(act_id))
    return _shown(request, view)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before you agree"))
def approve(request: Request, me: SignedIn, act_id: str) -> Answer:
    """Agree to a request."""
    return _decided(request, me, act_id, approvals.approve, APPROVED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh()
def refuse(request: Request, me: SignedIn, act_id: str) -> Answer:
    """Refuse a request, or stop what is to be done to oneself."""
    return _decided(request, me, act_id, approvals.refuse, REFUSED)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh()
def withdraw(request: Request, me: SignedIn, act_id: str) -> Answer:
    """Take a request of one's own back."""
    return _decided(request, me, act_id, approvals.withdraw, WITHDRAWN)


@require_POST
@signed_in
@allowed(Permission.EDIT_PEOPLE)
@fresh(gettext_lazy("before you do it"))
def do(request: Request, me: SignedIn, act_id: str) -> Answer:
    """Do what was agreed to; a code is shown once."""
    outcome = approvals.do(request.services, request.visit, me, HelpActId(act_id))
    if isinstance(outcome, Given):
        return help_person.given(request, me, outcome)
    return _not_done(request, me, act_id, outcome)


def _decided(
    request: Request,
    me: SignedIn,
    act_id: str,
    decide: Callable[[Services, Visit, SignedIn, HelpActId], DecisionOutcome],
    said: told.Told,
) -> Answer:
    outcome = decide(request.services, request.visit, me, HelpActId(act_id))
    if isinstance(outcome, Done):
        return pages.go(request, paths.request(act_id), said=said)
    return _not_done(request, me, act_id, outcome)


def _not_done(
    request: Request, me: SignedIn, act_id: str, outcome: Gone | Refuse | Conflict | NeedsProof | HoldsNothing
) -> Answer:
    match outcome:
        case NeedsProof():
            return outcome
        case HoldsNothing():
            return help_person.holds_nothing(request)
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case Refuse() | Conflict():
            view = approval_view.look(request.services, request.visit, me, HelpActId(act_id))
            sentence = gettext("That is not possible (any more). Below is how it stands now.")
            return _shown(request, view, problem=sentence)
        case _:
            assert_never(outcome)


def _shown(request: Request, view: ApprovalView | Gone | Refuse, *, problem: str = "") -> HttpResponse:
    if isinstance(view, Gone | Refuse):
        return errors.of(request, view)
    now = request.services.clock.now()
    context: dict[str, object] = {"here": "help", "asked": help_words.request(view, now=now), **pages.once(request)}
    status = errors.FORBIDDEN if problem else 200
    return pages.page(
        request, "admin/help_request.html", context, status=status, errors={"page": problem} if problem else None
    )


@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: Request) -> HttpResponse:
    """Stop, from a mail, what others asked to do to one's sign-in."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    if request.method == "POST":
        done = approvals.stop(request.services, request.visit, token)
        if not isinstance(done, Done):
            return expired(request, new_link_url="")
        return pages.page(request, "help_stopped.html", {})
    view = approvals.look_at_stop(request.services, request.visit, token)
    if not isinstance(view, StopView):
        return expired(request, new_link_url="")
    sentence = gettext("%(by)s asked for something to be done to your sign-in. This stops it, and nothing else.")
    context: dict[str, object] = {
        "link_title": gettext("Stop it"),
        "link_text": sentence % {"by": help_words.name_of(view.asker)},
        "button_text": gettext("Stop it"),
        "link_tone": "warn",
        "hidden": [],
    }
    return pages.page(request, "link_confirm.html", context)
