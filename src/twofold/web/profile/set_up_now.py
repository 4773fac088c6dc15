"""The link "Set up now" of our mails: a button within a session, else the password, then straight into set-up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils.translation import gettext, gettext_lazy

from twofold.core.refusals import No
from twofold.flows import set_up_link
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, NeedsProof, Refuse, Stage
from twofold.flows.set_up_link import Begun, SetUpLinkView
from twofold.web import cookies, doors, entering, errors, forms, pages, told, wizard, words
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods
from twofold.web.profile.password import LINK
from twofold.web.sign_in import slowed

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

SENT: Final = told.declare(
    "set_up_link_sent",
    "",
    gettext_lazy(
        "If set-up still waits for you, a new link is on its way to your mailbox. Signing in leads there as well."
    ),
)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """Show whom the link is for; nothing happens before the button."""
    token = request.GET.get(LINK, "")
    view = set_up_link.look(request.services, request.visit, token)
    if not isinstance(view, SetUpLinkView):
        return _expired(request, token)
    me = request.me
    if me is not None and me.person.id == view.person_id:
        return _within_session(request)
    pages.speak(request)
    if request.method != "POST":
        return _page(request, view.email)
    posted = forms.Posted(request)
    password = posted.raw("password")
    if not password and "password" not in posted.errors:
        posted.errors["password"] = gettext("Type your password.")
    if posted.errors:
        return _page(request, view.email, wrong=posted.errors, status=errors.BAD_REQUEST)
    return _signed_in(request, view.email, token, password)


def _signed_in(request: Request, email: str, token: str, password: str) -> HttpResponse:
    outcome = set_up_link.sign_in_by(
        request.services,
        request.visit,
        token=token,
        password=password,
        attempt_token=cookies.read(request, cookies.ATTEMPT),
    )
    match outcome:
        case Begun(admitted=admitted, attempt_token=attempt_token):
            response = pages.go(request, wizard.CHOOSE)
            entering.set_cookies(request, response, admitted)
            entering.put_onward(request, response, "")
            cookies.put(response, request, cookies.ATTEMPT, attempt_token)
            return response
        case Admitted():
            return entering.admit(request, outcome)
        case GoOn():
            return _into_set_up(request, outcome)
        case Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because) if because.no is No.ENDED:
            return _expired(request, token)
        case Refuse(because=because, stopped=stopped):
            sentence = words.sign_in_refusal(because, now=request.services.clock.now())
            if because.no is No.WRONG:
                sentence = gettext("That password is not right.")
            response = _page(request, email, wrong={"password": sentence})
            return slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


@doors.signed_in
@fresh(gettext_lazy("before you set up two-factor authentication"))
def _within_session(request: Request, me: SignedIn) -> Answer:
    if request.method != "POST":
        return _page(request, me.person.email, asks_password=False)
    token = request.GET.get(LINK, "")
    outcome = set_up_link.begin(request.services, request.visit, me, token)
    match outcome:
        case NeedsProof():
            return outcome
        case GoOn():
            return _into_set_up(request, outcome)
        case Refuse():
            return _expired(request, token)
        case _:
            assert_never(outcome)


def _into_set_up(request: Request, outcome: GoOn) -> HttpResponse:
    """Go on to the choice of what to set up; the wizard itself leads back to what has to come before."""
    response = entering.go_on(request, outcome)
    if outcome.stage is Stage.SET_UP:
        response.headers["Location"] = wizard.CHOOSE
    return response


def _page(
    request: Request,
    email: str,
    *,
    asks_password: bool = True,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, object] = {"claimant_email": email, "asks_password": asks_password, **pages.once(request)}
    return pages.page(request, "set_up_now.html", context, errors=wrong, status=status)


def _expired(request: Request, token: str) -> HttpResponse:
    """Offer a new link in place of one that does not work: the same for every such link, whoever's it was."""
    pages.speak(request)
    if request.method == "POST" and forms.Posted(request).tick("again"):
        set_up_link.ask_again(request.services, request.visit, token)
        return pages.go(request, doors.SIGN_IN if request.me is None else entering.HOME, said=SENT)
    context: dict[str, object] = {"new_link_url": "", "mails_new_link": True}
    return pages.page(request, "link_expired.html", context, status=errors.NOT_FOUND)
