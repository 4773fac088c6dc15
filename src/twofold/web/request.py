"""A request as the pages see it: with the account, the services, the visit and, when asked for, who is signed in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from django.core.handlers.wsgi import WSGIRequest

from twofold.flows import signed_in
from twofold.flows.visit import Visit
from twofold.web import cookies, devices

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services


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
            browser_name=devices.name_of(self.META.get("HTTP_USER_AGENT", "")),
            browser_cookie=cookies.read(self, cookies.BROWSER),
        )

    @cached_property
    def me(self) -> SignedIn | None:
        """Who is signed in; read from the store once, and only when a view asks."""
        return signed_in.who(self.services, self.visit, cookies.read(self, cookies.SESSION))

    @property
    def known_me(self) -> SignedIn | None:
        """Who is signed in, if a view has asked already; for pages that do without."""
        found: SignedIn | None = self.__dict__.get("me")
        return found

    def adopt(self, account: Account, services: Services, address: str, *, is_https: bool) -> None:
        """Fill in what the gate found out; done once, before any view runs."""
        self.is_https = is_https
        self.account = account
        self.services = services
        self.address = address
