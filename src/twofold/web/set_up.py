"""The set-up wizard: forced at a sign-in, of the first owner, or begun from the profile. One form a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext

from twofold.core.refusals import Refusal
from twofold.flows import mail_settings, paths, security, set_up
from twofold.flows.journal import EMAIL
from twofold.flows.outcomes import Done, Ended, GoOn, Refuse
from twofold.flows.set_up import Offered, SetUpView
from twofold.ports.attempts import Purpose
from twofold.ports.helping import Place
from twofold.web import calls, entering, errors, forms, mailbox_code, pages, set_up_end, sign_in, wizard, words
from twofold.web.kinds import choices
from twofold.web.kinds.registry import KINDS
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def intro(request: Request) -> HttpResponse:
    """Say why, from when, and what is needed; also to somebody signed in who may still wait."""
    view = set_up.look(request.services, request.visit, wizard.token(request))
    if isinstance(view, GoOn):
        return set_up_end.instead(request)
    if isinstance(view, Ended):
        return set_up_end.grace(request) if request.me is not None else entering.ended(request)
    pages.speak(request, view.person)
    if request.method == "POST":
        forms.Posted(request).choice("go", ("set_up",))
        if wizard.has_code_to_send(view):
            return _send_again(request)
        return pages.go(request, wizard.place(view))
    context = {
        "claimant_email": view.person.email,
        "is_forced": wizard.is_forced(view),
        "is_further": wizard.is_further(view),
        "why": wizard.why(request, view),
        "may_later": None,
        **wizard.ends(request, view),
    }
    return pages.page(request, "set_up/intro.html", context, person=view.person)


@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: Request) -> HttpResponse:
    """Ask for the code that was mailed, or send another."""
    view = wizard.look(request)
    if not isinstance(view, SetUpView):
        return view
    if view.mailbox is None:
        return pages.go(request, wizard.place(view))
    if request.method != "POST":
        return _mailbox_page(request, view)
    posted = forms.Posted(request)
    if posted.tick("again"):
        return _send_again(request)
    typed = posted.raw("mailbox_code")
    if posted.errors:
        return _mailbox_page(request, view, errors=posted.errors)
    outcome = set_up.confirm_mailbox(request.services, request.visit, wizard.token(request), typed)
    match outcome:
        case Done():
            return pages.go(request, wizard.CHOOSE)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because, stopped=stopped):
            sentence = words.mailbox_refusal(because, now=request.services.clock.now())
            response = _mailbox_page(request, view, errors={"mailbox_code": sentence})
            return sign_in.slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


def _send_again(request: Request) -> HttpResponse:
    outcome = set_up.send_mailbox_code(request.services, request.visit, wizard.token(request))
    match outcome:
        case Done():
            return pages.go(request, wizard.MAILBOX)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because):
            view = wizard.look(request)
            if not isinstance(view, SetUpView) or view.mailbox is None:
                return pages.go(request, wizard.INTRO)
            not_yet = mailbox_code.not_yet(because, now=request.services.clock.now())
            response = _mailbox_page(request, view, errors=not_yet)
            return sign_in.slowed(request, response, because, stopped=True)
        case _:
            assert_never(outcome)


def _mailbox_page(request: Request, view: SetUpView, *, errors: Mapping[str, str] | None = None) -> HttpResponse:
    box = view.mailbox
    if box is None:
        return pages.go(request, wizard.place(view))
    context = {
        "claimant_email": view.person.email,
        "is_forced": wizard.is_forced(view),
        "step": wizard.step(view, wizard.MAILBOX),
        **mailbox_code.shown(box, now=request.services.clock.now()),
        "lies_here": not mail_settings.leaves(request.services, request.account.id),
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        **wizard.ends(request, view),
    }
    return pages.page(request, "set_up/mailbox.html", context, person=view.person, errors=errors)


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request) -> HttpResponse:
    """Ask what the person has at hand."""
    view = wizard.look(request)
    if not isinstance(view, SetUpView):
        return view
    if view.mailbox is not None:
        return pages.go(request, wizard.place(view))
    things = choices.shown(view.kinds, request.account.name)
    errors: dict[str, str] = {}
    if request.method == "POST":
        allowed = {str(each["value"]) for each in things} | {choices.NOTHING}
        value = forms.Posted(request).choice("thing", allowed)
        if value == choices.NOTHING:
            return pages.go(request, wizard.CANNOT_NOW if wizard.is_forced(view) else paths.SECURITY)
        if value:
            return _chosen(request, view, things, value)
        errors["thing"] = gettext("Choose one.")
    return _choose_page(request, view, things, errors=errors)


def _choose_page(
    request: Request, view: SetUpView, things: list[dict[str, object]], *, errors: Mapping[str, str] | None = None
) -> HttpResponse:
    context = {
        "is_forced": wizard.is_forced(view),
        "step": wizard.step(view, wizard.CHOOSE),
        "things": things,
        "mail_lies_here": _is_mailed(request, view) and not mail_settings.leaves(request.services, request.account.id),
        **wizard.ends(request, view),
    }
    return pages.page(request, "set_up/choose.html", context, person=view.person, errors=errors)


def _is_mailed(request: Request, view: SetUpView) -> bool:
    return any(request.services.factors[kind].channel == EMAIL for kind in view.kinds)


def _chosen(request: Request, view: SetUpView, things: list[dict[str, object]], value: str) -> HttpResponse:
    """Begin with what was chosen; a key is shown by the next page, in an answer to POST."""
    kind, asked = choices.chosen(value)
    outcome = set_up.offer(request.services, request.visit, wizard.token(request), kind, asked)
    match outcome:
        case Offered():
            return pages.go(request, wizard.CONNECT)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because):
            sentence = words.refusal(because, now=request.services.clock.now(), kind=KINDS[kind])
            response = _choose_page(request, view, things, errors={"page": sentence})
            return sign_in.slowed(request, response, because, stopped=because.at is not None)
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def cannot_now(request: Request) -> HttpResponse:
    """Say who helps somebody who cannot set up now, ask them, or let the person sign out."""
    view = wizard.look(request)
    if not isinstance(view, SetUpView):
        return view
    wrong: dict[str, str] | None = None
    if request.method == "POST":
        asked = calls.ask(request, Place.SET_UP, shown_at=request.path)
        if not isinstance(asked, Refusal):
            return asked
        wrong = calls.problem(request, asked)
    context = {
        "claimant_email": view.person.email,
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        "may_later": None,
        "is_first_owner": view.purpose is Purpose.FIRST_OWNER,
        **calls.shown(request, may_ask=view.purpose is Purpose.SIGN_IN),
        **wizard.ends(request, view),
    }
    status = errors.TOO_MANY if wrong else 200
    return pages.page(request, "set_up/cannot_now.html", context, status=status, person=view.person, errors=wrong)
