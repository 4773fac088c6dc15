"""The pages around the passcode: no code to be had, why it is asked, and where the phone is after a recovery code."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.refusals import Refusal
from twofold.core.roles import Audience, audience_of
from twofold.flows import codes, recover, security
from twofold.flows.outcomes import Conflict, Done, NeedsProof
from twofold.flows.second_factor import PasscodeView
from twofold.ports.helping import Place
from twofold.web import calls, doors, entering, errors, forms, pages, passcode, words
from twofold.web.fresh import fresh
from twofold.web.kinds.contract import Asked
from twofold.web.kinds.registry import KINDS, words_for
from twofold.web.methods import require_http_methods, require_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse
    from django_stubs_ext import StrOrPromise

    from twofold.flows.visit import SignedIn
    from twofold.ports.enrolments import Enrolment
    from twofold.web.code_sent import CodeSent
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

_CHANGED = gettext_lazy("Something changed meanwhile. Look again, then answer once more.")


@require_http_methods(["GET", "HEAD", "POST"])
def cannot_get_a_code(request: Request) -> HttpResponse:
    """Say what it mostly is, which other ways there are, and who helps; or ask them."""
    view = passcode.looked(request)
    if not isinstance(view, PasscodeView):
        return view
    wrong: dict[str, str] | None = None
    if request.method == "POST":
        came_from = forms.Posted(request).choice(calls.ASK, ("1", Place.WAITING.value), default="1")
        place = Place.WAITING if came_from == Place.WAITING else Place.PASSCODE
        asked = calls.ask(request, place, shown_at=request.path)
        if not isinstance(asked, Refusal):
            return asked
        wrong = calls.problem(request, asked)
    sent = passcode.what_was_sent(request, view)
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        "kind": view.kind,
        "sent": sent.became_of if sent else "",
        "causes": _causes(request, view, sent),
        "ways_in": passcode.other_ways(view),
        "why_not_all": passcode.why_not_all(request, view),
        "more_ways": passcode.more_ways(view),
        "has_recovery_codes": view.has_recovery_codes,
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        "warn_in": entering.warn_in(request, view.ends_at),
        **calls.shown(request),
        **(sent.context if sent else {}),
    }
    status = errors.TOO_MANY if wrong else 200
    return pages.page(request, "cannot_get_code.html", context, status=status, person=view.person, errors=wrong)


def _causes(request: Request, view: PasscodeView, sent: CodeSent | None) -> tuple[StrOrPromise, ...]:
    if sent is not None:
        return sent.causes
    return passcode.words_of(view).causes(Asked(account_name=request.account.name)) if view.kind else ()


@require_safe
def why(request: Request) -> HttpResponse:
    """Say why a second factor is asked for, the weightiest reason first."""
    view = passcode.looked(request)
    if not isinstance(view, PasscodeView):
        return view
    now = request.services.clock.now()
    name = request.account.name
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        "reasons": words.reasons(view.step.reasons, account_name=name, now=now),
        "guides": [_guide(view)],
        "warn_in": entering.warn_in(request, view.ends_at),
    }
    return pages.page(request, "why_asked.html", context, person=view.person)


def _guide(view: PasscodeView) -> dict[str, str]:
    if audience_of(view.person.role) is Audience.TEAM:
        return {"url": "/guides/agents", "text": gettext("Two-factor authentication, step by step")}
    return {"url": "/guides/end-users", "text": gettext("Two-factor authentication, step by step")}


@require_http_methods(["GET", "HEAD", "POST"])
@doors.signed_in
@fresh(gettext_lazy("before what is lost stops counting"))
def after_recovery(request: Request, me: SignedIn) -> Answer:
    """Ask, after a sign-in by recovery code, whether the phone is elsewhere today or lost; or which of several is."""
    services, visit = request.services, request.visit
    if not recover.is_asked(services, me):
        return entering.go_onward(request)
    held = recover.held(services, visit, me)
    if request.method != "POST":
        return _ask_what_is_lost(request, me, held)
    posted = forms.Posted(request)
    match posted.choice("phone", ("elsewhere", "lost", "skip"), default="skip"):
        case "lost":
            which = [one.id for one in held if len(held) == 1 or posted.tick(f"lost_{one.id}")]
            if not which:
                return _ask_what_is_lost(request, me, held, errors={"lost": gettext("Tick what is lost.")})
            begun = recover.lost(services, visit, me, which)
            if isinstance(begun, NeedsProof):
                return begun
            if isinstance(begun, Conflict):
                return _ask_what_is_lost(request, me, held, errors={"page": str(_CHANGED)})
            return entering.go_on(request, begun, onward=entering.onward_of(request))
        case "elsewhere":
            outcome = recover.elsewhere(services, visit, me)
            match outcome:
                case Done():
                    return entering.go_onward(request)
                case Conflict():
                    return _ask_what_is_lost(request, me, held, errors={"page": str(_CHANGED)})
                case _:
                    assert_never(outcome)
        case _:
            return entering.go_onward(request)


def _ask_what_is_lost(
    request: Request, me: SignedIn, held: Sequence[Enrolment], *, errors: dict[str, str] | None = None
) -> HttpResponse:
    """Ask in the words of the one kind that is held, or list several."""
    kinds = [words_for(one.kind, (one.thing,)) for one in held if one.kind in KINDS]
    context: dict[str, object] = {
        "codes_left": codes.left(request.services, request.visit, me).left,
        "elsewhere": recover.signed_in_elsewhere(request.services, request.visit, me),
        "words": kinds[0].lost if len(held) == 1 and kinds else None,
        "methods": [{"id": one.id, "text": _way(one)} for one in held],
    }
    return pages.page(request, "after_recovery.html", context, errors=errors)


def _way(one: Enrolment) -> str:
    return words_for(one.kind, (one.thing,)).in_list(one.label) if one.kind in KINDS else one.label
