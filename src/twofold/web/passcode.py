"""The passcode: asked for, sent anew, by another way, or waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext

from twofold.core.reasons import Reason
from twofold.core.refusals import No, Refusal
from twofold.flows import second_factor, security
from twofold.flows.outcomes import Admitted, Denied, Done, Ended, GoOn, Refuse
from twofold.flows.second_factor import PasscodeView
from twofold.web import calls, code_sent, cookies, doors, entering, forms, moments, pages, words
from twofold.web.kinds.contract import Asked
from twofold.web.kinds.registry import KINDS, words_for
from twofold.web.methods import require_http_methods
from twofold.web.sign_in import slowed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.web.code_sent import CodeSent
    from twofold.web.kinds.contract import KindWords
    from twofold.web.request import Request

BY_RECOVERY_CODE: Final = "recovery-code"
OTHER_WAY: Final = "/sign-in/other-way"
# A wait shorter than this is over before its page is read: the field is shown again with what was wrong.
_SHORT_WAIT: Final = 5


@require_http_methods(["GET", "HEAD", "POST"])
def passcode(request: Request) -> HttpResponse:
    """Ask for the second factor of an open attempt, or a recovery code in the same field; or send a code again."""
    token = cookies.read(request, cookies.ATTEMPT)
    if request.method == "POST":
        posted = forms.Posted(request)
        return _send_again(request, token) if posted.tick("again") else _present(request, token, posted)
    view = looked(request)
    if not isinstance(view, PasscodeView):
        return view
    if view.shut is not None and not _is_variant(request) and not _is_over_soon(request, view.shut):
        return _waiting(request, view, view.shut)
    return _page(request, view)


@require_http_methods(["GET", "HEAD", "POST"])
def other_way(request: Request) -> HttpResponse:
    """Show what else this person may use, or turn to it: a code is sent then, where the way sends one."""
    view = looked(request)
    if not isinstance(view, PasscodeView):
        return view
    if request.method == "POST":
        return _turn_to(request, cookies.read(request, cookies.ATTEMPT))
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        "ways_in": other_ways(view),
        "why_not_all": why_not_all(request, view),
        "has_recovery_codes": view.has_recovery_codes,
        "warn_in": entering.warn_in(request, view.ends_at),
    }
    return pages.page(request, "other_way.html", context, person=view.person)


def looked(request: Request) -> PasscodeView | HttpResponse:
    """Return the step that is open, or the answer that leads to where the attempt really is."""
    token = cookies.read(request, cookies.ATTEMPT)
    return entering.opened(request, second_factor.look(request.services, request.visit, token))


def words_of(view: PasscodeView) -> KindWords:
    """Return the words of what is asked for."""
    return words_for(view.kind, (thing for way in view.ways if way.kind == view.kind for thing in way.things))


def other_ways(view: PasscodeView) -> list[dict[str, str]]:
    """Return the kinds that this person may turn to, without the one that is asked for."""
    return [
        {"kind": way.kind, "text": words_for(way.kind, way.things).another_way(way.labels)}
        for way in view.ways
        if way.kind != view.kind and way.kind in KINDS
    ]


def more_ways(view: PasscodeView) -> list[dict[str, str]]:
    """Return links to what is no way in, and helps all the same."""
    return [{"url": doors.SET_UP, "text": gettext("I cannot: set up anew")}] if view.step.may_set_up_instead else []


def what_was_sent(request: Request, view: PasscodeView) -> CodeSent | None:
    """Return what pages say of the code that was sent; None for a kind that sends none. `pages.speak` came before."""
    if view.challenge is None:
        return None
    now = request.services.clock.now()
    return code_sent.shown(
        view.challenge,
        KINDS[view.kind],
        account_name=request.account.name,
        now=now,
        has_other_ways=bool(other_ways(view)) or view.has_recovery_codes,
    )


def _turn_to(request: Request, token: str) -> HttpResponse:
    kind = forms.Posted(request).choice("kind", KINDS)
    outcome = second_factor.choose(request.services, request.visit, token, kind)
    match outcome:
        case Done():
            return pages.go(request, doors.PASSCODE)
        case Refuse():
            return pages.go(request, OTHER_WAY)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case _:
            assert_never(outcome)


def _send_again(request: Request, token: str) -> HttpResponse:
    outcome = second_factor.send_again(request.services, request.visit, token)
    match outcome:
        case Done():
            return pages.go(request, doors.PASSCODE)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because):
            return _again(request, because, field="page", stopped=because.at is not None)
        case _:
            assert_never(outcome)


def _present(request: Request, token: str, posted: forms.Posted) -> HttpResponse:
    typed = posted.raw("passcode")
    kind = posted.choice("kind", KINDS)
    trust_device = posted.tick("trust_device")
    if posted.errors or not typed.strip():
        return _again(request, Refusal(No.TOO_LONG if posted.errors else No.UNREADABLE), stopped=False)
    outcome = second_factor.present_second_factor(
        request.services,
        request.visit,
        attempt_token=token,
        kind=kind,
        answer={"passcode": typed},
        trust_device=trust_device,
    )
    match outcome:
        case Admitted():
            return entering.admit(request, outcome)
        case Refuse(because=because, stopped=stopped):
            return _again(request, because, stopped=stopped)
        case GoOn() | Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case _:
            assert_never(outcome)


def _again(request: Request, because: Refusal, *, field: str = "passcode", stopped: bool) -> HttpResponse:
    """Show the page again with what was wrong, or the page for waiting when that was one too many."""
    view = looked(request)
    if not isinstance(view, PasscodeView):
        return view
    now = request.services.clock.now()
    if not _is_variant(request):
        shut = because if stopped and because.no in {No.WAITING, No.LOCKED} else view.shut
        if shut is not None and not _is_over_soon(request, shut):
            return _waiting(request, view, shut)
    kind = None if _is_variant(request) or view.kind not in KINDS else words_of(view)
    response = _page(request, view, errors={field: words.refusal(because, now=now, kind=kind)})
    return slowed(request, response, because, stopped=stopped)


def _page(request: Request, view: PasscodeView, *, errors: dict[str, str] | None = None) -> HttpResponse:
    sent = what_was_sent(request, view)
    context: dict[str, object] = {
        "by_recovery_code": _is_variant(request) or not view.kind,
        "kind": view.kind,
        "nothing_counts": not view.kind,
        "passcode": "",
        "box": {
            "shown": view.step.may_trust,
            "ticked": view.step.trust_ticked,
            "days": view.step.trust_for.days,
        },
        "other_ways": bool(other_ways(view)),
        "more_ways": more_ways(view),
        "has_recovery_codes": view.has_recovery_codes,
        **(sent.context if sent else {}),
        **pages.once(request),
    }
    printed: dict[str, str | int] = {
        "claimant_email": view.person.email,
        "where_to_look": sent.where_to_look if sent else _where_to_look(request, view),
        "warn_in": entering.warn_in(request, view.ends_at),
        "watch": sent.watch if sent else "",
    }
    return pages.page(request, "passcode.html", context, person=view.person, errors=errors, printed=printed)


def _where_to_look(request: Request, view: PasscodeView) -> str:
    if not view.kind:
        way_in = gettext("Type a recovery code.") if view.has_recovery_codes else ""
        return " ".join(filter(None, (why_not_all(request, view), way_in)))
    return words_of(view).where_to_look(Asked(account_name=request.account.name, shown=view.shown))


def why_not_all(request: Request, view: PasscodeView) -> str:
    """Return why something that this person holds does not count at present; "" where all of it does."""
    now, name = request.services.clock.now(), request.account.name
    told = [one for one in view.step.reasons if one.reason in {Reason.PROVED_BY_MAILBOX, Reason.KIND_NO_LONGER_ALLOWED}]
    return " ".join(words.reasons(told, account_name=name, now=now))


def _waiting(request: Request, view: PasscodeView, shut: Refusal) -> HttpResponse:
    now = request.services.clock.now()
    works_now = []
    if view.has_recovery_codes:
        url = pages.go_with(doors.PASSCODE, **{"with": BY_RECOVERY_CODE})
        works_now.append({"url": url, "text": gettext("Use a recovery code")})
    seconds = pages.seconds_until(shut.at, now) if shut.at else None
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        "until": moments.soon(shut.at, now=now) if shut.at else "",
        "seconds": seconds,
        "is_short": words.is_short(seconds),
        "works_now": works_now,
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        "warn_in": entering.warn_in(request, view.ends_at),
        **calls.shown(request),
        **pages.once(request),
    }
    sentence = words.refusal(shut, now=now, has_recovery_codes=view.has_recovery_codes)
    # A wait of seconds is no error: the page says it calmly, and once.
    said = {"said": sentence} if context["is_short"] else {"errors": {"page": sentence}}
    response = pages.page(request, "waiting.html", {**context, **said}, person=view.person)
    return slowed(request, response, shut, stopped=True)


def _is_over_soon(request: Request, shut: Refusal) -> bool:
    now = request.services.clock.now()
    return shut.at is not None and pages.seconds_until(shut.at, now) <= _SHORT_WAIT


def _is_variant(request: Request) -> bool:
    """Tell whether this is the variant with a text keyboard, for recovery codes."""
    return request.GET.get("with") == BY_RECOVERY_CODE
