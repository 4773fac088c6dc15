"""Rendering: what every page is given, in the reader's language and time zone."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext, gettext_lazy

from twofold.core.roles import Audience, Permission, Role, audience_of, may_read
from twofold.flows import help_calls, password_rules
from twofold.ports.clock import ForwardClock
from twofold.settings import settings
from twofold.web import answers, cookies, moments, skeletons, spans, tokens, told, typed_again

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.web.request import Request
    from twofold.web.told import Told

TYPED_BEFORE = told.declare(
    "typed_before",
    "warn",
    gettext_lazy("What you typed before you were signed out is back. It is not saved yet: look at it, then send it."),
)
_FOUND = 303


def speak(request: Request, person: Subscriber | None = None) -> None:
    """Set language and time zone for the rest of this request: the person's, else the account's.

    Strangers are spoken to in the language they chose, or their browser's. Call this before words are put together.
    """
    account = request.account
    zone = account.time_zone
    if person is not None:
        language = person.locale or account.locale
        zone = person.time_zone or zone
    else:
        language = _strangers_language(request)
    request.language = _supported(language)
    translation.activate(request.language)
    timezone.activate(ZoneInfo(zone))


def page(
    request: Request,
    template: str,
    context: Mapping[str, object] | None = None,
    *,
    status: int = 200,
    person: Subscriber | None = None,
    errors: Mapping[str, str] | None = None,
    printed: Mapping[str, str | int] | None = None,
) -> HttpResponse:
    """Return a rendered page.

    `person` is whose page it is while nobody is signed in (the claimant of an attempt); a signed-in person is found
    by itself. `errors` maps a field, or "page", to a message. Holds for templates: autoescaping is on. With `printed`
    (what the template prints and never asks for) the page is kept for all who see the same but for that.
    """
    signed_in = request.known_me
    reader = person or (signed_in.person if signed_in else None)
    if not request.language:
        speak(request, reader)
    said = told.find(cookies.read(request, told.COOKIE))
    whole: dict[str, object] = {
        "account": account_shown(request.account, audience_of(reader.role) if reader else None),
        "language": request.language,
        "languages": _languages(request),
        "notice": _shown(said) if said else None,
        "demo_banner": _demo_banner(request),
        "errors": {},
        "holds_secrets": False,
        "area": area_of(reader) if reader else "",
        "warn_in": None,
    }
    if signed_in is not None:
        whole["person"] = person_shown(signed_in.person)
    whole.update(context or {})
    if errors:
        whole["errors"] = dict(errors)

    def token() -> str:
        # Only where a form asks for it: it sets a cookie.
        return tokens.token(request)

    if printed is None:
        asked_for = {
            skeletons.TOKEN: SimpleLazyObject(token),
            # Of the pages on which a new password is chosen.
            "password_least": SimpleLazyObject(lambda: password_rules.of(request.services, request.account.id).least),
        }
        html = _rendered(request, template, {**whole, **asked_for}, signed_in)
    else:
        html = skeletons.filled(template, whole, printed, token=token)
    response = answers.Html(html, status)
    if said:
        cookies.clear(response, request, told.COOKIE)
    if reader is None and request.GET:
        chosen = request.GET.get("language", "")
        if chosen in dict(django_settings.LANGUAGES):
            cookies.put(response, request, cookies.LANGUAGE, chosen, keep_for=cookies.FOR_LONG)
    return response


def _rendered(request: Request, template: str, context: Mapping[str, object], me: SignedIn | None) -> str:
    """Return a page, with what was typed into its form before the person was signed out, where there is such."""
    html: str = get_template(template).render(dict(context), request)
    typed = typed_again.find(request, me)
    if typed is None or typed_again.filled(request, typed, html) is None:
        return html
    html = get_template(template).render({**context, "notice": _shown(TYPED_BEFORE)}, request)
    return typed_again.filled(request, typed, html) or html


def once(request: Request) -> dict[str, object]:
    """Return what makes "reload" and "back" ask for a page again by GET, where it is the answer to a POST.

    Without it they would send a wrong code once more, which costs a try.
    """
    return {"holds_secrets": request.method == "POST"}


def go(request: Request, url: str, *, said: Told | None = None) -> HttpResponse:
    """Return a redirect that is followed by GET (303); `said` is told on the page it leads to."""
    response = answers.Html("", _FOUND)
    answers.lead_to(response, url)
    if said is not None:
        tell(request, response, said)
    return response


def tell(request: Request, response: HttpResponse, said: Told) -> None:
    """Let the page that a redirect leads to say this."""
    cookies.put(response, request, told.COOKIE, said.code)


def go_with(path: str, **query: str) -> str:
    """Return a path with those of the query's parts that are not empty."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def area_of(person: Subscriber) -> str:
    """Return what the site is called for this person's audience."""
    return gettext("Support") if audience_of(person.role) is Audience.TEAM else gettext("Help Center")


