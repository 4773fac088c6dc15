"""Who may open a page: decorators that hand the signed-in person to the view."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from django.http import HttpResponse
from django.utils.translation import gettext, gettext_lazy

from twofold.core.roles import Permission, Role, has_permission, may_read
from twofold.flows import second_factor
from twofold.flows.outcomes import Ended, GoOn, Stage
from twofold.web import cookies, errors, forms, next_url, pages, told, typed_again

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

P = ParamSpec("P")
R = TypeVar("R")

SESSION_ENDED = told.declare(
    "timed_out", "", gettext_lazy("You were signed out after a while. Sign in to go on where you were.")
)
NOT_SAVED = told.declare(
    "not_saved",
    "warn",
    gettext_lazy(
        "You were signed out after a while, so what you sent last was not saved. Sign in, then send it again."
    ),
)
COMES_BACK = told.declare(
    "comes_back",
    "warn",
    gettext_lazy(
        "You were signed out after a while, so what you sent last was not saved. Sign in: it comes back, and you send "
        "it again."
    ),
)
SIGN_IN = "/sign-in"
PASSCODE = "/sign-in/passcode"
NEW_BROWSER = "/sign-in/new-browser"
SET_UP = "/sign-in/set-up"
BACK = "proof_back"
"""The field of the page that asks for fresh proof which says where the act was begun."""
_READING = frozenset({"GET", "HEAD"})


def signed_in(
    view: Callable[Concatenate[Request, SignedIn, P], R],
) -> Callable[Concatenate[Request, P], R | HttpResponse]:
    """Hand `me` to the view; whoever is not signed in is led to sign in, or to the step they have open."""

    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        me = request.me
        if me is None:
            return to_sign_in(request)
        pages.speak(request, me.person)
        answer = view(request, me, *args, **kwargs)
        if request.method == "POST" and isinstance(answer, HttpResponse):
            typed_again.forget(request, answer)
        return answer

    return guarded


def allowed(
    permission: Permission,
) -> Callable[
    [Callable[Concatenate[Request, SignedIn, P], R]], Callable[Concatenate[Request, SignedIn, P], R | HttpResponse]
]:
    """Let in whoever has this permission, by role; the others get 403. Stands under `signed_in`.

    Auditors open every page, and post nothing but what their own permissions are about.
    """

    def decorate(
        view: Callable[Concatenate[Request, SignedIn, P], R],
    ) -> Callable[Concatenate[Request, SignedIn, P], R | HttpResponse]:
        @wraps(view)
        def guarded(request: Request, me: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
            may = may_read if request.method in _READING else has_permission
            if not may(me.person.role, permission):
                return refused(request, me)
            return view(request, me, *args, **kwargs)

        return guarded

    return decorate


def refused(request: Request, me: SignedIn) -> HttpResponse:
    """Answer somebody whose role may not do this."""
    if me.person.role is not Role.AUDITOR:
        return errors.answer(request, errors.FORBIDDEN)
    return _auditors_change_nothing(request)


def _auditors_change_nothing(request: Request) -> HttpResponse:
    return errors.answer(
        request,
        errors.FORBIDDEN,
        title=gettext("Auditors change nothing"),
        what_next=gettext("You can read everything in Admin Center. Ask an admin to change this; nothing was changed."),
        link=("/admin", gettext("Back to Admin Center")),
    )


def to_sign_in(request: Request) -> HttpResponse:
    """Lead somebody without a session on: to the step of the attempt they have open, else to the first page.

    While somebody has to set up, every page leads there. Whoever had a session is told that it ended.
    """
    step = open_step(request)
    if step is not None:
        return pages.go(request, url_of(step))
    had_session = cookies.read(request, cookies.SESSION) != ""
    posted = request.method == "POST"
    onward = page_of_form(request) if posted else next_url.checked(request.get_full_path())
    response = pages.go(request, pages.go_with(SIGN_IN, next="" if onward == "/" else onward))
    if had_session:
        kept = posted and typed_again.keep(request, response, onward)
        pages.tell(request, response, (COMES_BACK if kept else NOT_SAVED) if posted else SESSION_ENDED)
    cookies.clear(response, request, cookies.ATTEMPT)
    cookies.clear(response, request, cookies.SESSION)
    return response


def page_of_form(request: Request) -> str:
    """Return the page that an act was begun from: what asks for a proof on the way names it."""
    return next_url.checked(forms.Posted(request).raw(BACK, most=next_url.LONGEST)) or came_from(request)


def came_from(request: Request) -> str:
    """Return the page of ours whose form was sent: it can be opened again, unlike what the form was sent to."""
    page = request.META.get("HTTP_REFERER", "")
    origin = request.META.get("HTTP_ORIGIN", "")
    return next_url.checked(page.removeprefix(origin)) if origin and page.startswith(f"{origin}/") else ""


def open_step(request: Request) -> Stage | None:
    """Return where this browser's unfinished sign-in stands, or None when it has none."""
    token = cookies.read(request, cookies.ATTEMPT)
    if not token:
        return None
    match second_factor.look(request.services, request.visit, token):
        case Ended():
            return None
        case GoOn(stage=stage):
            return stage
        case _:
            return Stage.PASSCODE


def url_of(stage: Stage) -> str:
    """Return the page of a stage."""
    urls = {Stage.PASSCODE: PASSCODE, Stage.SET_UP: SET_UP, Stage.NEW_BROWSER: NEW_BROWSER}
    return urls[stage]
