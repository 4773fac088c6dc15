"""What `doctor` looks at, one function each. Nothing here changes anything but the canary of a new database."""

from __future__ import annotations

import http.client
import os
import shutil
import ssl
import stat
import subprocess
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from twofold.commands import checks_texts
from twofold.commands.findings import Finding, Mark
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import Role
from twofold.delivery.mail import Smtp
from twofold.delivery.senders import KEPT, NotSent, mail_is_public_only, server_of
from twofold.flows import clock_health
from twofold.ports.outbox import Why
from twofold.services import build_services
from twofold.settings import unknown_variables
from twofold.store.canary import KeysDoNotFit, check_keys
from twofold.store.rows import many, one
from twofold.store.sealing import Sealer
from twofold.store.system import SystemEntropy
from twofold.unfit import Unfit
from twofold.wiring import KeyFile, build_clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.settings import Settings

UNBELIEVED: Final = ("unbelieved", "forwarding")
"""Lane and subject under which the pages count forwarding headers from addresses that are no configured proxy."""
PLAIN_HTTP: Final = ("proxy", "plain_http")
"""Lane and subject under which the pages count what came to a configured proxy over plain http."""
_LEAST_FREE: Final = 200 * 1024 * 1024
_LATE_AFTER: Final = timedelta(minutes=10)
_AHEAD_BY: Final = timedelta(minutes=2)
_CHANNELS: Final = {"email": ("mail", "mails"), "sms": ("texts", "texts")}
"""What messages are about and called, by how they go."""
_TASKS: Final = ("worker", "tasks")
_PROBE_SECONDS: Final = 5
_PAGE: Final = "/sign-in"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def everything(settings: Settings) -> Iterator[Finding]:
    """Look at everything; what cannot be looked at because of an earlier finding is left out."""
    yield from environment(settings)
    yield from folder(settings)
    tables = list(database(settings))
    yield from tables
    if any(found.mark is Mark.BAD for found in tables):
        return
    services = build_services(settings)
    yield from clock(settings)
    accounts = services.accounts.all()
    for account in accounts:
        if len(accounts) > 1:
            yield Finding(Mark.GOOD, "help desk", f"{account.name}, {account.base_url}")
        yield from sealed(settings, account)
        yield from mail(settings, services, account)
        yield from checks_texts.texts(settings, services, account)
        yield from address(settings, services, account)
        yield from owners(services, account)
        yield from phones(services, account)


def environment(settings: Settings) -> Iterator[Finding]:
    """Find variables that mean nothing."""
    strange = unknown_variables(os.environ)
    for name, nearest in strange.items():
        hint = f"; is {nearest} meant?" if nearest else ""
        yield Finding(Mark.BAD, "settings", f"{name} means nothing{hint}")
    if not strange:
        yield Finding(Mark.GOOD, "settings", f"data folder {settings.data}")


def folder(settings: Settings) -> Iterator[Finding]:
    """See that nobody else can read the data folder, and that there is room in it."""
    wrong = [
        f"{path} is open to others (chmod {wanted} {path})"
        for path, wanted in _private(settings)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & _OTHERS
    ]
    yield from (Finding(Mark.BAD, "folder", text) for text in wrong)
    owner = settings.data.stat().st_uid
    if hasattr(os, "getuid") and owner != os.getuid():
        yield Finding(Mark.NOTE, "folder", f"belongs to user {owner}; run this as the user the server runs as")
    free = shutil.disk_usage(settings.data).free
    if free < _LEAST_FREE:
        yield Finding(Mark.BAD, "folder", f"only {free // 1024 // 1024} MiB of disk are left")
    if not wrong and free >= _LEAST_FREE:
        yield Finding(Mark.GOOD, "folder", "for its owner's eyes only, with room to write")


def _private(settings: Settings) -> Iterator[tuple[Path, str]]:
    yield settings.data, "700"
    yield settings.keys_path, "600"
    yield settings.mail_path, "700"
    if settings.uses_sqlite:
        for ending in ("", "-wal", "-shm"):
            yield settings.sqlite_path.with_name(settings.sqlite_path.name + ending), "600"


