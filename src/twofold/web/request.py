"""A request as the pages see it: with the account, the services, the visit and, when asked for, who is signed in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from django.conf import settings as django_settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.core.handlers.wsgi import WSGIRequest
from django.utils.datastructures import MultiValueDict

from twofold.flows import signed_in
from twofold.flows.visit import Visit
from twofold.settings import settings
from twofold.web import cookies, devices
from twofold.web.address import is_sure

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

_UNATTENDED: Final = "HTTP_X_UNATTENDED"
"""A page that looks again by itself says so: nobody is at it, and the session goes on running out."""
_FORM: Final = "application/x-www-form-urlencoded"


class Request(WSGIRequest):
    """What every view is handed. The gate fills in account, services and address before any view runs."""

    account: Account
    services: Services
    address: str
    is_https = False
    """Whether people open this account over TLS; judged by the configured address, never by the request."""
    spoken = False
    """Whether language and time zone are set for this request."""
    is_csrf_renewed = False

    @property
    def is_adopted(self) -> bool:
        """Whether the gate has filled this in; a request that it refused at once has no account."""
        return "account" in self.__dict__

    @cached_property
    def visit(self) -> Visit:
        """Where this request comes from."""
        return Visit(
            account=self.account,
            address=self.address,
            is_address_sure=is_sure(self.META, settings().proxies),
            browser_name=devices.name_of(self.META.get("HTTP_USER_AGENT", "")),
            browser_cookie=cookies.read(self, cookies.BROWSER),
        )

    @cached_property
    def me(self) -> SignedIn | None:
        """Who is signed in; read from the store once, and only when a view asks."""
        return signed_in.who(
            self.services,
            self.visit,
            cookies.read(self, cookies.SESSION),
            is_attended=_UNATTENDED not in self.META,
        )

    @property
    def known_me(self) -> SignedIn | None:
        """Who is signed in, if a view has asked already; for pages that do without."""
        found: SignedIn | None = self.__dict__.get("me")
        return found

    def _load_post_and_files(self) -> None:
        """Read what was posted; a form as browsers send it without what Django does for other charsets."""
        if self.method != "POST" or self.META.get("CONTENT_TYPE") != _FORM:
            super()._load_post_and_files()
            return
        # As `body` does it, which asks for the same limit twice and keeps a stream that nobody reads.
        self._body = self.read()
        if len(self._body) > django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        self._post = _fields_of(self._body)
        self._files: MultiValueDict[str, object] = MultiValueDict()

    def adopt(self, account: Account, services: Services, address: str, *, is_https: bool) -> None:
        """Fill in what the gate found out; done once, before any view runs."""
        self.is_https = is_https
        self.account = account
        self.services = services
        self.address = address


def _fields_of(body: bytes) -> MultiValueDict[str, str]:
    """Return the fields of a form (URL Standard, 5.1); what is not UTF-8 is replaced."""
    pairs = [pair.partition("=") for pair in body.decode("utf-8", "replace").split("&") if pair]
    if len(pairs) > django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
        raise TooManyFieldsSent
    fields: dict[str, list[str]] = {}
    for name, _, value in pairs:
        fields.setdefault(_plain(name), []).append(_plain(value))
    return MultiValueDict(fields)


def _plain(text: str) -> str:
    return text if text.isalnum() else unquote_plus(text, errors="replace")