def role_word(role: Role) -> str:
    """Return the word for a role."""
    words = {
        Role.OWNER: gettext("Owner"),
        Role.ADMIN: gettext("Admin"),
        Role.AUDITOR: gettext("Auditor"),
        Role.AGENT: gettext("Agent"),
        Role.END_USER: gettext("End user"),
    }
    return words[role]


def person_shown(person: Subscriber) -> dict[str, object]:
    """Return what the bar of a signed-in page shows of its person."""
    return {
        "name": person.name or person.email,
        "email": person.email,
        "role_word": role_word(person.role),
        "may_see_admin_center": may_read(person.role, Permission.SEE_ADMIN_CENTER),
        "may_edit_mail": may_read(person.role, Permission.EDIT_MAIL),
        "may_see_audit": may_read(person.role, Permission.SEE_AUDIT),
        "reads_only": person.role is Role.AUDITOR,
        "helps_end_users": help_calls.helps_end_users(person),
    }


def account_shown(account: Account, audience: Audience | None) -> dict[str, object]:
    """Return what pages show of the account; its help text is the one for the audience, end users' for strangers."""
    help_text = account.help_team if audience is Audience.TEAM else account.help_end_users
    return {
        "name": account.name,
        "logo_url": f"/logo?v={account.version}" if account.logo else "",
        "privacy_url": account.privacy_url,
        "imprint_url": account.imprint_url,
        "help_text": help_text.text,
        "help_phone": help_text.phone,
        "help_hours": help_text.hours,
    }


def seconds_until(at: datetime, now: datetime) -> int:
    """Return whole seconds until an instant, rounded up, never negative."""
    return max(0, -int((now - at).total_seconds() // 1))


def _shown(said: Told) -> dict[str, object]:
    return {
        "tone": said.tone,
        "text": str(said.text),
        "link_url": said.link_url,
        "link_text": str(said.link_text),
    }


@cache
def _is_demo() -> bool:
    # Asked once, as `urls.py` does: no data folder becomes a demo's later.
    return settings().is_demo


def _demo_banner(request: Request) -> str:
    if not _is_demo():
        return ""
    clock = request.services.clock
    now = moments.day_and_clock(clock.now())
    if not isinstance(clock, ForwardClock) or not clock.ahead():
        return gettext("This is a demo. Its clock says %(now)s.") % {"now": now}
    return gettext(
        "This is a demo. Its clock says %(now)s, %(span)s ahead of yours: real phone apps no longer match."
    ) % {"now": now, "span": spans.rounded(clock.ahead())}


def _strangers_language(request: Request) -> str:
    chosen = request.GET.get("language", "") or cookies.read(request, cookies.LANGUAGE)
    if chosen:
        return chosen
    accepted = request.META.get("HTTP_ACCEPT_LANGUAGE", "")
    return _accepted_language(accepted[:_MOST_ACCEPTED]) or request.account.locale


_MOST_ACCEPTED = 200


@lru_cache(maxsize=256)
def _accepted_language(header: str) -> str:
    for part in header.split(","):
        try:
            return translation.get_supported_language_variant(part.partition(";")[0].strip())
        except LookupError:
            continue
    return ""


@lru_cache(maxsize=256)
def _supported(language: str) -> str:
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return django_settings.LANGUAGE_CODE


def _languages(request: Request) -> list[dict[str, object]]:
    # Links that change the language are for those whose profile does not say it.
    if request.method != "GET" or len(django_settings.LANGUAGES) < 2:  # noqa: PLR2004 -- one language is no choice
        return []
    return [
        {
            "code": code,
            "name": translation.get_language_info(code)["name_local"],
            "url": f"?{urlencode({**request.GET.dict(), 'language': code})}",
            "is_current": code == request.language,
        }
        for code, _name in django_settings.LANGUAGES
    ]