def database(settings: Settings) -> Iterator[Finding]:
    """See that the database answers, has today's tables, is sound, and fits the keys."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if waiting:
            yield Finding(Mark.BAD, "database", "its tables are not up to date; `./run` brings them up")
            return
        if settings.uses_sqlite:
            yield from _sqlite()
        check_keys(Sealer(KeyFile(settings), SystemEntropy()))
    except DatabaseError as problem:
        yield Finding(Mark.BAD, "database", f"does not answer: {str(problem).strip()}")
    except KeysDoNotFit:
        yield Finding(Mark.BAD, "keys", f"{settings.keys_path} belongs to another database; `./run restore FILE`")
    except Unfit as problem:
        yield Finding(Mark.BAD, "keys", str(problem))
    else:
        yield Finding(Mark.GOOD, "keys", "fit the database")


def _sqlite() -> Iterator[Finding]:
    sound = one("PRAGMA quick_check(1)", ())
    mode = one("PRAGMA journal_mode", ())
    if sound != ("ok",):
        yield Finding(Mark.BAD, "database", "is damaged; `./run restore FILE` from the last backup")
    elif mode != ("wal",):
        yield Finding(Mark.BAD, "database", "cannot use write-ahead logging here; a network disk is not fit for SQLite")
    else:
        yield Finding(Mark.GOOD, "database", "SQLite is sound")


def clock(settings: Settings) -> Iterator[Finding]:
    """See whether anything speaks against this machine's clock: passcodes depend on it."""
    now = build_clock(settings).now()
    newest = one("SELECT max(at) FROM audit_event", ())
    ahead = newest is not None and newest[0] is not None and from_micros(newest[0]) - now > _AHEAD_BY
    if ahead:
        yield Finding(
            Mark.BAD, "clock", "stands before the newest entry of the audit log: it was set back, or was wrong before"
        )
    synchronised = _is_synchronised()
    if synchronised is False:
        yield Finding(Mark.BAD, "clock", "is not synchronised (timedatectl set-ntp true): passcodes will not fit")
    elif synchronised is None:
        yield Finding(Mark.NOTE, "clock", f"says {now:%Y-%m-%d %H:%M:%S} UTC; nothing tells whether that is right")
    elif not ahead:
        yield Finding(Mark.GOOD, "clock", f"is synchronised: {now:%Y-%m-%d %H:%M:%S} UTC")


