"""What the page Text messages shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core import texts
from twofold.core.texts import METHODS, PROVIDERS, Provider, Sender
from twofold.flows import failed_sends
from twofold.ports.outbox import SendState
from twofold.settings import settings
from twofold.web import moments
from twofold.web.admin import failures
from twofold.web.regions import CONTINENTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django_stubs_ext import StrOrPromise

    from twofold.flows.sms_settings import SmsView, TestView, Wish
    from twofold.web.request import Request

NAMES: Final[dict[Provider, StrOrPromise]] = {
    Provider.TWILIO: "Twilio",
    Provider.VONAGE: "Vonage",
    Provider.HTTP: gettext_lazy("Another gateway, over HTTP"),
}
_PLACEHOLDERS: Final = ("to", "number", "text", "from", "user", "secret", "basic", "receipt", "id", "minutes", "coding")
_BECAME: Final[dict[SendState | None, StrOrPromise]] = {
    SendState.WAITING: gettext_lazy("It has not left us yet."),
    SendState.TRIED_AGAIN: gettext_lazy("It could not be sent yet, and is tried again."),
    SendState.HANDED_OVER: gettext_lazy("The provider took it; nobody has told us yet that it arrived."),
    SendState.DELIVERED: gettext_lazy("The provider says that it arrived."),
    SendState.UNDELIVERED: gettext_lazy("The provider says that it could not be delivered."),
    SendState.FAILED: gettext_lazy("It could not be sent."),
    SendState.UNCLEAR: gettext_lazy("The provider did not say what it did; it may have been sent."),
    None: "",
}


def context(
    request: Request, view: SmsView, wrong: Mapping[str, str], *, wish: Wish | None, number: str
) -> dict[str, object]:
    """Return what the template asks for; what was typed stands over what is stored."""
    here = settings()
    services, account = request.services, request.account.id
    now = services.clock.now()
    limits = services.texts.limits(account)
    sender = wish.sender if wish else view.sender
    countries = wish.countries if wish else view.countries
    chosen = sender.provider.value if sender else "none"
    failed = [one for one in failed_sends.look(services, account) if one.channel == "sms"]
    return {
        "here": "texts",
        "version": view.version,
        "picked": {name: name == chosen for name in ("none", *(provider.value for provider in Provider))},
        "placeholders": [f"{{{name}}}" for name in _PLACEHOLDERS],
        "names": {provider.value: name for provider, name in NAMES.items()},
        "stored": view.sender.provider.value if view.sender and view.has_secret else "",
        "form": {provider.value: _fields(sender, provider) for provider in Provider},
        "methods": [(method, method) for method in METHODS],
        "is_demo": here.is_demo,
        "is_set": services.outbox.can_send(account, "sms"),
        "from_environment": _told(here.sms_sender) if here.sms_provider else None,
        "countries_from_environment": here.sms_countries,
        "everywhere": limits.countries is None,
        "continents": _continents(countries),
        "is_nowhere": limits.countries is not None and not limits.countries,
        "budget_from_environment": here.sms_budget,
        "budget": wish.budget_a_day if wish else view.budget_a_day,
        "sent_today": view.sent_today,
        "for_end_users": limits.end_users_a_day,
        "test": _test(view.test) if view.test else None,
        "test_number": number,
        "proved_at": moments.day_and_clock(view.proved_at, now=now) if view.proved_at else "",
        "failures": failures.shown(failed, now=now),
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }


def _fields(sender: Sender | None, provider: Provider) -> dict[str, str]:
    """Return the fields of one provider, filled in where it is the chosen one; never its secret."""
    shown = sender if sender and sender.provider is provider else Sender(provider=provider)
    return {
        "address": shown.address,
        "usual": PROVIDERS[provider].address,
        "method": shown.method,
        "headers": shown.headers,
        "body": shown.body,
        "says": shown.says,
        "user": shown.user,
        "sender": shown.sender,
    }


def _told(sender: Sender) -> dict[str, str]:
    host = texts.address_of(sender).partition("://")[2].partition("/")[0].partition("?")[0]
    return {"provider": str(NAMES[sender.provider]), "host": host, "sender": sender.sender}


def _continents(ticked: frozenset[str]) -> list[dict[str, object]]:
    shown = []
    for name, regions in CONTINENTS:
        rows = [{"code": code, "name": words, "ticked": code in ticked} for code, words in regions.items()]
        count = sum(code in ticked for code in regions)
        summary = gettext("%(continent)s: %(count)d of %(all)d") % {
            "continent": name,
            "count": count,
            "all": len(rows),
        }
        shown.append({"summary": summary, "regions": rows, "is_open": count > 0})
    return shown


def _test(test: TestView) -> dict[str, str]:
    return {
        "sent_to": test.sent_to,
        "sent_at": moments.clock(test.sent_at),
        "became": str(_BECAME[test.state]),
        "has_failed": "yes" if test.state in {SendState.FAILED, SendState.UNCLEAR, SendState.UNDELIVERED} else "",
    }
