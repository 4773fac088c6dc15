"""Admin Center > Account > Text messages: the provider, where texts may go, and a test that is typed back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core import texts
from twofold.core.refusals import No
from twofold.core.roles import Permission
from twofold.core.texts import METHODS, MOST_BUDGET, PROVIDERS, Provider, Sender, Unfit
from twofold.flows import sms_settings
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.flows.sms_settings import BadSender, Wish
from twofold.settings import settings
from twofold.web import errors, pages, told, words
from twofold.web.admin import texts_shown, typed_back
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import MOST_NUMBER, Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST
from twofold.web.regions import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.sms_settings import SmsView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

HERE: Final = "/admin/account/texts"
SAVED = told.declare("sms_saved", "good", gettext_lazy("Saved. Send a test text now, to see that it arrives."))
SENT = told.declare("sms_test_sent", "", gettext_lazy("A test text is on its way. Type its code below."))
PROVED = told.declare("sms_proved", "good", gettext_lazy("Texts arrive."))
_NOBODY: Final = "none"
_OF_THE_NUMBER: Final = frozenset({No.NUMBER_UNREADABLE, No.NUMBER_NOT_FOR_TEXTS, No.COUNTRY_NOT_SERVED})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_MAIL)
@fresh(gettext_lazy("before texts go another way"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show who sends texts and where they go, and take something else."""
    view = sms_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if request.method != "POST":
        return _page(request, view, {})
    posted = Posted(request)
    wish = _wish(posted, view)
    version = posted.number("version", least=0, most=MOST_NUMBER, default=view.version)
    if posted.errors:
        return _page(request, view, posted.errors, wish=wish)
    outcome = sms_settings.save(request.services, request.visit, me, wish, version=version)
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SAVED)
        case BadSender(problems=problems):
            prefix = wish.sender.provider.value if wish.sender else ""
            wrong = {f"{prefix}_{name}": _message(problem) for name, problem in problems.items()}
            return _page(request, view, wrong, wish=wish)
        case NeedsProof():
            return outcome
        case Conflict():
            return pages.go(request, HERE, said=typed_back.CONFLICT)
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)


@require_POST
@signed_in
@allowed(Permission.EDIT_MAIL)
def send_test(request: Request, me: SignedIn) -> HttpResponse:
    """Text a code to a number."""
    view = sms_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    posted = Posted(request)
    typed = posted.raw("test_number")
    if posted.errors:
        return _page(request, view, posted.errors)
    outcome = sms_settings.send_test(request.services, request.visit, me, typed)
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SENT)
        case Conflict():
            return pages.go(request, HERE, said=typed_back.CONFLICT)
        case Refuse(because=because) if because.no is No.NOT_ALLOWED:
            return errors.answer(request, errors.FORBIDDEN)
        case Refuse(because=because) if because.no is No.COUNTRY_NOT_SERVED:
            return _page(request, view, {"test_number": _not_served()}, number=typed)
        case Refuse(because=because) if because.no in _OF_THE_NUMBER:
            sentence = words.refusal(because, now=request.services.clock.now())
            return _page(request, view, {"test_number": sentence}, number=typed)
        case Refuse(because=because) if because.no is No.CANNOT_SEND and because.at is None:
            return _page(request, view, {"page": gettext("Name a provider first.")}, number=typed)
        case Refuse(because=because):
            sentence = words.refusal(because, now=request.services.clock.now())
            response = _page(request, view, {"page": sentence}, number=typed)
            response.status_code = errors.TOO_MANY
            return response


def _not_served() -> str:
    """Say what is to be done before a text goes to a country."""
    if settings().sms_countries:
        return gettext("The server's environment says which countries texts go to, and this number is of another.")
    return gettext("Tick the country of this number first, and save.")


@require_POST
@signed_in
@allowed(Permission.EDIT_MAIL)
def confirm_test(request: Request, me: SignedIn) -> HttpResponse:
    """Take the code that came back."""
    view = sms_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    return typed_back.taken(
        request,
        me,
        sms_settings.confirm_test,
        lambda wrong: _page(request, view, wrong),
        here=HERE,
        proved=PROVED,
        unreadable=gettext("Type the six digits from our newest text."),
    )


def _wish(posted: Posted, view: SmsView) -> Wish:
    """Return what was typed; what the environment says stands in no form, and stays as it is."""
    here = settings()
    sender = view.sender
    if not here.sms_provider:
        chosen = posted.choice("provider", [_NOBODY, *(provider.value for provider in Provider)], default=_NOBODY)
        sender = None if chosen == _NOBODY else _sender(posted, Provider(chosen))
    countries = view.countries
    if not here.sms_countries:
        countries = frozenset(code for code in NAMES if posted.tick(f"country_{code}"))
    budget = view.budget_a_day
    if not here.sms_budget:
        budget = posted.number("budget", least=1, most=MOST_BUDGET, default=budget)
    return Wish(sender=sender, countries=countries, budget_a_day=budget)


def _sender(posted: Posted, provider: Provider) -> Sender:
    at = provider.value
    is_free = not PROVIDERS[provider].address
    return Sender(
        provider=provider,
        address=posted.text(f"{at}_address", most=texts.LONGEST),
        method=posted.choice(f"{at}_method", METHODS, default=METHODS[0]) if is_free else METHODS[0],
        headers=posted.paragraph(f"{at}_headers", most=texts.LONGEST) if is_free else "",
        body=posted.paragraph(f"{at}_body", most=texts.LONGEST) if is_free else "",
        says=posted.text(f"{at}_says", most=texts.LONGEST_WORD) if is_free else "",
        user=posted.text(f"{at}_user", most=texts.LONGEST_WORD),
        secret=posted.raw(f"{at}_secret", most=texts.LONGEST_WORD),
        sender=posted.text(f"{at}_sender", most=texts.LONGEST_WORD),
    )


def _page(
    request: Request, view: SmsView, wrong: Mapping[str, str], *, wish: Wish | None = None, number: str = ""
) -> HttpResponse:
    context = texts_shown.context(request, view, wrong, wish=wish, number=number)
    return pages.page(request, "admin/texts.html", context, status=errors.BAD_REQUEST if wrong else 200, errors=wrong)


def _message(problem: Unfit) -> str:
    return {
        Unfit.MISSING: gettext("Fill this in: without it no text goes out."),
        Unfit.TOO_LONG: gettext("This is too long, or holds characters that cannot be sent."),
        Unfit.NOT_AN_ADDRESS: gettext(
            "Type an address that begins with https://, without a user name and with nothing in braces in its host."
        ),
        Unfit.PLAIN_HTTP: gettext(
            "Without TLS everybody on the way could read the codes. Use https; http is for this very computer."
        ),
        Unfit.UNKNOWN_PLACEHOLDER: gettext("Something in braces here is none of the words that are replaced."),
        Unfit.NO_PLACE_FOR_TEXT: gettext(
            "The address or the body has to say where the number goes, {to} or {number}, and where the text, {text}."
        ),
        Unfit.NOT_A_HEADER: gettext("Write one header on each line, as Name: value."),
        Unfit.NOT_A_SENDER: gettext(
            "Type a number with + and country code, or a name of at most eleven letters and digits."
        ),
        Unfit.SECRET_AGAIN: gettext("Type the secret again: the stored one is for what stood here before."),
    }[problem]
