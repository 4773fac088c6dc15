"""The gate in front of all pages: size, host, origin and CSRF."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse
from django.http.request import split_domain_port
from django.utils.translation import gettext

from twofold.flows import owner
from twofold.services import services
from twofold.settings import LOOPBACK_NAMES, settings
from twofold.web import cookies, csrf, errors, pages, ticks, uploads
from twofold.web.address import FORWARDING, came_plainly, client_address, has_unbelieved_headers
from twofold.web.methods import READING
from twofold.web.noticed import PLAIN_HTTP, UNBELIEVED, Noticed

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.web.request import Request

_LOOPBACK_ADDRESSES = frozenset({"127.0.0.1", "::1"})
_HOSTS_KEPT: Final = 512


class Gate:
    """Everything that happens around a view."""

    def __init__(self, get_response: Callable[[Request], HttpResponse]) -> None:
        self._get_response = get_response
        # Asked once: nothing of it changes while the process runs.
        self._is_https = settings().is_https
        self._unbelieved, self._plain = Noticed(UNBELIEVED), Noticed(PLAIN_HTTP)

    def __call__(self, request: Request) -> HttpResponse:
        """Answer one request."""
        if request.path_info == ticks.HEALTH:
            return ticks.healthz(request)
        request.is_https = self._is_https
        refused = _refused(request)
        if refused is not None:
            return errors.answer(request, refused, what_next=_what_next(request, refused))
        here = services()
        proxies = settings().proxies
        address = client_address(request.META, proxies)
        account = here.accounts.by_host(host_of(request))
        if account is not None:
            request.adopt(account, here, address, is_https=account.base_url.startswith("https://"))
        else:
            account = _before_there_is_an_owner(request, here, address)
            if account is None:
                return errors.answer(request, errors.MISDIRECTED)
            request.adopt(account, here, address, is_https=False)
        if has_unbelieved_headers(request.META, proxies):
            self._unbelieved.note(request)
        # The account's address says how people reach us; no header of a proxy is needed for it, nor believed.
        request.environ["wsgi.url_scheme"] = "https" if request.is_https else "http"
        if request.is_https and came_plainly(request.META, proxies):
            self._plain.note(request)
            return _to_https(request)
        response = uploads.answered(request, self._get_response)
        if response.status_code == errors.NOT_ALLOWED:
            response = _dressed(request, response)
        csrf.hand_over(request, response)
        return response


def host_of(request: Request) -> str:
    """Return the host that was asked for: lower case, without port and brackets; "" for what is no host."""
    return _host_in(request.META.get("HTTP_HOST", ""))


@lru_cache(maxsize=_HOSTS_KEPT)
def _host_in(header: str) -> str:
    domain, _port = split_domain_port(header)
    return domain.removeprefix("[").removesuffix("]").removesuffix(".")


def _before_there_is_an_owner(request: Request, here: Services, address: str) -> Account | None:
    """Return the account whose first owner is made on the server itself, at a name of loopback over plain http.

    The configured address may not answer yet: its proxy is set up later. Only somebody on this machine (or through ssh)
    asks like this, directly; the session that the set-up ends in may be used to its end. Of several accounts it is the
    only one without an owner, and then the newest.
    """
    if host_of(request) not in LOOPBACK_NAMES or address not in _LOOPBACK_ADDRESSES:
        return None
    if any(header in request.META for header in FORWARDING):
        return None
    accounts = here.accounts.all()
    waiting = [one for one in accounts if not owner.has_owner(here, one)]
    if waiting:
        return waiting[0] if len(waiting) == 1 else None
    return accounts[-1] if accounts and cookies.SESSION in request.COOKIES else None


def _to_https(request: Request) -> HttpResponse:
    """Lead a browser that asked over plain http to the configured address; what it sent there is not taken."""
    here = request.account.base_url
    if request.method in READING:
        return HttpResponse(status=308, headers={"Location": here + request.get_full_path()})
    pages.speak(request)
    return errors.answer(
        request,
        errors.FORBIDDEN,
        title=gettext("This was sent without encryption"),
        what_next=gettext(
            "Others on the way could have read it, so it was not taken. Send it again at the address that begins with "
            "https. If it held a password of yours, change that afterwards."
        ),
        link=(here + "/", gettext("Open the encrypted address")),
    )


def _refused(request: Request) -> int | None:
    """Return the status for a body that is not even read, or None."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    # A NUL means nothing in any address of ours, and some databases choke on it.
    if (
        not (given.isascii() and given.isdecimal())
        or "\0" in request.path_info
        or "%00" in request.META.get("QUERY_STRING", "")
    ):
        return errors.BAD_REQUEST
    return errors.TOO_LARGE if int(given) > uploads.most_of(request.path_info) else None


def _what_next(request: Request, status: int) -> str:
    return uploads.too_large(request.path_info) if status == errors.TOO_LARGE else ""


def _dressed(request: Request, bare: HttpResponse) -> HttpResponse:
    response = errors.answer(request, errors.NOT_ALLOWED)
    response.headers["Allow"] = bare.headers["Allow"]
    return response
