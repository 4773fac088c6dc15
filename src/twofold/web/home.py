"""The start page of somebody signed in: who, where, and what next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from twofold.core.assurance import PASSWORD
from twofold.core.reasons import Reason
from twofold.core.roles import Permission, Role, may_read
from twofold.core.standing import Word
from twofold.flows import help_calls, paths, security
from twofold.web import doors, moments, pages, words
from twofold.web.kinds.registry import name_of
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.flows.security import NextRequirement, SecurityView
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request


@require_safe
@doors.signed_in
def home(request: Request, me: SignedIn) -> HttpResponse:
    """Say who is signed in where and how, and offer what comes next for their role."""
    view = security.look(request.services, request.visit, me)
    now = request.services.clock.now()
    context: dict[str, object] = {
        "state": {
            "word": words.standing_word(view.standing, now=now),
            "tone": words.standing_tone(view.standing),
        },
        "signed_in_at": moments.day_and_clock(me.session.created_at, now=now),
        "how": _how(me),
        "set_up_notice": _notice(request, view),
        "due": _due(request, view),
        "coming": _coming(request, view),
        "next_steps": _next_steps(me),
    }
    return pages.page(request, "home.html", context)


def _how(me: SignedIn) -> str:
    evidence = me.session.evidence
    if evidence.has_recovery_code:
        return gettext("with a recovery code")
    if evidence.second_factor is not None:
        return gettext("with a password and a passcode")
    if me.session.trusted:
        return gettext("with a password, on a computer you trust")
    return gettext("with a password") if evidence.has(PASSWORD) else ""


def _notice(request: Request, view: SecurityView) -> dict[str, object] | None:
    """Say until when set-up can wait, and how often it may still be put off; not after the last time."""
    stands = view.standing
    if view.may_wait and stands.in_grace and stands.grace_until is not None:
        until = moments.day(stands.grace_until, now=request.services.clock.now())
        return {"until": until, "left": stands.skips_left or None, "url": doors.SET_UP}
    return None


def _due(request: Request, view: SecurityView) -> dict[str, object] | None:
    """Say that set-up waits no longer, and who wants it, to whoever is signed in all the same; None for the others."""
    stands = view.standing
    if stands.word is not Word.MUST_SET_UP or stands.in_grace:
        return None
    now = request.services.clock.now()
    if view.methods:
        return _counts_no_longer(request, view, now=now)
    why = words.reason(stands.reasons[0], account_name=request.account.name, now=now)
    text = f"{why} {gettext('At your next sign-in you have to set it up before anything else.')}"
    return {"text": text, "may_set_up": True}


def _counts_no_longer(request: Request, view: SecurityView, *, now: datetime) -> dict[str, object]:
    """Say what counts no longer, what it is good for and until when, and what to do."""
    held = gettext(" and ").join(
        dict.fromkeys(name_of(one.enrolment.kind, one.enrolment.thing) for one in view.methods)
    )
    about = {"account": request.account.name, "held": held}
    until = view.standing.until
    said = gettext("What you have set up no longer counts at %(account)s: %(held)s.") % about
    if view.standing.shut_out:
        rest = gettext(
            "It does not open set-up any more either, so you need help at your next sign-in. Ask for it while you are "
            "signed in."
        )
        return {"text": f"{said} {rest}", "may_set_up": False}
    if until is None:
        rest = gettext("It only opens the set-up of another way.")
    else:
        rest = gettext(
            "Until %(until)s it still opens the set-up of another way; after that you need help to sign in."
        ) % {"until": moments.last_day(until, now=now)}
    return {"text": f"{said} {rest} {gettext('Setting one up takes about two minutes.')}", "may_set_up": True}


def _coming(request: Request, view: SecurityView) -> dict[str, object] | None:
    """Announce a requirement that has not begun to whom it will ask; not to those who are asked or exempt then."""
    stands = view.standing
    coming = view.coming
    if coming is None or stands.asked or any(one.reason is Reason.EXEMPT for one in stands.reasons):
        return None
    asks = _asks(request.account.name, coming, now=request.services.clock.now())
    if stands.usable:
        return {"text": f"{asks} {gettext('What you have set up will do.')}", "may_set_up": False}
    return {"text": f"{asks} {gettext('Setting it up takes about two minutes.')}", "may_set_up": True}


def _asks(account: str, coming: NextRequirement, *, now: datetime) -> str:
    """Say from when on it is asked for and, where it may be put off, until when and how often."""
    about = {"account": account, "at": moments.weekday_and_clock(coming.at, now=now)}
    if coming.until is None:
        return gettext("From %(at)s, %(account)s asks you for a second factor when you sign in.") % about
    about["until"] = moments.weekday_and_clock(coming.until, now=now)
    if coming.times is None:
        sentence = gettext(
            "From %(at)s, %(account)s asks you for a second factor when you sign in; you may put it off until"
            " %(until)s."
        )
        return sentence % about
    sentence = ngettext(
        "From %(at)s, %(account)s asks you for a second factor when you sign in; you may put it off until %(until)s,"
        " once at most.",
        "From %(at)s, %(account)s asks you for a second factor when you sign in; you may put it off until %(until)s,"
        " %(times)d times at most.",
        coming.times,
    )
    return sentence % {**about, "times": coming.times}


def _next_steps(me: SignedIn) -> list[dict[str, str]]:
    steps = []
    if may_read(me.person.role, Permission.SEE_ADMIN_CENTER):
        first = gettext("First steps") if me.person.role is Role.OWNER else gettext("Admin Center")
        steps.append(
            {
                "url": "/admin/first-steps",
                "title": first,
                "line": gettext("Mail, people, and who is asked for two-factor authentication."),
            }
        )
    if help_calls.helps_end_users(me.person):
        steps.append(
            {
                "url": paths.HELP,
                "title": gettext("Help people sign in"),
                "line": gettext("End users who ask for it, or whom you look up."),
            }
        )
    steps.append(
        {
            "url": paths.SECURITY,
            "title": gettext("Security settings"),
            "line": gettext("Two-factor authentication, recovery codes, and where you are signed in."),
        }
    )
    steps.append(
        {"url": "/profile/details", "title": gettext("Your details"), "line": gettext("Name, language and time zone.")}
    )
    return steps
