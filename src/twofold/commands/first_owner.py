"""The account of a new installation, its first owner, and what is printed when the server has started."""

from __future__ import annotations

import dataclasses
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twofold.commands import moving
from twofold.core.ids import AccountId
from twofold.core.links import LIVES, Purpose
from twofold.flows import mail_settings, owner
from twofold.ports.accounts import Account
from twofold.settings import LOOPBACK_NAMES
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from twofold.ports.services import Services
    from twofold.settings import Settings

UNNAMED = "Help desk"


def ensure_account(services: Services, settings: Settings) -> Account:
    """Return the oldest account, made if there is none; the address of an only account follows the settings."""
    accounts = services.accounts.all()
    if not accounts:
        account = Account(
            id=AccountId(services.entropy.new_id()),
            name=settings.name or UNNAMED,
            base_url=settings.base_url,
            time_zone=settings.time_zone,
            locale=settings.locale,
            created_at=services.clock.now(),
        )
        services.accounts.add(account)
        return account
    account = accounts[0]
    if len(accounts) == 1 and account.base_url != settings.base_url:
        new = dataclasses.replace(account, base_url=settings.base_url)
        if moving.is_move(account, new):
            moving.change(services, account, new)
        else:
            services.accounts.replace(account, new)
        return services.accounts.all()[0]
    return account


def ensure_owner(services: Services, settings: Settings, account: Account) -> None:
    """Make the owner that the environment names, while there is none; Unfit when they cannot be made of it."""
    if not settings.owner_email:
        return
    outcome = owner.create(
        services,
        account,
        email=settings.owner_email,
        name=settings.owner_name,
        new_password=settings.owner_password.get_secret_value(),
    )
    match outcome:
        case None | owner.Made():
            return
        case owner.BadOwner(problems=problems, password=None):
            wrong = ", ".join(f"{field}: {problem.value}" for field, problem in problems.items())
            raise Unfit(f"TWOFOLD_OWNER_EMAIL or TWOFOLD_OWNER_NAME will not do ({wrong.replace('_', ' ')}).")
        case owner.BadOwner(password=problem) if problem is not None:
            raise Unfit(
                f"TWOFOLD_OWNER_PASSWORD will not do ({problem.value.replace('_', ' ')}). "
                "It takes 12 to 128 characters that nobody would guess."
            )
        case _:
            raise Unfit("The owner could not be made just now; start again.")


def new_link(services: Services, settings: Settings, account: Account) -> str | None:
    """Return a new set-up link for the owner, the earlier ones being void; None when there is an owner.

    It leads to loopback, where it is accepted, unless the settings name networks that may open it from afar, or a help
    desk lives there by a name of its own: then that name is another's.
    """
    url = owner.link(services, account)
    shares_loopback = any(
        one.id != account.id and urlsplit(one.base_url).hostname in LOOPBACK_NAMES for one in services.accounts.all()
    )
    if url is None or settings.setup_from or shares_loopback:
        return url
    # A plain address is that of this machine, with the port the server was started on, whatever this process was told.
    here = f"http://localhost:{settings.port}" if account.base_url.startswith("https:") else account.base_url
    return f"{here}{url.removeprefix(account.base_url)}"


def block(services: Services, settings: Settings, account: Account) -> str:
    """Return what is printed once the server answers; the set-up link in it is new at each start."""
    link = new_link(services, settings, account)
    lines = ["", f"  {account.name} is served by Twofold.", ""]
    lines += [f"  Open          {account.base_url}", f"  Data folder   {settings.data}"]
    if settings.is_demo:
        lines += [f"  Demo          {account.base_url}/demo"]
    if link is not None:
        minutes = int(LIVES[Purpose.OWNER].total_seconds() // 60)
        lines += [
            f"  Set up        {link}",
            f"                makes the owner; works once, for {minutes} minutes. A new one: ./run owner-link",
        ]
    if not mail_settings.leaves(services, account.id):
        lines += [f"  Mail          no SMTP server is set; each message is a file in {settings.mail_path}"]
    lines += ["", *_from_elsewhere(settings, is_set_up=link is None), "  Stop with Ctrl+C.", ""]
    return "\n".join(lines)


def _from_elsewhere(settings: Settings, *, is_set_up: bool) -> list[str]:
    port = settings.port
    if settings.is_demo:
        return ["  Invented people, on this machine only. The demo page signs you in as any of them.", ""]
    tunnel = [
        f"  From your own computer, {'to set it up' if settings.is_https else 'while this server has no name yet'}:",
        f"    ssh -L {port}:localhost:{port} {socket.gethostname()}",
        "",
    ]
    if settings.is_https:
        host = urlsplit(settings.base_url).netloc
        # Once there is an owner, only the public name answers.
        through = [] if settings.setup_from or is_set_up else tunnel
        return [*through, f"  A proxy with TLS hands {host} on to port {port}.", ""]
    return [
        *tunnel,
        "  For everybody else, put nginx or Caddy with TLS in front, and start with",
        "    ./run --public https://help.example.com",
        f"    Both hand on to 127.0.0.1:{port}. Take their blocks from docs/how-to/production.md: they also drop",
        "    forwarding headers that a stranger invented.",
        "",
    ]
