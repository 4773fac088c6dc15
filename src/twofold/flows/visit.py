"""Where a request comes from, and who is signed in: what every flow is handed beside the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twofold.core.json import text_in

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as the flows see it.

    `address` is the client's network address in its canonical text, believed only from configured
    proxies. `browser_cookie` is what the browser presented ("" for none), `browser_name` a short
    human name such as "Firefox on Windows". `is_address_sure` is False where a proxy's header could not be read and
    the address is the proxy's own: good enough to count wrong answers by, and for nothing that opens.
    """

    account: Account
    address: str
    is_address_sure: bool = True
    browser_name: str = ""
    browser_cookie: str = field(default="", repr=False)

    @property
    def sure_address(self) -> str:
        """The network address where it is certain, else "": what opens by address stays shut then."""
        return self.address if self.is_address_sure else ""

    def for_job(self) -> JsonObject:
        """Return what a job says of whoever asked for it, for the events of what it does."""
        return {"address": self.address, "browser": self.browser_name}

    @classmethod
    def of_job(cls, account: Account, body: JsonObject) -> Visit:
        """Read what `for_job` wrote: on their behalf something is done here later."""
        return cls(account=account, address=text_in(body, "address"), browser_name=text_in(body, "browser"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person with a session that stands, as read at the beginning of a request."""

    session: Session
    person: Subscriber
    policy: PolicyVersion
