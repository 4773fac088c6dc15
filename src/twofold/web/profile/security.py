"""Security settings: the page, and every change that is made from it."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from twofold.core import emails
from twofold.core.ids import BrowserId, EnrolmentId, SessionId
from twofold.flows import codes, devices, freeze, keep, methods, paths, security, set_up
from twofold.flows.codes import NewCodes
from twofold.flows.freeze import Frozen
from twofold.flows.outcomes import Conflict, Done, Gone, GoOn, NeedsProof, Refuse
from twofold.flows.set_up import Offered
from twofold.web import cookies, doors, entering, errors, forms, moments, pages, told, wizard
from twofold.web import fresh as fresh_proof
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_safe
from twofold.web.profile import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request
    from twofold.web.told import Told

P = ParamSpec("P")

HERE: Final = paths.SECURITY

RENAMED = told.declare("method_renamed", "good", _("The new name is saved."))
PREFERRED = told.declare("method_preferred", "good", _("This method is asked for first from now on."))
REMOVED = told.declare("method_removed", "good", _("The method is removed. Other sessions were ended."))
TURNED_OFF = told.declare(
    "two_factor_off", "warn", _("Two-factor authentication is off. From now on your password alone opens your sign-in.")
)
NOT_OFF = told.declare(
    "two_factor_not_off", "bad", _("It is required, so it cannot be turned off or its last method removed.")
)
WORKS = told.declare("method_works", "good", _("It works: the code was right."))
SAVED = told.declare("security_saved", "good", _("Saved."))
STAYS = told.declare(
    "keep_asking_stays", "", _("You chose to be asked. Turning two-factor authentication off takes that back.")
)
CODES_SAVED = told.declare("codes_saved", "good", _("Good. Only these codes work now."))
BROWSER_FORGOTTEN = told.declare(
    "browser_forgotten", "good", _("The browser is forgotten: it is asked for a code the next time.")
)
BROWSERS_FORGOTTEN = told.declare(
    "browsers_forgotten", "good", _("All browsers are forgotten, and signed out except here.")
)
SESSION_ENDED = told.declare("session_ended", "good", _("That session was ended."))
OTHERS_ENDED = told.declare("sessions_ended", "good", _("All other sessions were ended."))
EVERYWHERE = told.declare("signed_out_everywhere", "good", _("You are signed out everywhere."))
GONE = told.declare("security_gone", "warn", _("That is not there any more; the page shows how it stands now."))
CONFLICT = told.declare("security_conflict", "warn", _("Something else changed meanwhile. Look again, then repeat it."))


def by_post(
    view: Callable[Concatenate[Request, P], HttpResponse],
) -> Callable[Concatenate[Request, P], HttpResponse]:
    """Let only a POST change something; a GET of the same path (whoever leaves the page for the proof) leads back."""

    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.method == "POST" else pages.go(request, HERE)

    return guarded


@require_safe
@doors.signed_in
def page(request: Request, me: SignedIn) -> HttpResponse:
    """Show the settings as they stand."""
    view = security.look(request.services, request.visit, me)
    now = request.services.clock.now()
    return pages.page(request, "profile/security.html", shown.security(view, request.account, now=now))


@by_post
@doors.signed_in
@fresh(_("before another method is set up"))
def begin_set_up(request: Request, me: SignedIn) -> Answer:
    """Begin to set up a first or a further method."""
    return _set_up(request, me, ())


@by_post
@doors.signed_in
@fresh(_("before a method is replaced"))
def replace(request: Request, me: SignedIn, method: str) -> Answer:
    """Begin to set up what takes the place of a method; the old one works until the new one does."""
    replaced = EnrolmentId(method)
    kind = methods.kind_of(request.services, request.visit, me, replaced) if forms.Posted(request).tick("same") else ""
    return _set_up(request, me, (replaced,), kind=kind)


def _set_up(request: Request, me: SignedIn, replaces: tuple[EnrolmentId, ...], *, kind: str = "") -> Answer:
    """Lead into the wizard; with `kind` straight to the page that connects one of it."""
    outcome = set_up.begin_from_profile(request.services, request.visit, me, replaces=replaces)
    match outcome:
        case NeedsProof():
            return outcome
        case GoOn(attempt_token=token):
            is_chosen = kind and isinstance(set_up.offer(request.services, request.visit, token or "", kind), Offered)
            response = entering.go_on(request, outcome, onward=HERE)
            if is_chosen:
                response.headers["Location"] = wizard.CONNECT
            return response


@by_post
@doors.signed_in
def rename(request: Request, me: SignedIn, method: str) -> HttpResponse:
    """Give a method another name."""
    label = forms.Posted(request).text("method_name", most=methods.LONGEST_LABEL)
    outcome = methods.rename(request.services, request.visit, me, EnrolmentId(method), label=label)
    return _back(request, outcome, RENAMED)


@by_post
@doors.signed_in
def prefer(request: Request, me: SignedIn, method: str) -> HttpResponse:
    """Ask for this method first."""
    outcome = methods.prefer(request.services, request.visit, me, EnrolmentId(method))
    if isinstance(outcome, Refuse):
        # Policy allows it no longer, which the page says beside it.
        return pages.go(request, HERE, said=GONE)
    return _back(request, outcome, PREFERRED)


@by_post
@doors.signed_in
@fresh(_("so that you see whether it works"))
def try_it(request: Request, me: SignedIn, method: str) -> Answer:
    """Take a code of this kind and say that it works. Asked for even right after another proof."""
    if fresh_proof.PASSCODE not in request.POST:
        kind = methods.kind_of(request.services, request.visit, me, EnrolmentId(method))
        return NeedsProof(by_passcode=True, kind=kind)
    return pages.go(request, HERE, said=WORKS)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before a method is removed"))
def remove(request: Request, me: SignedIn, method: str) -> Answer:
    """Ask, then remove a method; of the last one it is asked whether two-factor authentication is to be turned off."""
    if request.method == "POST":
        outcome = methods.remove(request.services, request.visit, me, EnrolmentId(method))
        return outcome if isinstance(outcome, NeedsProof) else _back(request, outcome, REMOVED)
    view = security.look(request.services, request.visit, me)
    one = next((held for held in view.methods if held.enrolment.id == method), None)
    if one is None:
        return errors.answer(request, errors.NOT_FOUND)
    if len(view.methods) == 1:
        return pages.go(request, f"{HERE}/turn-off")
    if not one.can_remove:
        return pages.go(request, HERE, said=NOT_OFF)
    return pages.page(request, "profile/remove_method.html", shown.removing(view, one))


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before two-factor authentication is turned off"))
def turn_off(request: Request, me: SignedIn) -> Answer:
    """Ask, then turn two-factor authentication off."""
    if request.method == "POST":
        outcome = methods.turn_off(request.services, request.visit, me)
        return outcome if isinstance(outcome, NeedsProof) else _back(request, outcome, TURNED_OFF)
    view = security.look(request.services, request.visit, me)
    if not view.standing.may_turn_off:
        return pages.go(request, HERE, said=NOT_OFF if view.methods else GONE)
    left = view.recovery.left
    goes = [shown.removed(one) for one in view.methods]
    if left:
        goes.append(
            ngettext("Your %(left)d recovery code stops working.", "Your %(left)d recovery codes stop working.", left)
            % {"left": left}
        )
    goes.append(gettext("Other sessions end, and trusted computers are forgotten."))
    now = request.services.clock.now()
    coming = methods.coming_without(request.services, request.visit, me)
    context = {"here": "security", "what_goes": goes, "coming": shown.coming(coming, request.account, now=now)}
    return pages.page(request, "profile/turn_off.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(_("before your recovery codes change"))
def recovery_codes(request: Request, me: SignedIn) -> Answer:
    """Show new recovery codes once, in the answer to a POST; GET holds the button only."""
    services, visit = request.services, request.visit
    context: dict[str, object] = {
        "here": "security",
        "claimant_email": me.person.email,
        "recovery_codes": None,
        "left": codes.left(services, visit, me).left,
    }
    if request.method != "POST":
        return pages.page(request, "profile/recovery_codes.html", context)
    if forms.Posted(request).tick("saved"):
        return _back(request, codes.saved(services, visit, me), CODES_SAVED)
    outcome = codes.renew(services, visit, me)
    match outcome:
        case NeedsProof():
            return outcome
        case NewCodes(codes=new):
            made_on = moments.full_day(services.clock.now())
            return pages.page(
                request,
                "profile/recovery_codes.html",
                {**context, "recovery_codes": new, "made_on": made_on, "holds_secrets": True},
            )
        case _:
            return _back(request, outcome, CODES_SAVED)


@by_post
@doors.signed_in
def how_often(request: Request, me: SignedIn) -> HttpResponse:
    """Choose to be asked at every sign-in, or not."""
    on = forms.Posted(request).tick("every_sign_in")
    return _back(request, keep.ask_every_time(request.services, request.visit, me, on), SAVED)


@by_post
@doors.signed_in
@fresh(_("before this changes"))
def keep_asking(request: Request, me: SignedIn) -> Answer:
    """Choose to be asked whatever the policy says."""
    on = forms.Posted(request).tick("keep_asking")
    outcome = keep.keep_asking(request.services, request.visit, me, on)
    if isinstance(outcome, NeedsProof):
        return outcome
    return pages.go(request, HERE, said=STAYS) if isinstance(outcome, Refuse) else _back(request, outcome, SAVED)


@by_post
@doors.signed_in
def rename_browser(request: Request, me: SignedIn, browser: str) -> HttpResponse:
    """Give a known browser another name."""
    name = forms.Posted(request).text("browser_name", most=methods.LONGEST_LABEL)
    outcome = devices.rename_browser(request.services, request.visit, me, BrowserId(browser), name=name)
    return _back(request, outcome, RENAMED)


@by_post
@doors.signed_in
def forget_browser(request: Request, me: SignedIn, browser: str) -> HttpResponse:
    """Forget one known browser."""
    outcome = devices.forget_browser(request.services, request.visit, me, BrowserId(browser))
    return _back(request, outcome, BROWSER_FORGOTTEN)


@by_post
@doors.signed_in
def forget_browsers(request: Request, me: SignedIn) -> HttpResponse:
    """Forget every known browser."""
    return _back(request, devices.forget_browsers(request.services, request.visit, me), BROWSERS_FORGOTTEN)


@by_post
@doors.signed_in
def end_session(request: Request, me: SignedIn, session: str) -> HttpResponse:
    """End one session."""
    return _back(request, devices.end_session(request.services, request.visit, me, SessionId(session)), SESSION_ENDED)


@by_post
@doors.signed_in
def end_others(request: Request, me: SignedIn) -> HttpResponse:
    """End every session but this one."""
    return _back(request, devices.end_other_sessions(request.services, request.visit, me), OTHERS_ENDED)


@by_post
@doors.signed_in
def end_all(request: Request, me: SignedIn) -> HttpResponse:
    """Sign out everywhere, here too."""
    devices.sign_out_everywhere(request.services, request.visit, me)
    response = pages.go(request, doors.SIGN_IN, said=EVERYWHERE)
    cookies.clear(response, request, cookies.SESSION)
    return response


@by_post
@doors.signed_in
def not_me(request: Request, me: SignedIn) -> HttpResponse:
    """Freeze one's own sign-in: somebody else did what the list of events shows."""
    outcome = freeze.freeze_mine(request.services, request.visit, me)
    if not isinstance(outcome, Frozen):
        return pages.go(request, HERE, said=CONFLICT)
    request.me = None
    context = {"undid_set_up": False, "helpers": None, "sent_to": emails.mask(outcome.sent_to)}
    response = pages.page(request, "frozen.html", context)
    cookies.clear(response, request, cookies.SESSION)
    return response


def _back(request: Request, outcome: Done | Gone | Refuse | Conflict, done: Told) -> HttpResponse:
    """Go back to the settings and say there what became of it; somebody else's things are simply not there."""
    match outcome:
        case Done():
            return pages.go(request, HERE, said=done)
        case Gone():
            return errors.answer(request, errors.NOT_FOUND)
        case Refuse():
            return pages.go(request, HERE, said=NOT_OFF)
        case Conflict():
            return pages.go(request, HERE, said=CONFLICT)
