"""Fresh proof: an act that needs it is answered by a page that asks for it and keeps everything that was posted.

Nothing is stored meanwhile: the page holds one form with the proof's field and all posted fields, for the same URL.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeAlias, assert_never

from django.http import HttpResponse
from django.utils.translation import gettext

from twofold.core.refusals import No
from twofold.flows import prove
from twofold.flows.outcomes import Conflict, NeedsProof, Refuse
from twofold.flows.prove import Proved
from twofold.web import cookies, doors, errors, forms, next_url, pages, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_stubs_ext import StrOrPromise

    from twofold.core.refusals import Refusal
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

P = ParamSpec("P")
Answer: TypeAlias = HttpResponse | NeedsProof

PASSCODE = "proof_passcode"
PASSWORD = "proof_password"  # noqa: S105 -- the name of a field, not a secret
BACK = "proof_back"


def fresh(
    for_what: StrOrPromise = "",
) -> Callable[
    [Callable[Concatenate[Request, SignedIn, P], Answer]], Callable[Concatenate[Request, SignedIn, P], HttpResponse]
]:
    """Let a view answer `NeedsProof`; the proof is then asked for and the same form comes again with it.

    `for_what` completes "We ask once more …" ("before your recovery codes change"). Stands under `doors.signed_in`.
    """

    def decorate(
        view: Callable[Concatenate[Request, SignedIn, P], Answer],
    ) -> Callable[Concatenate[Request, SignedIn, P], HttpResponse]:
        @wraps(view)
        def guarded(request: Request, me: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not (request.method == "POST" and (PASSCODE in request.POST or PASSWORD in request.POST)):
                return _shown(request, view(request, me, *args, **kwargs), for_what)
            proved = _prove(request, me, for_what)
            if isinstance(proved, HttpResponse):
                return proved
            request.me = proved.me
            response = _shown(request, view(request, proved.me, *args, **kwargs), for_what)
            # The secret of the session changed with its assurance; a view that ended the session has the last word.
            if cookies.name(request, cookies.SESSION) not in response.cookies:
                cookies.put(response, request, cookies.SESSION, proved.session_token)
            return response

        return guarded

    return decorate


def _shown(request: Request, answer: Answer, for_what: StrOrPromise) -> HttpResponse:
    return _ask(request, for_what, by_passcode=answer.by_passcode) if isinstance(answer, NeedsProof) else answer


def _prove(request: Request, me: SignedIn, for_what: StrOrPromise) -> Proved | HttpResponse:
    posted = forms.Posted(request)
    passcode = posted.raw(PASSCODE)
    password = posted.raw(PASSWORD)
    by_passcode = PASSCODE in request.POST
    if posted.errors:
        return _ask(request, for_what, by_passcode=by_passcode, error=next(iter(posted.errors.values())))
    outcome = prove.prove(request.services, request.visit, me, passcode=passcode, password=password)
    match outcome:
        case Proved():
            return outcome
        case Conflict():
            # Another tab proved or ended this session at the same moment.
            return pages.go(request, _back(request))
        case Refuse(because=because, stopped=stopped):
            return _refused(request, for_what, because, by_passcode=by_passcode, stopped=stopped)
        case _:
            assert_never(outcome)


def _refused(
    request: Request, for_what: StrOrPromise, because: Refusal, *, by_passcode: bool, stopped: bool
) -> HttpResponse:
    now = request.services.clock.now()
    if by_passcode:
        sentence = words.refusal(because, now=now)
    elif because.no is No.WRONG:
        sentence = gettext("That password is not right.")
    else:
        sentence = words.sign_in_refusal(because, now=now)
    response = _ask(request, for_what, by_passcode=by_passcode, error=sentence)
    if because.no is No.BUSY:
        response.status_code = errors.BUSY
        response.headers["Retry-After"] = "2"
    elif stopped:
        response.status_code = errors.TOO_MANY
        if because.at is not None:
            response.headers["Retry-After"] = str(max(1, pages.seconds_until(because.at, now)))
    return response


def _ask(request: Request, for_what: StrOrPromise, *, by_passcode: bool, error: str = "") -> HttpResponse:
    back = _back(request)
    context: dict[str, object] = {
        "post_to": request.get_full_path(),
        "kept": [*forms.Posted(request).kept(but=(PASSCODE, PASSWORD, BACK)), (BACK, back)],
        "asks": "second_factor" if by_passcode else "password",
        "for_what": for_what,
        "where_to_look": gettext("Open your authenticator app, or take one of your recovery codes."),
        "provider": None,
        "back_url": back,
    }
    return pages.page(request, "prove.html", context, errors={"proof": error} if error else None)


def _back(request: Request) -> str:
    """Return the page that the act was begun from: what its form is sent to can often not be opened."""
    return next_url.checked(forms.Posted(request).raw(BACK, most=1024)) or doors.came_from(request) or "/"
