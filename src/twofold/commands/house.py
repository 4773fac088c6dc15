"""What the words that look at people share: the services, which account, which person, and how an instant is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from twofold.commands.words import wire
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from datetime import datetime

    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services
    from twofold.settings import Settings


def open_house() -> tuple[Settings, Services]:
    """Return settings and services, the database up to date, whether the server runs or not."""
    found = wire()
    # Imported here: they need Django set up.
    from twofold.commands import tables  # noqa: PLC0415
    from twofold.services import services  # noqa: PLC0415

    tables.bring_up_to_date(found)
    return found, services()


def account_of(services: Services, given: Namespace) -> Account:
    """Return the account of `--account HOST`, or the only one; Unfit when that does not name one."""
    accounts = services.accounts.all()
    if given.account:
        found = services.accounts.by_host(given.account.lower())
        if found is None:
            raise Unfit(f"No help desk here has the host name {given.account}.")
        return found
    if not accounts:
        raise Unfit("There is no help desk here yet. `./run` makes it.")
    if len(accounts) > 1:
        hosts = ", ".join(account.base_url for account in accounts)
        raise Unfit(f"There are several help desks ({hosts}); name one with --account HOST.")
    return accounts[0]


def shown(at: datetime, account: Account) -> str:
    """Return an instant in the account's time zone."""
    return at.astimezone(ZoneInfo(account.time_zone)).strftime("%Y-%m-%d %H:%M %Z")


def named(person: Subscriber) -> str:
    """Return a person as in a mail's header; whoever has no name yet is their address."""
    return f"{person.name} <{person.email}>" if person.name else person.email
