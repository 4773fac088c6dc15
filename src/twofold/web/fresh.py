"""Fresh proof: an act that needs it is answered by a page that asks for it and keeps everything that was posted.

Nothing is stored meanwhile: the page holds one form with the proof's field and all posted fields, for the same URL.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeAlias, assert_never

from django.http import HttpResponse
from django.utils.translation import gettext

from twofold.core.refusals import No, Refusal
from twofold.flows import prove
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.flows.prove import Proved
from twofold.web import code_sent, cookies, doors, errors, forms, pages, words
from twofold.web.kinds.contract import Asked
from twofold.web.kinds.registry import KINDS, words_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_stubs_ext import StrOrPromise

    from twofold.flows.prove import ProofView
    from twofold.flows.visit import SignedIn
    from twofold.web.kinds.contract import KindWords
    from twofold.web.request import Request

P = ParamSpec("P")
Answer: TypeAlias = HttpResponse | NeedsProof

PASSCODE = "proof_passcode"
PASSWORD = "proof_password"  # noqa: S105 -- the name of a field, not a secret
KIND = "proof_kind"
AGAIN = "proof_again"
WAY = "proof_way"
FIELDS = (PASSCODE, PASSWORD, doors.BACK, KIND, AGAIN, WAY)
"""The fields of the page that asks for the proof."""


def fresh(
    for_what: StrOrPromise = "",
) -> Callable[
    [Callable[Concatenate[Request, SignedIn, P], Answer]], Callable[Concatenate[Request, SignedIn, P], HttpResponse]
]:
    """Let a view answer `NeedsProof`; the proof is then asked for and the same form comes again with it.

    `for_what` completes "We ask once more …" ("before your recovery codes change"). Stands under `doors.signed_in`.
    """

    def decorate(
        view: Callable[Concatenate[Request, SignedIn, P], Answer],
    ) -> Callable[Concatenate[Request, SignedIn, P], HttpResponse]:
        @wraps(view)
        def guarded(request: Request, me: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if request.method == "POST" and (AGAIN in request.POST or WAY in request.POST):
                return _turned(request, me, for_what)
            if not (request.method == "POST" and (PASSCODE in request.POST or PASSWORD in request.POST)):
                return _shown(request, me, view(request, me, *args, **kwargs), for_what)
            proved = _prove(request, me, for_what)
            if isinstance(proved, HttpResponse):
                return proved
            request.me = proved.me
            response = _shown(request, proved.me, view(request, proved.me, *args, **kwargs), for_what)
            # The secret of the session changed with its assurance; a view that ended the session has the last word.
            if not cookies.is_put(response, request, cookies.SESSION):
                cookies.put(response, request, cookies.SESSION, proved.session_token)
            return response

        return guarded

    return decorate


def _shown(request: Request, me: SignedIn, answer: Answer, for_what: StrOrPromise) -> HttpResponse:
    return _ask(request, me, for_what, answer.kind) if isinstance(answer, NeedsProof) else answer


def _turned(request: Request, me: SignedIn, for_what: StrOrPromise) -> HttpResponse:
    """Send a code again, or turn to another way; everything that was posted stays."""
    posted = forms.Posted(request)
    way = posted.choice(WAY, KINDS)
    kind = way or posted.choice(KIND, KINDS)
    if way:
        return _ask(request, me, for_what, kind)
    outcome = prove.send_again(request.services, request.visit, me, kind)
    if isinstance(outcome, Done):
        return _ask(request, me, for_what, kind)
    sentence = words.refusal(outcome.because, now=request.services.clock.now(), kind=KINDS.get(kind))
    response = _ask(request, me, for_what, kind, errors={"page": sentence})
    return _slowed(request, response, outcome.because, stopped=outcome.because.at is not None)


def _prove(request: Request, me: SignedIn, for_what: StrOrPromise) -> Proved | HttpResponse:
    posted = forms.Posted(request)
    passcode = posted.raw(PASSCODE)
    password = posted.raw(PASSWORD)
    kind = posted.choice(KIND, KINDS)
    if posted.errors:
        return _ask(request, me, for_what, kind, errors={"proof": next(iter(posted.errors.values()))})
    outcome = prove.prove(request.services, request.visit, me, passcode=passcode, password=password, kind=kind)
    match outcome:
        case Proved():
            return outcome
        case Conflict():
            # Another tab proved or ended this session at the same moment.
            return pages.go(request, _back(request))
        case Refuse(because=because, stopped=stopped):
            sentence = _why_refused(request, because, KINDS.get(kind))
            response = _ask(request, me, for_what, kind, errors={"proof": sentence})
            return _slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


def _why_refused(request: Request, because: Refusal, kind: KindWords | None) -> str:
    now = request.services.clock.now()
    if PASSCODE in request.POST:
        return words.refusal(because, now=now, kind=kind)
    if because.no is No.WRONG:
        return gettext("That password is not right.")
    return words.sign_in_refusal(because, now=now)


def _slowed(request: Request, response: HttpResponse, because: Refusal, *, stopped: bool) -> HttpResponse:
    if because.no is No.BUSY:
        response.status_code = errors.BUSY
        response.headers["Retry-After"] = "2"
    elif stopped:
        response.status_code = errors.TOO_MANY
        if because.at is not None:
            now = request.services.clock.now()
            response.headers["Retry-After"] = str(max(1, pages.seconds_until(because.at, now)))
    return response


def _ask(
    request: Request, me: SignedIn, for_what: StrOrPromise, kind: str, *, errors: dict[str, str] | None = None
) -> HttpResponse:
    """Ask for the proof. Where it is a code that is sent, one is sent now, unless one is live or this answers a GET."""
    if request.method == "POST" and not errors:
        prove.choose(request.services, request.visit, me, kind)
    view = prove.look(request.services, request.visit, me, kind)
    back = _back(request)
    context: dict[str, object] = {
        "post_to": request.get_full_path(),
        "kept": [*forms.Posted(request).kept(but=FIELDS), (doors.BACK, back)],
        "asks": "second_factor" if view.by_passcode else "password",
        "kind": view.kind,
        "for_what": for_what,
        "ways": [
            {"kind": way.kind, "text": words_for(way.kind, way.things).another_way(way.labels)}
            for way in view.ways
            if way.kind != view.kind and way.kind in KINDS
        ],
        "provider": None,
        "back_url": back,
        **(_where(request, view) if view.by_passcode else {}),
    }
    return pages.page(request, "prove.html", context, errors=errors)


def _where(request: Request, view: ProofView) -> dict[str, object]:
    recovery = gettext("A recovery code works here, too.")
    if not view.kind:
        sentence = words.refusal(Refusal(No.PROVED_BY_MAILBOX), now=request.services.clock.now())
        return {"where_to_look": sentence}
    things = (thing for way in view.ways if way.kind == view.kind for thing in way.things)
    kind, name = words_for(view.kind, things), request.account.name
    if view.challenge is None:
        return {"where_to_look": f"{kind.where_to_look(Asked(account_name=name, shown=view.shown))} {recovery}"}
    sent = code_sent.shown(
        view.challenge,
        kind,
        account_name=name,
        now=request.services.clock.now(),
        has_other_ways=any(way.kind != view.kind and way.kind in KINDS for way in view.ways),
        more=recovery,
    )
    return {"where_to_look": sent.where_to_look, "watch": sent.watch, **sent.context}


def _back(request: Request) -> str:
    """Return the page that the act was begun from: what its form is sent to can often not be opened."""
    return doors.page_of_form(request) or "/"
