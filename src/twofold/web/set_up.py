"""The set-up wizard: forced at a sign-in, of the first owner, or begun from the profile. One form a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from twofold.core.reasons import Reason
from twofold.core.refusals import No, Refusal
from twofold.flows import security, set_up
from twofold.flows.outcomes import Admitted, Denied, Done, Ended, GoOn, Refuse
from twofold.flows.set_up import Offered, SetUpView
from twofold.ports.attempts import Purpose
from twofold.ports.outbox import SendState
from twofold.web import cookies, doors, entering, forms, moments, pages, set_up_end, sign_in, tokens, words
from twofold.web.kinds import choices
from twofold.web.kinds.registry import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.web.request import Request

INTRO: Final = doors.SET_UP
MAILBOX: Final = "/sign-in/set-up/mailbox"
CHOOSE: Final = "/sign-in/set-up/choose"
CONNECT: Final = "/sign-in/set-up/connect"
CANNOT_NOW: Final = "/sign-in/set-up/cannot-now"


def _look(request: Request) -> SetUpView | HttpResponse:
    """Return the wizard that is open, or the answer that leads to where the person really is."""
    view = set_up.look(request.services, request.visit, _token(request))
    match view:
        case SetUpView():
            pages.speak(request, view.person)
            return view
        case GoOn():
            return entering.go_on(request, view)
        case Ended():
            return entering.ended(request)
        case _:
            assert_never(view)


@require_http_methods(["GET", "HEAD", "POST"])
def intro(request: Request) -> HttpResponse:
    """Say why, from when, and what is needed; also to somebody signed in who may still wait."""
    view = set_up.look(request.services, request.visit, _token(request))
    if isinstance(view, GoOn):
        return set_up_end.instead(request)
    if isinstance(view, Ended):
        return set_up_end.grace(request) if request.me is not None else entering.ended(request)
    pages.speak(request, view.person)
    if request.method == "POST":
        forms.Posted(request).choice("go", ("set_up",))
        if view.mailbox is not None and view.mailbox.sent_at is None and view.mailbox.can_send:
            return _send_again(request)
        return pages.go(request, _place(view))
    context = {
        "claimant_email": view.person.email,
        "is_forced": _is_forced(view),
        "why": _why(request, view),
        "may_later": None,
        **_ends(request, view),
    }
    return pages.page(request, "set_up/intro.html", context, person=view.person)


@require_http_methods(["GET", "HEAD", "POST"])
def mailbox(request: Request) -> HttpResponse:
    """Ask for the code that was mailed, or send another."""
    view = _look(request)
    if not isinstance(view, SetUpView):
        return view
    if _place(view) != MAILBOX:
        return pages.go(request, _place(view))
    if request.method != "POST":
        return _mailbox_page(request, view)
    posted = forms.Posted(request)
    if posted.tick("again"):
        return _send_again(request)
    typed = posted.raw("mailbox_code")
    if posted.errors:
        return _mailbox_page(request, view, errors=posted.errors)
    outcome = set_up.confirm_mailbox(request.services, request.visit, _token(request), typed)
    match outcome:
        case Done():
            return pages.go(request, CHOOSE)
        case GoOn():
            return entering.go_on(request, outcome)
        case Ended():
            return entering.ended(request)
        case Refuse(because=because, stopped=stopped):
            sentence = words.mailbox_refusal(because, now=request.services.clock.now())
            response = _mailbox_page(request, view, errors={"mailbox_code": sentence})
            return sign_in.slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


def _send_again(request: Request) -> HttpResponse:
    outcome = set_up.send_mailbox_code(request.services, request.visit, _token(request))
    match outcome:
        case Done():
            return pages.go(request, MAILBOX)
        case GoOn():
            return entering.go_on(request, outcome)
        case Ended():
            return entering.ended(request)
        case Refuse(because=because):
            view = _look(request)
            if not isinstance(view, SetUpView) or view.mailbox is None:
                return pages.go(request, INTRO)
            now = request.services.clock.now()
            until = moments.soon(because.at, now=now) if because.at else ""
            sentence = gettext("The next code can be sent at %(until)s.") % {"until": until}
            response = _mailbox_page(request, view, errors={"page": sentence})
            return sign_in.slowed(request, response, because, stopped=True)
        case _:
            assert_never(outcome)


def _mailbox_page(request: Request, view: SetUpView, *, errors: Mapping[str, str] | None = None) -> HttpResponse:
    box = view.mailbox
    if box is None:
        return pages.go(request, _place(view))
    now = request.services.clock.now()
    wait = pages.seconds_until(box.resend_at, now)
    context = {
        "claimant_email": view.person.email,
        "is_forced": _is_forced(view),
        "step": _step(view, 1),
        "sent_to": box.email,
        "sent_at": moments.clock(box.sent_at) if box.sent_at else "",
        "handed_over": box.sending is SendState.HANDED_OVER,
        "failed": box.sending is SendState.FAILED,
        "cannot_send": not box.can_send,
        # A wait of more than an hour is the cap of the day.
        "resend_in": wait if wait <= _AN_HOUR else None,
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        **_ends(request, view),
    }
    return pages.page(request, "set_up/mailbox.html", context, person=view.person, errors=errors)


_AN_HOUR: Final = 3600


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: Request) -> HttpResponse:
    """Ask what the person has at hand."""
    view = _look(request)
    if not isinstance(view, SetUpView):
        return view
    if view.mailbox is not None:
        return pages.go(request, _place(view))
    things = choices.shown(view.kinds, request.account.name)
    errors: dict[str, str] = {}
    if request.method == "POST":
        allowed = {str(each["value"]) for each in things} | {choices.NOTHING}
        value = forms.Posted(request).choice("thing", allowed)
        if value == choices.NOTHING:
            return pages.go(request, CANNOT_NOW if _is_forced(view) else "/profile/security")
        if value:
            outcome = set_up.offer(request.services, request.visit, _token(request), choices.kind_of(value))
            return _offered(request, view, outcome)
        errors["thing"] = gettext("Choose one.")
    context = {"is_forced": _is_forced(view), "step": _step(view, 2), "things": things, **_ends(request, view)}
    return pages.page(request, "set_up/choose.html", context, person=view.person, errors=errors)


def _offered(request: Request, view: SetUpView, outcome: Offered | Refuse | GoOn | Ended) -> HttpResponse:
    match outcome:
        case Offered():
            # The key is shown by the next page, in an answer to POST.
            return pages.go(request, CONNECT)
        case GoOn():
            return entering.go_on(request, outcome)
        case Ended():
            return entering.ended(request)
        case Refuse():
            return pages.go(request, _place(view))
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: Request) -> HttpResponse:
    """Show the key in answers to POST only, and take the code that confirms it."""
    posted = forms.Posted(request)
    if request.method == "POST" and posted.tick("saved"):
        return set_up_end.recovery_codes(request)
    view = _look(request)
    if not isinstance(view, SetUpView):
        return set_up_end.after_codes(request) if request.me is not None else view
    if view.mailbox is not None or view.offered is None:
        return pages.go(request, _place(view))
    if request.method != "POST":
        secret = KINDS[view.offered].secret
        context = {"is_forced": _is_forced(view), "step": _step(view, 3), "secret": secret, **_ends(request, view)}
        return pages.page(request, "set_up/connect_show.html", context, person=view.person)
    if "passcode" not in request.POST:
        return _connect_page(request, view, view.offered)
    typed = posted.raw("passcode")
    if posted.errors or not typed.strip():
        because = Refusal(No.TOO_LONG if posted.errors else No.UNREADABLE)
        return _connect_page(request, view, view.offered, because=because)
    outcome = set_up.confirm(request.services, request.visit, _token(request), {"passcode": typed})
    match outcome:
        case Admitted():
            return _confirmed(request, view, outcome)
        case GoOn():
            return entering.go_on(request, outcome)
        case Refuse(because=because, stopped=stopped):
            response = _connect_page(request, view, view.offered, because=because)
            return sign_in.slowed(request, response, because, stopped=stopped)
        case Denied(because=reason):
            return entering.denied(request, reason)
        case Ended():
            return entering.ended(request)
        case _:
            assert_never(outcome)


def _connect_page(request: Request, view: SetUpView, kind: str, *, because: Refusal | None = None) -> HttpResponse:
    outcome = set_up.offer(request.services, request.visit, _token(request), kind)
    if not isinstance(outcome, Offered):
        return _offered(request, view, outcome)
    context = {
        "is_forced": _is_forced(view),
        "step": _step(view, 3),
        "holds_secrets": True,
        "replaces_older": bool(view.replaces),
        **KINDS[kind].connect(outcome.shown),
        **_ends(request, view),
    }
    errors = {"passcode": words.refusal(because, now=request.services.clock.now())} if because else None
    return pages.page(request, KINDS[kind].connect_template, context, person=view.person, errors=errors)


def _confirmed(request: Request, view: SetUpView, admitted: Admitted) -> HttpResponse:
    """Show the recovery codes at once, in this answer: they exist nowhere else in readable form."""
    onward = admitted.next_url or entering.onward_of(request)
    if admitted.show_codes:
        tokens.renew(request)
        response = set_up_end.codes_page(
            request, admitted.person, admitted.show_codes, is_forced=_is_forced(view), step=_step(view, 4)
        )
    else:
        response = pages.go(request, entering.SET_UP_DONE)
    entering.set_cookies(request, response, admitted)
    entering.put_onward(request, response, onward or ("" if _is_forced(view) else "/profile/security"))
    return response


@require_safe
def cannot_now(request: Request) -> HttpResponse:
    """Say who helps somebody who cannot set up now, and let them sign out."""
    view = _look(request)
    if not isinstance(view, SetUpView):
        return view
    context = {
        "claimant_email": view.person.email,
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        "may_ask": False,
        "reference": "",
        "may_later": None,
        **_ends(request, view),
    }
    return pages.page(request, "set_up/cannot_now.html", context, person=view.person)


def _token(request: Request) -> str:
    return cookies.read(request, cookies.ATTEMPT)


def _place(view: SetUpView) -> str:
    """Return the page of the wizard's present step."""
    if view.mailbox is not None:
        return MAILBOX if view.mailbox.sent_at or not view.mailbox.can_send else INTRO
    return CHOOSE if view.offered is None else CONNECT


