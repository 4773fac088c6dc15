"""How mail is sent: the SMTP server that an admin names, and the test mail whose code is typed back.

What the environment says stands over it; whoever calls knows whether it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core import emails, sent_codes
from twofold.core.json import int_in, text_in
from twofold.core.networks import is_plainly_private
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission, may_read
from twofold.core.sent_codes import EMAIL as LIMITS
from twofold.flows import journal, prove, typed_back
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

MAIL: Final = "mail"
"""The name under which the SMTP server is kept: host, port, security, user, password, sender."""
TEST: Final = "mail_test"
"""The name under which the test is kept: codes that were sent, and when one came back."""
SECURITIES: Final = ("starttls", "tls", "none")
LONGEST: Final = 254
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?\Z|\[?[0-9A-Fa-f:.]+\]?\Z")
MOST_PORT: Final = 65535
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})


class Unfit(StrEnum):
    """What is wrong with a field."""

    NOT_A_HOST = "not_a_host"
    NOT_PUBLIC = "not_public"
    """It is in a private network, and several help desks share this server: its operator alone may name that one."""
    NOT_A_PORT = "not_a_port"
    NOT_A_SECURITY = "not_a_security"
    PLAIN_PASSWORD = "plain_password"  # noqa: S105 -- the name of a problem, not a secret
    """A password would cross the network readable by everybody on the way."""
    PASSWORD_AGAIN = "password_again"  # noqa: S105 -- the name of a problem, not a secret
    """The stored password belongs to the server that it was typed for, and is handed to no other."""
    NOT_AN_ADDRESS = "not_an_address"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class BadServer:
    """What is wrong, by the name of the field."""

    problems: dict[str, Unfit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server as typed. `password` is None to leave the stored one alone; an empty host means: none."""

    host: str
    port: int
    security: str
    user: str
    sender: str
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """What the page shows: never the password, only whether there is one."""

    server: Server
    has_password: bool
    version: int
    proved_at: datetime | None
    test_sent_at: datetime | None


def look(services: Services, visit: Visit, me: SignedIn) -> MailView | Refuse:
    """Return the server and how the test stands."""
    if not may_read(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    kept, version = services.kept.load(visit.account.id, MAIL)
    test, _ = services.kept.load(visit.account.id, TEST)
    sent = typed_back.sent(test)
    return MailView(
        server=_server(kept),
        has_password=bool(kept.get("password")),
        version=version,
        proved_at=typed_back.proved_at(test),
        test_sent_at=sent[-1] if sent else None,
    )


def leaves(services: Services, account: AccountId) -> bool:
    """Tell whether mail leaves the server: by the environment's mail server, or by one that an admin named.

    Until then each message is a file in the data folder, which only the operator reads. A demo shows its own mail.
    """
    return services.mail_leaves_anyway or bool(services.kept.load(account, MAIL)[0].get("host"))


def is_proved(services: Services, visit: Visit) -> bool:
    """Tell whether a test mail came back since the server was last changed."""
    return typed_back.proved_at(services.kept.load(visit.account.id, TEST)[0]) is not None


def save(
    services: Services, visit: Visit, me: SignedIn, server: Server, *, version: int
) -> Done | BadServer | NeedsProof | Conflict | Refuse:
    """Keep another server, after fresh proof; the test has to be passed anew.

    Whoever names the server reads every code and link that is mailed.
    """
    if not has_permission(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    problems = _problems(server)
    kept, present = services.kept.load(visit.account.id, MAIL)
    password = server.password or ""
    if server.password is None and kept.get("password"):
        password = text_in(kept, "password")
        # Else whoever may name a server could name one of their own, and be sent what nobody may read here.
        if not _is_same(_server(kept), server):
            problems["password"] = Unfit.PASSWORD_AGAIN
    if "host" not in problems and is_plainly_private(server.host) and len(services.accounts.all()) > 1:
        # A name may lead there as well, and lead elsewhere tomorrow: whoever connects looks anew each time.
        problems["host"] = Unfit.NOT_PUBLIC
    if password and server.security == "none" and server.host not in _LOOPBACK:
        problems["security"] = Unfit.PLAIN_PASSWORD
    if problems:
        return BadServer(problems)
    if present != version:
        return Conflict()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    new: JsonObject = {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "user": server.user,
        "password": password,
        "sender": server.sender,
    }
    with services.transactions.begin():
        # The test goes first: a test that has to be passed again does no harm where the rest is not written.
        if not typed_back.forget(services, visit.account.id, TEST):
            return Conflict()
        if not services.kept.replace(visit.account.id, MAIL, new, version=version):
            return Conflict()
        journal.record(
            services,
            visit,
            "mail.changed",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"before": _told(kept), "after": _told(new)},
        )
    return Done()


def send_test(services: Services, visit: Visit, me: SignedIn) -> Done | Conflict | Refuse:
    """Mail a code to the admin's own address; refused with WAITING while one was sent just now."""
    if not has_permission(me.person.role, Permission.EDIT_MAIL):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    now = services.clock.now()
    test, version = services.kept.load(visit.account.id, TEST)
    match sent_codes.may_send(typed_back.sent(test), LIMITS, now=now):
        case sent_codes.NotBefore(at=at) | sent_codes.Capped(at=at):
            return Refuse(because=Refusal(No.WAITING, at=at))
        case sent_codes.Ready():
            code, kept = typed_back.issue(services, visit.account.id, TEST, test, LIMITS, now=now)
    with services.transactions.begin():
        if not services.kept.replace(visit.account.id, TEST, kept, version=version):
            return Conflict()
        journal.tell(
            services, visit.account, me.person, "mail_test", {"code": code}, now=now, expires_at=now + LIMITS.life
        )
        journal.record(services, visit, "mail.test_sent", now=now, person=me.person.id, actor=me.person.id)
    return Done()


def confirm_test(services: Services, visit: Visit, me: SignedIn, text: str) -> Done | Conflict | Refuse:
    """Take the code that came back: mail arrives."""
    return typed_back.record_arrival(services, visit, me, text, "mail.proved", name=TEST, limits=LIMITS)


def _problems(server: Server) -> dict[str, Unfit]:
    problems: dict[str, Unfit] = {}
    if server.host and not _HOST.match(server.host):
        problems["host"] = Unfit.NOT_A_HOST
    if not 1 <= server.port <= MOST_PORT:
        problems["port"] = Unfit.NOT_A_PORT
    if server.security not in SECURITIES:
        problems["security"] = Unfit.NOT_A_SECURITY
    if server.sender and emails.normalise(server.sender) is None:
        problems["sender"] = Unfit.NOT_AN_ADDRESS
    for name, text in (("user", server.user), ("password", server.password or "")):
        if len(text) > LONGEST or not text.isprintable():
            problems[name] = Unfit.TOO_LONG
    return problems


def _is_same(one: Server, other: Server) -> bool:
    return (one.host, one.port, one.security) == (other.host, other.port, other.security)


def _server(kept: JsonObject) -> Server:
    if not kept:
        return Server(host="", port=587, security="starttls", user="", sender="")
    return Server(
        host=text_in(kept, "host"),
        port=int_in(kept, "port"),
        security=text_in(kept, "security"),
        user=text_in(kept, "user"),
        sender=text_in(kept, "sender"),
    )


def _told(kept: JsonObject) -> JsonObject:
    return {name: value for name, value in kept.items() if name != "password"}
