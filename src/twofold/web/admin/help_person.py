"""People > NAME > Help NAME sign in: what happened, how do you know who it is, and what follows."""

from __future__ import annotations

from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.helping import Act, Check, What
from twofold.core.ids import LENGTH, HelpCallId, PersonId
from twofold.core.refusals import No
from twofold.core.roles import Barrier, Permission, Refused, Role
from twofold.flows import help_calls, helping, paths
from twofold.flows.approvals import Asked
from twofold.flows.doing import Given
from twofold.flows.help_answers import Answers, Unfit
from twofold.flows.helping import HelpView, TooOften
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.ports.outbox import SendState
from twofold.ports.people import LONGEST_NAME
from twofold.web import errors, forms, moments, pages, told, words
from twofold.web.admin import help_words, person_words
from twofold.web.doors import allowed, signed_in
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpResponse

    from twofold.flows.help_answers import Choice
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

P = ParamSpec("P")
_SENT: Final = told.declare("words_sent", "good", gettext_lazy("Four words are on their way."))
ASKED: Final = told.declare(
    "help_asked", "good", gettext_lazy("Asked. Whoever may agree was mailed, and so was the person.")
)
_DONE: Final = {
    Act.RESET: told.declare("help_reset", "good", gettext_lazy("Reset. The next sign-in leads through set-up.")),
    Act.END_WAIT: told.declare("help_wait_ended", "good", gettext_lazy("The wait is over. Codes are looked at again.")),
    Act.LET_IN: told.declare("help_let_in", "good", gettext_lazy("Let in for a while. Set-up comes later.")),
}
_PLAIN: Final = told.declare("help_done", "good", gettext_lazy("Done."))


