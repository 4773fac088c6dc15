"""The wizard's page that connects what was chosen: what is asked for first, the key or what was sent, and the code."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from twofold.core.refusals import No, Refusal
from twofold.flows import set_up
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, Refuse
from twofold.flows.set_up import Offered
from twofold.web import code_sent, entering, forms, pages, set_up_end, sign_in, tokens, wizard, words
from twofold.web.kinds.registry import words_for
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.core.json import JsonObject
    from twofold.flows.set_up import SetUpView
    from twofold.web.kinds.contract import KindWords
    from twofold.web.request import Request

_LONGEST_FIELD = 64


@require_http_methods(["GET", "HEAD", "POST"])
def connect(request: Request) -> HttpResponse:
    """Ask for what is needed first, then show a key (in answers to POST only) or what was sent, and take the code."""
    posted = forms.Posted(request)
    if request.method == "POST" and posted.tick("saved"):
        return set_up_end.recovery_codes(request)
    view = wizard.look(request)
    if not isinstance(view, set_up.SetUpView):
        return set_up_end.after_codes(request) if request.me is not None else view
    if view.mailbox is not None or view.offered is None:
        return pages.go(request, wizard.place(view))
    kind = _words(view)
    if request.method != "POST":
        return _opened(request, view, kind)
    if posted.tick("again"):
        return _went_on(request, set_up.send_again(request.services, request.visit, wizard.token(request)))
    if posted.tick("back"):
        return _went_on(request, set_up.start_over(request.services, request.visit, wizard.token(request)))
    if posted.tick("settings"):
        return _with_settings(request, posted, kind)
    if view.asks:
        return _with_field(request, view, posted)
    if "passcode" not in request.POST:
        return _page(request, view)
    return _with_passcode(request, view, posted)


def _opened(request: Request, view: SetUpView, kind: KindWords) -> HttpResponse:
    """Answer GET: a secret is only announced."""
    if view.asks or kind.secret is None:
        return _page(request, view)
    context = {
        "is_forced": wizard.is_forced(view),
        "step": wizard.step(view, wizard.CONNECT),
        "secret": kind.secret,
        **wizard.ends(request, view),
    }
    return pages.page(request, "set_up/connect_show.html", context, person=view.person)


def _with_settings(request: Request, posted: forms.Posted, kind: KindWords) -> HttpResponse:
    """Offer anew with other settings; the answer to this POST shows the new key at once."""
    asked: JsonObject = {}
    for name, values in kind.settings.items():
        value = posted.choice(name, values)
        if value:
            asked[name] = values[value]
    outcome = set_up.advance(request.services, request.visit, wizard.token(request), asked)
    return _shown(request, outcome)


def _with_field(request: Request, view: SetUpView, posted: forms.Posted) -> HttpResponse:
    """Take what the page asked for; what is wrong with it stands beside the field."""
    field = view.asks
    if field not in request.POST:
        return _page(request, view)
    typed = posted.text(field, most=_LONGEST_FIELD)
    if posted.errors:
        return _page(request, view, errors=posted.errors)
    outcome = set_up.advance(request.services, request.visit, wizard.token(request), {field: typed})
    return _went_on(request, outcome, field=field, typed=typed)


def _with_passcode(request: Request, view: SetUpView, posted: forms.Posted) -> HttpResponse:
    typed = posted.raw("passcode")
    if posted.errors or not typed.strip():
        return _refused(request, view, Refusal(No.TOO_LONG if posted.errors else No.UNREADABLE))
    outcome = set_up.confirm(request.services, request.visit, wizard.token(request), {"passcode": typed})
    match outcome:
        case Admitted():
            return _confirmed(request, view, outcome)
        case Refuse(because=because, stopped=stopped):
            return _refused(request, view, because, stopped=stopped)
        case GoOn() | Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case _:
            assert_never(outcome)


def _words(view: SetUpView) -> KindWords:
    return words_for(view.offered or "", (view.thing,))


def _went_on(
    request: Request, outcome: Offered | Refuse | GoOn | Ended, *, field: str = "page", typed: str = ""
) -> HttpResponse:
    """Lead to the page as it is after a step; a refusal stands beside the field that it is about, else above all."""
    match outcome:
        case Offered():
            return pages.go(request, wizard.CONNECT)
        case Refuse(because=because):
            view = wizard.look(request)
            if not isinstance(view, set_up.SetUpView):
                return view
            if view.offered is None:
                return pages.go(request, wizard.place(view))
            about = field if because.no in _OF_THE_FIELD else "page"
            sentence = words.refusal(because, now=request.services.clock.now(), kind=_words(view))
            response = _page(request, view, errors={about: sentence}, typed=typed)
            return sign_in.slowed(request, response, because, stopped=because.at is not None)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case _:
            assert_never(outcome)


_OF_THE_FIELD = frozenset({No.NUMBER_UNREADABLE, No.NUMBER_NOT_FOR_TEXTS, No.COUNTRY_NOT_SERVED})


def _shown(request: Request, outcome: Offered | Refuse | GoOn | Ended) -> HttpResponse:
    if not isinstance(outcome, Offered):
        return _went_on(request, outcome)
    view = wizard.look(request)
    return _page(request, view) if isinstance(view, set_up.SetUpView) else view


def _refused(request: Request, view: SetUpView, because: Refusal, *, stopped: bool = False) -> HttpResponse:
    kind = _words(view) if view.offered else None
    sentence = words.refusal(because, now=request.services.clock.now(), kind=kind)
    response = _page(request, view, errors={"passcode": sentence})
    return sign_in.slowed(request, response, because, stopped=stopped)


def _page(request: Request, view: SetUpView, *, errors: dict[str, str] | None = None, typed: str = "") -> HttpResponse:
    """Show the page of the present stage; a key is asked of the flow here, so only ever for an answer to POST."""
    if view.offered is None:
        return pages.go(request, wizard.place(view))
    kind = _words(view)
    context: dict[str, object] = {
        "is_forced": wizard.is_forced(view),
        "step": wizard.step(view, wizard.CONNECT),
        "replaces_older": bool(view.replaces),
        "typed": typed,
        **wizard.ends(request, view),
    }
    if view.challenge is not None:
        now = request.services.clock.now()
        sent = code_sent.shown(view.challenge, kind, account_name=request.account.name, now=now, has_other_ways=True)
        context |= {"where_to_look": sent.where_to_look, "watch": sent.watch, **sent.context}
        context |= kind.connect(view.challenge.shown)
    else:
        offered = set_up.offer(request.services, request.visit, wizard.token(request), kind.kind)
        if not isinstance(offered, Offered):
            return _went_on(request, offered)
        context |= {"holds_secrets": True, **kind.connect(offered.shown)}
    template = kind.stages[view.asks] if view.asks else kind.connect_template
    return pages.page(request, template, context, person=view.person, errors=errors)


def _confirmed(request: Request, view: SetUpView, admitted: Admitted) -> HttpResponse:
    """Show the recovery codes at once, in this answer: they exist nowhere else in readable form."""
    onward = admitted.next_url or entering.onward_of(request)
    if admitted.show_codes:
        tokens.renew(request)
        response = set_up_end.codes_page(
            request,
            admitted.person,
            admitted.show_codes,
            is_forced=wizard.is_forced(view),
            step=wizard.step(view, entering.RECOVERY_CODES),
        )
    else:
        response = pages.go(request, entering.SET_UP_DONE)
    entering.set_cookies(request, response, admitted)
    entering.put_onward(request, response, onward)
    return response
