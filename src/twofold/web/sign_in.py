"""Signing in by email and password, the first step; and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core import emails
from twofold.core.refusals import No, Refusal
from twofold.flows import sign_in, sign_up, signed_in
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, Refuse
from twofold.web import cookies, doors, entering, errors, forms, next_url, pages, told, words
from twofold.web.methods import require_http_methods, require_POST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.web.request import Request


SIGNED_OUT = told.declare("signed_out", "good", gettext_lazy("You are signed out."))


@require_http_methods(["GET", "HEAD", "POST"])
def first(request: Request) -> HttpResponse:
    """Ask for email and password. Somebody signed in goes home; an open attempt may be begun anew ("not you?")."""
    if request.me is not None:
        return pages.go(request, entering.HOME)
    if request.method == "POST":
        return _present_password(request)
    pages.speak(request)
    if not request.GET:
        # What strangers can make us render as often as they like is rendered once.
        return _first_page(request, {}, printed={})
    next_path = next_url.checked(request.GET.get("next", ""))
    # One line says why somebody is here: what just happened stands over where they are going.
    is_told = cookies.read(request, told.COOKIE) != ""
    reason = gettext("Sign in to go on to the page that you opened.") if next_path and not is_told else ""
    return _first_page(request, {"next_path": next_path, "reason": reason})


def _present_password(request: Request) -> HttpResponse:
    posted = forms.Posted(request)
    pages.speak(request)
    email = posted.text("email", most=emails.MOST)
    if not email and "email" not in posted.errors:
        posted.errors["email"] = gettext("Type your email address.")
    password = posted.raw("password")
    if not password and "password" not in posted.errors:
        posted.errors["password"] = gettext("Type your password.")
    next_path = next_url.checked(posted.raw("next", most=next_url.LONGEST))
    again = {"email": email, "next_path": next_path}
    if posted.errors:
        return _first_page(request, again, errors_=posted.errors, status=errors.BAD_REQUEST)
    outcome = sign_in.present_password(
        request.services,
        request.visit,
        email=email,
        password=password,
        next_url=next_path,
        attempt_token=cookies.read(request, cookies.ATTEMPT),
    )
    match outcome:
        case Admitted():
            return entering.admit(request, outcome)
        case GoOn() | Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because, stopped=stopped):
            sentence = words.sign_in_refusal(because, now=request.services.clock.now())
            response = _first_page(request, again, errors_={"page": sentence})
            return slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


def _first_page(
    request: Request,
    context: Mapping[str, object],
    *,
    errors_: Mapping[str, str] | None = None,
    status: int = 200,
    printed: Mapping[str, str | int] | None = None,
) -> HttpResponse:
    may_sign_up = sign_up.is_open(request.services, request.account.id)
    whole = {"providers": [], "may_sign_up": may_sign_up, **pages.once(request), **context}
    return pages.page(request, "sign_in.html", whole, errors=errors_, status=status, printed=printed)


def slowed(request: Request, response: HttpResponse, because: Refusal, *, stopped: bool) -> HttpResponse:
    """Give a refusal its status: 429 while a step is shut, 503 while too much is being hashed, else 200.

    A wrong answer is no error of HTTP; password managers take 200 for a page to fill in once more.
    """
    if because.no is No.BUSY:
        response.status_code = errors.BUSY
        response.headers["Retry-After"] = str(errors.BUSY_FOR)
    elif stopped:
        response.status_code = errors.TOO_MANY
        if because.at is not None:
            now = request.services.clock.now()
            response.headers["Retry-After"] = str(max(1, pages.seconds_until(because.at, now)))
    return response


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """End this session, and an unfinished sign-in with it."""
    if request.me is not None:
        signed_in.sign_out(request.services, request.visit, request.me)
    sign_in.abandon(request.services, request.visit, cookies.read(request, cookies.ATTEMPT))
    response = pages.go(request, doors.SIGN_IN, said=SIGNED_OUT)
    for base in (cookies.SESSION, cookies.ATTEMPT, cookies.ONWARD, cookies.TYPED):
        cookies.clear(response, request, base)
    return response
