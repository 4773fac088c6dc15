"""Refused and failed requests: every one gets a page of ours with the right status, and never a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpResponse, QueryDict
from django.template.loader import get_template
from django.utils.translation import gettext

from twofold.core import emails
from twofold.flows.outcomes import Gone
from twofold.web import forms, next_url, pages
from twofold.web.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from twofold.flows.outcomes import Refuse

BAD_REQUEST = 400
FORBIDDEN = 403
NOT_FOUND = 404
NOT_ALLOWED = 405
TOO_LARGE = 413
MISDIRECTED = 421
TOO_MANY = 429
FAILED = 500
BUSY = 503
BUSY_FOR = 2
"""Seconds after which whoever came while too much was being hashed comes again."""

_LOG = structlog.get_logger("twofold.web")


def answer(
    request: HttpRequest,
    status: int,
    *,
    title: str = "",
    what_next: str = "",
    link: tuple[str, str] | None = None,
    retry_after: int | None = None,
    reference: str = "",
) -> HttpResponse:
    """Return the page for a status; `link` is where to go on (url, text), `retry_after` counts seconds."""
    ours = request if isinstance(request, Request) and request.is_adopted else None
    if ours is not None and not ours.language:
        pages.speak(ours)
    plain_title, plain_next = _texts(status)
    url, text = link or (("/", gettext("Go to the start")) if ours else ("", ""))
    context: dict[str, object] = {
        "status": status,
        "error_title": title or plain_title,
        "what_next": what_next or plain_next,
        "link_url": url,
        "link_text": text,
        "reference": reference,
        "retry_at": "",
    }
    response = pages.page(ours, "error.html", context, status=status) if ours else _alone(context, status)
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, retry_after))
    return response


def of(request: HttpRequest, no: Gone | Refuse) -> HttpResponse:
    """Return the page for what is not there, or is not for whoever asks."""
    return answer(request, NOT_FOUND if isinstance(no, Gone) else FORBIDDEN)


def forged(request: Request) -> HttpResponse:
    """Return the page for a form whose token or origin is not right: it was open for too long, or is not ours."""
    if request.path_info == "/sign-in":
        posted = forms.Posted(request)
        pages.speak(request)
        why = gettext("This page had been open for too long, or your browser keeps no cookies. Sign in once more.")
        context = {
            "email": posted.text("email", most=emails.MOST),
            "next_path": next_url.checked(posted.raw("next", most=next_url.LONGEST)),
        }
        return pages.page(request, "sign_in.html", context, status=FORBIDDEN, errors={"page": why})
    return answer(
        request,
        FORBIDDEN,
        title=gettext("This form could not be taken"),
        what_next=gettext(
            "It had been open for too long, you signed in or out meanwhile, or it did not come from this site. "
            "Go back, reload the page and send it again; nothing was changed."
        ),
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that no page of ours sends."""
    if isinstance(exception, TooManyFieldsSent):
        # The page itself looks into the query, which would raise once more.
        request.GET = QueryDict()
    return answer(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's interface
    """Answer somebody who may not see or do this."""
    return answer(request, FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 -- Django's interface
    """Answer a path behind which there is nothing."""
    return answer(request, NOT_FOUND)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer after a fault of ours: the log has it under the reference that the page shows."""
    reference = ""
    if isinstance(request, Request) and request.is_adopted:
        reference = request.services.entropy.new_id()[:8]
    _LOG.error("page.failed", reference=reference, path=request.path_info)
    return answer(request, FAILED, reference=reference)


def _alone(context: Mapping[str, object], status: int) -> HttpResponse:
    """Render without an account: its host is unknown, or the request never got that far."""
    whole = {"account": {"name": "Twofold"}, "errors": {}, "warn_in": None, **context}
    return HttpResponse(get_template("error.html").render(whole), status=status)


def _texts(status: int) -> tuple[str, str]:
    texts = {
        BAD_REQUEST: (
            gettext("This request could not be read"),
            gettext("Something in it has a form that no page of ours sends. Go back and try again."),
        ),
        FORBIDDEN: (
            gettext("You may not open this page"),
            gettext("Your role does not reach this far. Whoever runs the account can change that."),
        ),
        NOT_FOUND: (
            gettext("This page does not exist"),
            gettext("The address may be mistyped, or the page has gone."),
        ),
        NOT_ALLOWED: (
            gettext("This page is opened in another way"),
            gettext("Go back and use the button on the page before."),
        ),
        TOO_LARGE: (
            gettext("That was too much at once"),
            gettext("What was sent is larger than this page takes. Go back and send less."),
        ),
        MISDIRECTED: (
            gettext("There is no help desk at this address"),
            gettext("Check the address, or ask whoever gave it to you."),
        ),
        TOO_MANY: (
            gettext("Too many tries"),
            gettext("Wait a little, then try again."),
        ),
        FAILED: (
            gettext("Something went wrong here"),
            gettext("It was not you. Try again; if it stays, give the reference below to whoever runs the account."),
        ),
        BUSY: (
            gettext("Very busy at the moment"),
            gettext("Nothing is lost. Go back and try again in a few seconds."),
        ),
    }
    return texts[status]
