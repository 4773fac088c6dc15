"""The code of a test mail or a test text that comes back: the same answers for both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy

from twofold.core.refusals import No
from twofold.flows.outcomes import Conflict, Done, Refuse
from twofold.web import pages, told, words
from twofold.web.forms import Posted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services
    from twofold.web.request import Request
    from twofold.web.told import Told

CONFLICT: Final = told.declare("test_conflict", "warn", gettext_lazy("Something else changed meanwhile. Look again."))


def taken(
    request: Request,
    me: SignedIn,
    confirm: Callable[[Services, Visit, SignedIn, str], Done | Conflict | Refuse],
    show: Callable[[Mapping[str, str]], HttpResponse],
    *,
    here: str,
    proved: Told,
    unreadable: str = "",
) -> HttpResponse:
    """Take what was typed into `test_code`.

    `show` is the page again with what is wrong, `unreadable` says what to type where that is not eight digits.
    """
    posted = Posted(request)
    typed = posted.raw("test_code")
    if posted.errors:
        return show(posted.errors)
    outcome = confirm(request.services, request.visit, me, typed)
    match outcome:
        case Done():
            return pages.go(request, here, said=proved)
        case Conflict():
            return pages.go(request, here, said=CONFLICT)
        case Refuse(because=because) if unreadable and because.no is No.UNREADABLE:
            return show({"test_code": unreadable})
        case Refuse(because=because):
            return show({"test_code": words.mailbox_refusal(because, now=request.services.clock.now())})
