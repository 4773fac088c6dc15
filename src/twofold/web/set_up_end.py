"""The last pages of set-up, where the person is signed in already; and the notice while a grace runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy, ngettext

from twofold.flows import codes, keep, mail_settings, paths, second_factor, security, set_up
from twofold.flows.codes import NewCodes
from twofold.flows.outcomes import Conflict, Done, Ended, Gone, GoOn, NeedsProof
from twofold.flows.second_factor import PasscodeView
from twofold.web import cookies, doors, entering, forms, moments, pages, wizard, words
from twofold.web.fresh import fresh
from twofold.web.kinds.contract import Secret
from twofold.web.kinds.registry import named
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.ports.people import Subscriber
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

_CODES: Final = Secret(
    heading=gettext_lazy("Your recovery codes"),
    line=gettext_lazy(
        "Next you see the codes that let you in when your phone is not there. "
        "Make sure that nobody looks over your shoulder."
    ),
    button=gettext_lazy("Show the recovery codes"),
)


def codes_page(
    request: Request, person: Subscriber, shown: Sequence[str], *, is_forced: bool, step: str
) -> HttpResponse:
    """Return the page with recovery codes; only ever in an answer to POST."""
    pages.speak(request, person)
    context: dict[str, object] = {
        "is_forced": is_forced,
        "step": step,
        "claimant_email": person.email,
        "made_on": moments.full_day(request.services.clock.now()),
        "recovery_codes": list(shown),
        "holds_secrets": True,
    }
    return pages.page(request, "set_up/recovery_codes.html", context, person=person)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(gettext_lazy("before new recovery codes are shown"))
def recovery_codes(request: Request, me: SignedIn) -> Answer:
    """Note that the codes were saved; or show a new set to somebody who never said so."""
    services, visit = request.services, request.visit
    posted = forms.Posted(request)
    if request.method == "POST" and posted.tick("saved"):
        outcome = codes.saved(services, visit, me)
        match outcome:
            case Done():
                return pages.go(request, entering.SET_UP_DONE)
            case Conflict():
                return pages.go(request, entering.RECOVERY_CODES)
            case _:
                assert_never(outcome)
    if not me.person.codes_unsaved:
        return entering.go_onward(request)
    if request.method != "POST":
        return pages.page(request, "set_up/connect_show.html", {"is_forced": False, "step": "", "secret": _CODES})
    made = codes.renew(services, visit, me)
    match made:
        case NewCodes():
            return codes_page(request, me.person, made.codes, is_forced=False, step="")
        case NeedsProof():
            return made
        case Conflict():
            return pages.go(request, entering.RECOVERY_CODES)
        case Gone():
            return entering.go_onward(request)
        case _:
            assert_never(made)


def after_codes(request: Request) -> HttpResponse:
    """Lead somebody who reloads the page that showed codes: they are gone, and shown anew if never saved."""
    me = request.me
    unsaved = me is not None and me.person.codes_unsaved
    return pages.go(request, entering.RECOVERY_CODES if unsaved else entering.SET_UP_DONE)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(gettext_lazy("before your choice is kept"))
def done(request: Request, me: SignedIn) -> Answer:
    """Say what was done and how often a code is asked for, and offer to keep asking."""
    if request.method == "POST":
        posted = forms.Posted(request)
        if posted.tick("keep_asking"):
            outcome = keep.keep_asking(request.services, request.visit, me, True)  # noqa: FBT003 -- the box was ticked
            if isinstance(outcome, NeedsProof):
                return outcome
        if posted.tick("second"):
            return _second(request, me)
        return entering.go_onward(request)
    view = security.look(request.services, request.visit, me)
    onward = entering.onward_of(request)
    context: dict[str, object] = {
        # A later sign-in, where new recovery codes were shown, ends here as well.
        "added": _added(view, since=me.session.created_at),
        "was_set_up": any(one.enrolment.confirmed_at >= me.session.created_at for one in view.methods),
        "how_often": _how_often(view),
        "offer_keep_asking": view.standing.covered and not me.person.chosen and bool(view.methods),
        "keep_asking": False,
        "offer_second": len(view.methods) == 1 and not view.rules.one_method,
        "mail_leaves": mail_settings.leaves(request.services, request.account.id),
        "goes_to": gettext("Security settings") if onward == paths.SECURITY else "",
    }
    return pages.page(request, "set_up/done.html", context)


def _added(view: security.SecurityView, *, since: datetime) -> str:
    """Return what somebody set up lately beside what they hold; empty where it is all that they hold."""
    newest = max(view.methods, key=lambda one: one.enrolment.confirmed_at, default=None)
    if newest is None or len(view.methods) == 1 or newest.enrolment.confirmed_at < since:
        return ""
    return named(newest.enrolment.kind, newest.enrolment.thing, newest.enrolment.label)


def _second(request: Request, me: SignedIn) -> Answer:
    """Begin to set up another way; at its end, on to where the person was going."""
    begun = set_up.begin_from_profile(request.services, request.visit, me)
    if isinstance(begun, NeedsProof):
        return begun
    return wizard.begin(request, begun, onward=entering.onward_of(request))


def _how_often(view: security.SecurityView) -> str:
    days = view.rules.trust_for.days
    if days == 0 or view.person.every_sign_in:
        return gettext("You are asked for a code every time you sign in.")
    return ngettext(
        "You are asked for a code when you sign in; on a computer you trust, at most once in %(days)d day.",
        "You are asked for a code when you sign in; on a computer you trust, at most once in %(days)d days.",
        days,
    ) % {"days": days}


@doors.signed_in
@fresh(gettext_lazy("before you set up two-factor authentication"))
def grace(request: Request, me: SignedIn) -> Answer:
    """Tell somebody signed in that set-up is due, and until when it can wait."""
    view = security.look(request.services, request.visit, me)
    stands = view.standing
    if not view.may_wait or stands.grace_until is None:
        return pages.go(request, paths.SECURITY)
    if request.method == "POST":
        if forms.Posted(request).choice("go", ("set_up", "later")) != "set_up":
            return entering.go_onward(request)
        begun = set_up.begin_from_profile(request.services, request.visit, me)
        if isinstance(begun, NeedsProof):
            return begun
        return wizard.begin(request, begun, onward=entering.onward_of(request))
    now = request.services.clock.now()
    sentences = [words.reason(because, account_name=request.account.name, now=now) for because in stands.reasons]
    context: dict[str, object] = {
        "claimant_email": me.person.email,
        "is_forced": False,
        "why": sentences[0],
        "may_later": {
            "until": moments.day(stands.grace_until, now=now),
            # Whoever was let in by a helper may leave it however often they did before.
            "left": None if stands.in_grace and not stands.skips_left else stands.skips_left,
        },
    }
    return pages.page(request, "set_up/intro.html", context)


def instead(request: Request) -> HttpResponse:
    """Offer set-up to somebody whose old authenticator lapsed; the others go to where their attempt stands."""
    token = cookies.read(request, cookies.ATTEMPT)
    view = second_factor.look(request.services, request.visit, token)
    if not isinstance(view, PasscodeView) or not view.step.may_set_up_instead:
        return pages.go(request, doors.PASSCODE)
    pages.speak(request, view.person)
    if request.method == "POST":
        outcome = set_up.begin_instead(request.services, request.visit, token)
        match outcome:
            case GoOn():
                return wizard.begin(request, outcome)
            case Ended():
                return entering.ended(request)
            case _:
                assert_never(outcome)
    now = request.services.clock.now()
    sentences = words.reasons(view.step.reasons, account_name=request.account.name, now=now)
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        "is_forced": True,
        "why": " ".join(sentences),
        "may_later": None,
        "warn_in": entering.warn_in(request, view.ends_at),
    }
    return pages.page(request, "set_up/intro.html", context, person=view.person)