def _is_forced(view: SetUpView) -> bool:
    return view.purpose is not Purpose.SET_UP


def _ends(request: Request, view: SetUpView) -> dict[str, object]:
    return {"warn_in": entering.warn_in(request, view.ends_at), **pages.once(request)}


def _step(view: SetUpView, number: int) -> str:
    """Return "Step 2 of 4"; three steps where no mailbox had to be proved."""
    stands = view.standing
    is_first = not (stands.usable or stands.unusable or view.replaces)
    has_mailbox = is_first and view.purpose is not Purpose.FIRST_OWNER
    of = 4 if has_mailbox else 3
    return gettext("Step %(number)d of %(of)d") % {"number": number if has_mailbox else number - 1, "of": of}


def _why(request: Request, view: SetUpView) -> str:
    now = request.services.clock.now()
    match view.purpose:
        case Purpose.FIRST_OWNER:
            return gettext("An owner may do everything here, so the owner's sign-in is protected first.")
        case Purpose.SET_UP:
            return gettext("You protect your own sign-in with it.")
        case Purpose.SIGN_IN:
            telling = {Reason.RESET, Reason.REQUIRED_FOR_AUDIENCE, Reason.CHOSEN, Reason.LAPSED}
            sentences = [
                words.reason(because, account_name=request.account.name, now=now)
                for because in view.standing.reasons
                if because.reason in telling
            ]
            return " ".join(sentences)
        case _:
            assert_never(view.purpose)
