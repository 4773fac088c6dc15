"""Changing the email address: asked for with fresh proof, confirmed by a code from the new mailbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.core import emails
from twofold.core.refusals import No
from twofold.flows import address, paths
from twofold.flows.outcomes import Done, NeedsProof, Refuse
from twofold.web import doors, errors, forms, mailbox_code, moments, pages, told, words
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.address import AddressView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

HERE: Final = "/profile/address"
CONFIRM: Final = "/profile/address/confirm"
KEEP_OLD: Final = "/profile/address/keep-old"

CHANGED = told.declare(
    "address_changed",
    "good",
    _("Your new address counts from now on. The old one was told, and can freeze the sign-in for 72 hours."),
)
SENT_AGAIN = told.declare("address_code_sent", "good", _("A new code was sent. Only the newest one works."))
RAN_OUT = told.declare("address_ran_out", "warn", _("That change ran out. Nothing changed; begin again."))


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before your address changes"))
def ask(request: Request, me: SignedIn) -> Answer:
    """Ask for a new address, and mail a code to it."""
    waiting = address.look(request.services, request.visit, me)
    context: dict[str, object] = {
        "here": "address",
        "form": {"new_address": ""},
        "waiting_for": waiting.email if waiting else "",
        "confirm_url": CONFIRM,
    }
    if request.method != "POST":
        return pages.page(request, "profile/address.html", context)
    posted = forms.Posted(request)
    typed = posted.text("new_address", most=emails.MOST, required=gettext("Type the new address."))
    if not posted.errors:
        outcome = address.ask(request.services, request.visit, me, email=typed)
        match outcome:
            case NeedsProof():
                return outcome
            case Done():
                return pages.go(request, CONFIRM)
            case Refuse():
                posted.errors["new_address"] = _why_not(request, outcome)
    context["form"] = {"new_address": typed}
    return pages.page(request, "profile/address.html", context, errors=posted.errors, status=errors.BAD_REQUEST)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
def confirm(request: Request, me: SignedIn) -> HttpResponse:
    """Take the code from the new mailbox, or send another one."""
    services, visit = request.services, request.visit
    waiting = address.look(services, visit, me)
    if waiting is None:
        return pages.go(request, HERE, said=RAN_OUT if request.method == "POST" else None)
    if request.method != "POST":
        return _code_page(request, waiting, "")
    posted = forms.Posted(request)
    again = posted.tick("again")
    typed = posted.raw("address_code")
    if again:
        outcome = address.resend(services, visit, me)
    elif posted.errors or not typed.strip():
        return _code_page(request, waiting, gettext("Type the eight digits from our mail."))
    else:
        outcome = address.confirm(services, visit, me, typed=typed)
    match outcome:
        case Done():
            onward, said = (CONFIRM, SENT_AGAIN) if again else (paths.SECURITY, CHANGED)
            return pages.go(request, onward, said=said)
        case Refuse(because=because):
            waiting = address.look(services, visit, me)
            if waiting is None:
                return pages.go(request, HERE, said=RAN_OUT)
            sentence = words.mailbox_refusal(because, now=services.clock.now())
            return _code_page(request, waiting, sentence)


@require_http_methods(["POST"])
@doors.signed_in
def keep_old(request: Request, me: SignedIn) -> HttpResponse:
    """Forget the address that was asked for."""
    address.give_up(request.services, request.visit, me)
    return pages.go(request, HERE)


def _code_page(request: Request, waiting: AddressView, error: str) -> HttpResponse:
    now = request.services.clock.now()
    context: dict[str, object] = {
        "new_address": waiting.email,
        "sent_at": moments.clock(waiting.sent_at),
        "resend": mailbox_code.resend(pages.seconds_until(waiting.resend_at, now)),
        "back_url": KEEP_OLD,
    }
    return pages.page(request, "confirm_address.html", context, errors={"address_code": error} if error else None)


def _why_not(request: Request, refused: Refuse) -> str:
    because = refused.because
    match because.no:
        case No.UNREADABLE:
            return gettext("This is not an email address. It looks like ann@example.com.")
        case No.NOT_ALLOWED:
            return gettext("This is your address already.")
        case No.WAITING if because.at:
            until = moments.soon(because.at, now=request.services.clock.now())
            return gettext("We just sent a mail. You can ask again at %(until)s.") % {"until": until}
        case _:
            return gettext("Something else changed meanwhile. Try again.")
