"""Where a request comes from, and who is signed in: what every flow is handed beside the services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request as the flows see it.

    `address` is the client's network address in its canonical text, believed only from configured
    proxies. `browser_cookie` is what the browser presented ("" for none), `browser_name` a short
    human name such as "Firefox on Windows".
    """

    account: Account
    address: str
    browser_name: str = ""
    browser_cookie: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person with a session that stands, as read at the beginning of a request."""

    session: Session
    person: Subscriber
    policy: PolicyVersion