def _is_synchronised() -> bool | None:
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- a program of the system, found by name
            [program, "show", "--property=NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            check=False,
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def sealed(settings: Settings, account: Account) -> Iterator[Finding]:
    """See whether anything waits for a key that is not there."""
    shut = one(
        "SELECT count(*) FROM job WHERE account = %s AND state = 'waiting' AND because = %s", (account.id, Why.NO_KEY)
    )
    if shut is not None and shut[0]:
        lost = f"{shut[0]} messages or tasks were sealed with a key that is not in {settings.keys_path}"
        yield Finding(Mark.BAD, "keys", f"{lost}; put back the file that this database had")


def mail(settings: Settings, services: Services, account: Account) -> Iterator[Finding]:
    """Connect to the mail server, and see whether messages leave in time."""
    kept, _ = services.kept.load(account.id, KEPT)
    server = server_of(settings, kept)
    if server is None:
        yield Finding(Mark.NOTE, "mail", f"no SMTP server is set; each message is a file in {settings.mail_path}")
    else:
        if server.security == "none" and server.user:
            yield Finding(Mark.BAD, "mail", f"the password for {server.host} travels unencrypted")
        try:
            Smtp(server, public_only=mail_is_public_only(settings, len(services.accounts.all()))).check()
        except NotSent as problem:
            yield Finding(Mark.BAD, "mail", f"{server.host}:{server.port}: {problem}")
        else:
            yield Finding(Mark.GOOD, "mail", f"{server.host}:{server.port} takes mail from {server.sender}")
    yield from _queue(services, account)


def _queue(services: Services, account: Account) -> Iterator[Finding]:
    """See whether messages and tasks are done in time, each by the name of how it goes."""
    late = many(
        "SELECT channel, count(*) FROM job WHERE account = %s AND state = 'waiting' AND run_at < %s"
        " GROUP BY channel ORDER BY channel",
        (account.id, to_micros(services.clock.now() - _LATE_AFTER)),
    )
    for channel, count in late:
        about, what = _CHANNELS.get(channel, _TASKS)
        yield Finding(Mark.BAD, about, f"{count} {what} wait although they are due; is the server running?")
    failed = many(
        "SELECT channel, count(*) FROM job WHERE account = %s AND state = 'failed' GROUP BY channel ORDER BY channel",
        (account.id,),
    )
    for channel, count in failed:
        about, what = _CHANNELS.get(channel, _TASKS)
        yield Finding(Mark.NOTE, about, f"{count} {what} of the last 30 days were given up; the log says why")


def address(settings: Settings, services: Services, account: Account) -> Iterator[Finding]:
    """Hold the public address against cookies, this process's settings, and what proxies said."""
    if account.base_url != settings.base_url and len(services.accounts.all()) == 1:
        yield Finding(
            Mark.NOTE,
            "address",
            f"the server was started for {account.base_url}, this command for {settings.base_url}: "
            "give both the same TWOFOLD_PUBLIC and TWOFOLD_PORT",
        )
    if account.base_url.startswith("https://"):
        yield Finding(Mark.GOOD, "cookies", f"Secure and bound to {urlsplit(account.base_url).hostname}")
        yield _probe(account)
    else:
        yield Finding(Mark.NOTE, "cookies", "without Secure, because the address is plain http on loopback")
    unbelieved, last_at = _noticed(services, account, UNBELIEVED)
    if unbelieved:
        yield Finding(
            Mark.BAD,
            "proxy",
            f"{unbelieved} requests had forwarding headers from addresses that are no configured proxy, the last at "
            f"{last_at}. If a proxy of yours sends them, name it in TWOFOLD_PROXIES; "
            "else somebody forges them, and they are not believed",
        )
    else:
        named = ", ".join(str(network) for network in settings.proxies) or "none"
        yield Finding(Mark.GOOD, "proxy", f"no unbelieved forwarding headers; configured proxies: {named}")
    plain, last_at = _noticed(services, account, PLAIN_HTTP)
    if plain:
        yield Finding(
            Mark.NOTE,
            "proxy",
            f"it said of {plain} requests that they came over plain http, the last at {last_at}; pages were led to "
            f"{account.base_url}, forms were refused. Better that the proxy leads plain http there by itself, and "
            "hands none of it on",
        )


def _noticed(services: Services, account: Account, what: tuple[str, str]) -> tuple[int, str]:
    """Return how many requests the pages counted, and when the last of them came; 0 where there was none."""
    value, _ = services.counters.load(account.id, *what)
    count, last_at = value.get("count"), value.get("last_at")
    if not isinstance(count, int) or not isinstance(last_at, int):
        return 0, ""
    return count, f"{from_micros(last_at):%Y-%m-%d %H:%M} UTC"


def _probe(account: Account) -> Finding:
    """Ask the public address whether it answers, over TLS as a browser would check it, and leads nobody in a circle."""
    url = urlsplit(account.base_url)
    asking = http.client.HTTPSConnection(
        url.hostname or "", url.port, timeout=_PROBE_SECONDS, context=ssl.create_default_context()
    )
    try:
        asking.request("GET", "/healthz")
        answer = asking.getresponse()
        answer.read()
        status = answer.status
        asking.request("GET", _PAGE)
        led_to = asking.getresponse().getheader("Location") or ""
    except ssl.SSLError as problem:
        return Finding(Mark.BAD, "address", f"{account.base_url}: TLS is not right ({problem.reason})")
    except (OSError, http.client.HTTPException) as problem:
        return Finding(Mark.NOTE, "address", f"{account.base_url} is not reached from here ({problem})")
    finally:
        asking.close()
    if status != HTTPStatus.OK:
        return Finding(Mark.BAD, "address", f"{account.base_url}/healthz answers {status}")
    if led_to == account.base_url + _PAGE:
        return Finding(
            Mark.BAD,
            "address",
            f"{led_to} leads to itself: the proxy says http where browsers speak https. Have it send "
            "X-Forwarded-Proto as the browser came, or not at all",
        )
    return Finding(Mark.GOOD, "address", f"{account.base_url} answers")


def phones(services: Services, account: Account) -> Iterator[Finding]:
    """Hold the clock against the codes that people typed: many phones are not wrong by the same amount."""
    off_by = clock_health.look(services, account.id)
    if off_by is not None:
        seconds = round(abs(off_by.total_seconds()))
        way = "behind" if off_by > timedelta() else "ahead"
        yield Finding(
            Mark.BAD, "clock", f"the codes of several people fit another moment: this server is some {seconds} s {way}"
        )


def owners(services: Services, account: Account) -> Iterator[Finding]:
    """Count who could help when somebody is locked out."""
    count = len(services.people.with_roles(account.id, (Role.OWNER,)))
    if count == 0:
        yield Finding(Mark.NOTE, "owners", "there is none yet: ./run owner-link")
    elif count == 1:
        yield Finding(Mark.NOTE, "owners", "only one; a second could help when the first is locked out")
    else:
        yield Finding(Mark.GOOD, "owners", str(count))
