"""Changing the password, and choosing a new one when it was forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from twofold.core import emails
from twofold.core.passwords import MOST, PasswordProblem
from twofold.core.refusals import No
from twofold.flows import password, password_rules, paths
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.password import ResetView, Unfit
from twofold.web import cookies, doors, errors, forms, moments, pages, told
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

FORGOT: Final = "/forgot-password"
LINK: Final = "link"

CHANGED = told.declare("password_changed", "good", _("The new password is saved. You were signed out everywhere else."))
CONFLICT = told.declare("password_conflict", "warn", _("Something else changed meanwhile. Nothing was saved."))


def problem(request: Request, found: PasswordProblem) -> str:
    """Return why a new password cannot be taken."""
    sentences = {
        PasswordProblem.TOO_SHORT: gettext("This is too short: at least %(least)d characters.")
        % {"least": password_rules.of(request.services, request.account.id).least},
        PasswordProblem.TOO_LONG: gettext("This is too long: %(most)d characters at most.") % {"most": MOST},
        PasswordProblem.CONTAINS_NAME: gettext("This is little more than your name or address. Choose something else."),
        PasswordProblem.COMMON: gettext("This is among the first that a guesser tries. A few random words are better."),
    }
    return sentences[found]


def busy(request: Request) -> HttpResponse:
    """Answer that too many passwords are being hashed at this moment."""
    return errors.answer(request, errors.BUSY, retry_after=errors.BUSY_FOR)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before your password changes"))
def change(request: Request, me: SignedIn) -> Answer:
    """Set a new password; the session goes on, all others end."""
    context: dict[str, object] = {"here": "password", "claimant_email": me.person.email}
    if request.method != "POST":
        return pages.page(request, "profile/password.html", context)
    posted = forms.Posted(request)
    typed = posted.raw("new_password")
    if posted.errors:
        return _refused(request, "profile/password.html", context, posted.errors["new_password"])
    outcome = password.change(request.services, request.visit, me, new_password=typed)
    match outcome:
        case NeedsProof():
            return outcome
        case Done():
            return pages.go(request, paths.SECURITY, said=CHANGED)
        case Unfit(problem=found):
            return _refused(request, "profile/password.html", context, problem(request, found))
        case Refuse():
            return busy(request)
        case Conflict() | Gone():
            return pages.go(request, request.path, said=CONFLICT)


@require_http_methods(["GET", "HEAD", "POST"])
def forgot(request: Request) -> HttpResponse:
    """Mail a link for a new password; the answer is the same whether or not the address has a sign-in."""
    pages.speak(request)
    if request.method != "POST":
        return pages.page(request, "forgot_password.html", {"email": ""})
    posted = forms.Posted(request)
    typed = posted.text("email", most=emails.MOST, required=gettext("Type your email address."))
    if "email" not in posted.errors and emails.normalise(typed) is None:
        posted.errors["email"] = gettext("This is not an email address. It looks like ann@example.com.")
    if posted.errors:
        return pages.page(
            request, "forgot_password.html", {"email": typed}, errors=posted.errors, status=errors.BAD_REQUEST
        )
    password.forgot(request.services, request.visit, email=typed)
    return pages.page(request, "forgot_sent.html", {"email": typed})


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: Request) -> HttpResponse:
    """Open a mailed link: show the form, then set the new password. Nobody is signed in by it."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    view = password.look_reset(request.services, request.visit, token)
    if not isinstance(view, ResetView):
        return expired(request)
    context: dict[str, object] = {"claimant_email": view.email}
    if request.method != "POST":
        return pages.page(request, "reset_password.html", context)
    posted = forms.Posted(request)
    typed = posted.raw("new_password")
    if posted.errors:
        return _refused(request, "reset_password.html", context, posted.errors["new_password"])
    outcome = password.reset(request.services, request.visit, token=token, new_password=typed)
    match outcome:
        case Done():
            pages.speak(request)
            response = pages.page(
                request, "reset_done.html", {"needed_next": _needed_next(view, now=request.services.clock.now())}
            )
            cookies.clear(response, request, cookies.ATTEMPT)
            return response
        case Unfit(problem=found):
            return _refused(request, "reset_password.html", context, problem(request, found))
        case Refuse(because=because) if because.no is No.BUSY:
            return busy(request)
        case Refuse():
            return expired(request)


def _needed_next(view: ResetView, *, now: datetime) -> list[str]:
    """Say what the next sign-in asks for beside the password."""
    if not view.asked_next:
        return []
    if view.mailed_from is not None:
        return _without_mailed(view, moments.soon(view.mailed_from, now=now))
    lines = [gettext("Your second factor is as it was: have it at hand.")]
    if view.recovery_codes:
        lines.append(
            ngettext(
                "If it is not there, your %(left)d recovery code lets you in.",
                "If it is not there, one of your %(left)d recovery codes lets you in.",
                view.recovery_codes,
            )
            % {"left": view.recovery_codes}
        )
    return lines


def _without_mailed(view: ResetView, until: str) -> list[str]:
    """Say that codes by mail do not count for a while, because the password came by mail as well; and what does."""
    lines = [
        gettext("The password came by mail, so until %(until)s codes by mail do not count as your second factor.")
        % {"until": until}
    ]
    if view.has_others:
        lines.append(gettext("Have your other way at hand."))
    if view.recovery_codes:
        lines.append(
            ngettext(
                "Your %(left)d recovery code lets you in: have it at hand.",
                "One of your %(left)d recovery codes lets you in: have them at hand.",
                view.recovery_codes,
            )
            % {"left": view.recovery_codes}
        )
    elif not view.has_others:
        lines.append(gettext("You have no recovery codes: before that, somebody has to help you in."))
    return lines


def expired(request: Request, *, new_link_url: str = FORGOT) -> HttpResponse:
    """Answer for a link that was used, is too old, or never was: all the same."""
    return pages.page(request, "link_expired.html", {"new_link_url": new_link_url}, status=errors.NOT_FOUND)


def _refused(request: Request, template: str, context: dict[str, object], why: str) -> HttpResponse:
    return pages.page(request, template, context, errors={"new_password": why}, status=errors.BAD_REQUEST)
