"""What an outcome of signing in becomes: cookies, and the page that comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar, assert_never

from django.utils.translation import gettext

from twofold.core.attempts import WARNED_BEFORE
from twofold.core.reasons import Reason
from twofold.flows.outcomes import Denied, Ended, GoOn
from twofold.web import cookies, doors, errors, next_url, pages, tokens, words

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.core.reasons import Because
    from twofold.flows.outcomes import Admitted
    from twofold.ports.people import Subscriber
    from twofold.web.request import Request


class _Step(Protocol):
    @property
    def person(self) -> Subscriber: ...


_StepT = TypeVar("_StepT", bound=_Step)

HOME: Final = "/"
AFTER_RECOVERY: Final = "/sign-in/after-recovery"
RECOVERY_CODES: Final = "/sign-in/set-up/recovery-codes"
SET_UP_DONE: Final = "/sign-in/set-up/done"
GONE: Final = 410


def admit(request: Request, admitted: Admitted, *, onward: str = "") -> HttpResponse:
    """Lead somebody who was admitted to where they were going, by way of what they have to see first."""
    onward = next_url.checked(admitted.next_url or onward)
    detour = ""
    if admitted.by_recovery_code:
        detour = AFTER_RECOVERY
    elif admitted.codes_unsaved:
        detour = RECOVERY_CODES
    elif admitted.notice_until is not None:
        detour = doors.SET_UP
    response = pages.go(request, detour or onward or HOME)
    set_cookies(request, response, admitted)
    if detour:
        put_onward(request, response, onward)
    return response


def set_cookies(request: Request, response: HttpResponse, admitted: Admitted) -> None:
    """Hand over the session and the browser's new secret, and void what was good before the sign-in.

    When `response` is a page with a form, call `tokens.renew` before rendering it; here it is then done already.
    """
    cookies.put(response, request, cookies.SESSION, admitted.session_token)
    if admitted.browser_cookie is not None:
        cookies.put(response, request, cookies.BROWSER, admitted.browser_cookie, keep_for=cookies.FOR_LONG)
    cookies.clear(response, request, cookies.ATTEMPT)
    tokens.renew(request)


def go_on(request: Request, outcome: GoOn, *, onward: str = "", url: str = "") -> HttpResponse:
    """Lead to the page of the attempt's stage, or to `url`; the cookie is set when the attempt is new.

    `onward` is where a wizard that was begun from a page goes on to at its end.
    """
    response = pages.go(request, url or doors.url_of(outcome.stage))
    if outcome.attempt_token is not None:
        cookies.put(response, request, cookies.ATTEMPT, outcome.attempt_token)
        put_onward(request, response, next_url.checked(onward))
    return response


def elsewhere(request: Request, outcome: GoOn | Denied | Ended) -> HttpResponse:
    """Lead to where an attempt really is: at another stage, at a no of policy, or at its end."""
    match outcome:
        case GoOn():
            return go_on(request, outcome)
        case Denied(because=because):
            return denied(request, because)
        case Ended():
            return ended(request)
        case _:
            assert_never(outcome)


def opened(request: Request, view: _StepT | GoOn | Ended) -> _StepT | HttpResponse:
    """Return the step that is open, in its person's words, or the answer that leads to where the attempt really is."""
    if isinstance(view, GoOn | Ended):
        return elsewhere(request, view)
    pages.speak(request, view.person)
    return view


def denied(request: Request, because: Because) -> HttpResponse:
    """Tell somebody whose password is right that policy says no."""
    pages.speak(request)
    sentence = words.reason(because, account_name=request.account.name, now=request.services.clock.now())
    reset = ("/forgot-password", gettext("Choose a new password"))
    response = errors.answer(
        request,
        errors.FORBIDDEN,
        title=gettext("You cannot sign in at the moment"),
        what_next=sentence,
        link=reset if because.reason is Reason.FROZEN else (doors.SIGN_IN, gettext("Back to the first page")),
    )
    cookies.clear(response, request, cookies.ATTEMPT)
    return response


def ended(request: Request) -> HttpResponse:
    """Say that the unfinished sign-in ran out; whoever is signed in by now (in another tab) goes home."""
    if request.me is not None:
        response = pages.go(request, HOME)
    elif not cookies.read(request, cookies.ATTEMPT):
        response = pages.go(request, doors.SIGN_IN)
    else:
        response = pages.page(request, "ended.html", status=GONE)
    cookies.clear(response, request, cookies.ATTEMPT)
    return response


def put_onward(request: Request, response: HttpResponse, url: str) -> None:
    """Keep where somebody was going while they are shown something else first."""
    if url:
        cookies.put(response, request, cookies.ONWARD, url)
    else:
        cookies.clear(response, request, cookies.ONWARD)


def onward_of(request: Request) -> str:
    """Return where somebody was going ("" for nowhere); a cookie that anybody planted leads nowhere else than here."""
    return next_url.checked(cookies.read(request, cookies.ONWARD))


def go_onward(request: Request) -> HttpResponse:
    """Lead to where somebody was going before they were shown something."""
    response = pages.go(request, onward_of(request) or HOME)
    cookies.clear(response, request, cookies.ONWARD)
    return response


def warn_in(request: Request, ends_at: datetime) -> int:
    """Return the seconds until the warning that comes one minute before an unfinished sign-in ends."""
    return pages.seconds_until(ends_at - WARNED_BEFORE, request.services.clock.now())