def helpers(
    view: Callable[Concatenate[Request, SignedIn, P], HttpResponse],
) -> Callable[Concatenate[Request, SignedIn, P], HttpResponse]:
    """Let in owners and admins, auditors to read, and agents who may help end users. Stands under `signed_in`."""
    by_role = allowed(Permission.EDIT_PEOPLE)(view)

    @wraps(view)
    def guarded(request: Request, me: SignedIn, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if help_calls.helps_end_users(me.person):
            return view(request, me, *args, **kwargs)
        return by_role(request, me, *args, **kwargs)

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@helpers
@fresh(gettext_lazy("before you help somebody sign in"))
def page(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Ask the three questions, a page each; the last one's button does it."""
    if request.method == "POST":
        return _give(request, me, person_id)
    what = _chosen(request, "what", set(What))
    view = _looked(request, me, person_id, What(what) if what else None)
    if not isinstance(view, HelpView):
        return view
    check = _chosen(request, "check", set(Check))
    return _page(request, view, What(what) if what else None, Check(check) if check else None)


@require_POST
@signed_in
@helpers
@fresh(gettext_lazy("before you help somebody sign in"))
def send_words(request: Request, me: SignedIn, person_id: str) -> Answer:
    """Send four words to something on file, and go back to the page that takes them."""
    posted = forms.Posted(request)
    what = What(posted.choice("what", set(What), default=What.WAITING.value))
    channel = posted.raw("channel", most=16)
    outcome = helping.send_words(request.services, request.visit, me, PersonId(person_id), what=what, channel=channel)
    match outcome:
        case Done():
            onward = {"what": what.value, "check": Check.FOUR_WORDS.value, "call": posted.raw("call", most=LENGTH)}
            return pages.go(request, pages.go_with(f"{paths.person(person_id)}/help", **onward), said=_SENT)
        case Refuse(because=because) if because.no is not No.NOT_ALLOWED:
            view = _looked(request, me, person_id, what)
            if not isinstance(view, HelpView):
                return view
            sentence = words.refusal(because, now=request.services.clock.now())
            return _page(request, view, what, Check.FOUR_WORDS, wrong={"page": sentence})
        case _:
            return _answered(request, outcome)


def _give(request: Request, me: SignedIn, person_id: str) -> Answer:
    posted = forms.Posted(request)
    what = What(posted.choice("what", set(What), default=What.WAITING.value))
    check = posted.choice("check", set(Check))
    seconds = posted.raw("how_long", most=10)
    answers = Answers(
        what=what,
        check=Check(check) if check else None,
        reason=posted.text("reason", most=helping.LONGEST_REASON),
        vouched_by=posted.text("vouched_by", most=LONGEST_NAME),
        words=posted.raw("words"),
        how_long=timedelta(seconds=int(seconds)) if seconds.isascii() and seconds.isdecimal() else None,
        call=posted.raw("call", most=LENGTH),
    )
    outcome = helping.give(request.services, request.visit, me, PersonId(person_id), answers)
    if posted.errors and not isinstance(outcome, Given | Asked):
        return _again(request, me, person_id, answers, posted.errors)
    match outcome:
        case Given():
            return given(request, me, outcome)
        case Asked(id=act_id):
            return pages.go(request, paths.request(act_id), said=ASKED)
        case Unfit():
            return _again(request, me, person_id, answers, dict([help_words.problem(outcome)]))
        case TooOften(at=at):
            until = moments.soon(at, now=request.services.clock.now()) if at else ""
            sentence = gettext("You have helped as often as an agent may in a day. The next time is %(until)s.")
            return _again(request, me, person_id, answers, {"page": sentence % {"until": until}})
        case Conflict():
            return _again(request, me, person_id, answers, {"page": person_words.meanwhile()})
        case _:
            return _answered(request, outcome)


def given(request: Request, me: SignedIn, outcome: Given) -> HttpResponse:
    """Say what was done: a code is shown once, in this very answer."""
    back = paths.person(outcome.person.id) if me.person.role is not Role.AGENT else paths.HELP
    if not outcome.code:
        onward = paths.PEOPLE if outcome.act is Act.REMOVE else back
        return pages.go(request, onward, said=_DONE.get(outcome.act, _PLAIN))
    now = request.services.clock.now()
    context: dict[str, object] = {
        "here": "help",
        "code": outcome.code,
        "is_pass": outcome.act is Act.ACCESS_PASS,
        "until": moments.soon(outcome.until, now=now) if outcome.until else "",
        "who": help_words.name_of(outcome.person),
        "back_url": back,
        "holds_secrets": True,
    }
    return pages.page(request, "admin/help_given.html", context)


def _looked(request: Request, me: SignedIn, person_id: str, what: What | None) -> HelpView | HttpResponse:
    view = helping.look(request.services, request.visit, me, PersonId(person_id), what=what)
    return view if isinstance(view, HelpView) else barred(request, view)


def _again(request: Request, me: SignedIn, person_id: str, answers: Answers, wrong: Mapping[str, str]) -> HttpResponse:
    view = _looked(request, me, person_id, answers.what)
    if not isinstance(view, HelpView):
        return view
    return _page(request, view, answers.what, answers.check, answers=answers, wrong=wrong)


def _answered(request: Request, outcome: Gone | Refuse | Barred | NeedsProof | HoldsNothing) -> Answer:
    """Answer whatever keeps this helper from an act."""
    if isinstance(outcome, NeedsProof):
        return outcome
    return holds_nothing(request) if isinstance(outcome, HoldsNothing) else barred(request, outcome)


def barred(request: Request, outcome: Gone | Refuse | Barred) -> HttpResponse:
    """Answer whatever keeps this helper from the page."""
    match outcome:
        case Gone() | Refuse():
            return errors.of(request, outcome)
        case Barred(helping=Refused(because=Barrier.ONESELF)):
            # One's own sign-in is looked after where everybody does that.
            return pages.go(request, paths.SECURITY)
        case Barred(helping=why):
            return errors.answer(request, errors.FORBIDDEN, what_next=person_words.barred(why))
        case _:
            assert_never(outcome)


def holds_nothing(request: Request, why: str = "") -> HttpResponse:
    """Lead a helper without a second factor to their own set-up first; `why` they need it, where it is not to help."""
    return errors.answer(
        request,
        errors.FORBIDDEN,
        title=gettext("Set up your own second factor first"),
        what_next=why or gettext("Whoever can let others in needs more than a password. It takes two minutes."),
        link=(paths.SECURITY, gettext("Open your security settings")),
    )


def _page(
    request: Request,
    view: HelpView,
    what: What | None,
    check: Check | None,
    *,
    answers: Answers | None = None,
    wrong: Mapping[str, str] | None = None,
) -> HttpResponse:
    now = request.services.clock.now()
    choice = view.choice(what) if what else None
    check = check if check in view.checks else None
    call = request.GET.get("call", "") or (answers.call if answers else "")
    context: dict[str, object] = {
        "here": "help",
        "one": {
            "id": view.person.id,
            "name": help_words.name_of(view.person),
            "email": view.person.email,
            "role_word": pages.role_word(view.person.role),
        },
        "state": {"word": words.standing_word(view.standing, now=now), "tone": words.standing_tone(view.standing)},
        "obstacles": [help_words.obstacle(one, now=now) for one in view.obstacles],
        "calls": [help_words.called(one, now=now) for one in view.calls],
        "call": call if call in {one.id for one in view.calls} else "",
        "agents_left": view.agents_left,
        "holds_own": view.holds_own,
        "is_agent": view.agents_left is not None,
        "step": 1 if choice is None else 2 if check is None else 3,
        "choices": [
            {"value": one.what.value, "title": title, "line": line, "ticked": one.what is what}
            for one in view.choices
            for title, line in (help_words.WHAT[one.what],)
        ],
        "checks": [
            {"value": one.value, "title": title, "line": line}
            for one in view.checks
            for title, line in (help_words.CHECKS[one],)
            if one is not Check.FOUR_WORDS or view.targets
        ],
        "what": what.value if what else "",
        "check": check.value if check else "",
        **_third(view, choice, check, answers, now_word=moments.soon(view.words.until, now=now) if view.words else ""),
        **pages.once(request),
    }
    status = errors.BAD_REQUEST if wrong else 200
    return pages.page(request, "admin/help_person.html", context, status=status, errors=wrong)


def _third(
    view: HelpView, choice: Choice | None, check: Check | None, answers: Answers | None, *, now_word: str
) -> dict[str, object]:
    """Return what the third page shows beside the answers so far."""
    if choice is None or check is None:
        return {}
    sent = view.words if view.words and view.words.channel in {one.channel for one in view.targets} else None
    return {
        "what_word": help_words.WHAT[choice.what][0],
        "check_word": help_words.CHECKS[check][0],
        "follows": help_words.follows(view, choice),
        "button": help_words.button(choice),
        "asks_who": check is Check.VOUCHED,
        "words": {
            "targets": [{"channel": one.channel, "shown": one.shown} for one in view.targets],
            "sent_to": sent.shown if sent else "",
            "until": now_word if sent else "",
            "failed": sent is not None and sent.sending in {SendState.FAILED, SendState.UNCLEAR, SendState.UNDELIVERED},
        }
        if check is Check.FOUR_WORDS
        else None,
        "lengths": help_words.how_long(choice.act),
        "how_long": str(int(answers.how_long.total_seconds()))
        if answers and answers.how_long
        else help_words.proposed(choice.act),
        "reason": answers.reason if answers else "",
        "vouched_by": answers.vouched_by if answers else "",
    }


def _chosen(request: Request, name: str, allowed: set[str]) -> str:
    """Return a choice that stands in the address; anything else is as good as none."""
    value = request.GET.get(name, "")
    return value if value in allowed else ""


@require_POST
@signed_in
@helpers
def close_call(request: Request, me: SignedIn, call_id: str) -> HttpResponse:
    """Take a call off the list."""
    outcome = helping.close_call(request.services, request.visit, me, HelpCallId(call_id))
    match outcome:
        case Done():
            return pages.go(request, paths.HELP)
        case Gone() | Refuse():
            return errors.of(request, outcome)
        case _:
            assert_never(outcome)
