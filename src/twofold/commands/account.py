"""`./run account`: one more help desk in this data folder, and which there are. The host name of a request chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twofold.commands.house import open_house, shown
from twofold.settings import public_address
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.settings import Settings


def run(given: Namespace) -> int:
    """Make a help desk and print the link for its owner, or list those that there are."""
    settings, services = open_house()
    if given.act == "list":
        return _list(services)
    account = _made(settings, services, given)
    print(f"{account.name} is served at {account.base_url}, beside the others. Let your proxy hand that host on, too.")
    _print_link(settings, services, account)
    return 0


def _list(services: Services) -> int:
    # Imported here, as in every word: it needs Django set up.
    from twofold.flows.owner import has_owner  # noqa: PLC0415

    for account in services.accounts.all():
        owner = "has an owner" if has_owner(services, account) else "no owner yet"
        print(f"{account.base_url}  {account.name}  {owner}, made {shown(account.created_at, account)}")
    return 0


def _made(settings: Settings, services: Services, given: Namespace) -> Account:
    """Return the new help desk; Unfit says what keeps it from being made."""
    from twofold.core.ids import AccountId  # noqa: PLC0415
    from twofold.flows.owner import HelpDesk, check_help_desk  # noqa: PLC0415
    from twofold.ports.accounts import Account  # noqa: PLC0415

    if settings.is_demo:
        raise Unfit("A demo has one help desk, and its people are invented.")
    others = services.accounts.all()
    if not others:
        raise Unfit("There is no help desk here yet. `./run` makes the first one.")
    name, zone = given.name.strip(), given.time_zone or settings.time_zone
    bad = check_help_desk(HelpDesk(name=name, time_zone=zone))
    if bad is not None:
        raise Unfit(" ".join(_WRONG[field] for field in bad.problems))
    account = Account(
        id=AccountId(services.entropy.new_id()),
        name=name,
        base_url=_address(given.address, others),
        time_zone=zone,
        locale=settings.locale,
        created_at=services.clock.now(),
    )
    if not services.accounts.add(account):
        raise Unfit(f"There is a help desk with the host name {urlsplit(account.base_url).hostname} already.")
    return account


_WRONG = {
    "desk_name": "A help desk has a name, of 80 characters at most.",
    "time_zone": "A time zone is a name such as Europe/Vienna.",
}


def _address(typed: str, others: Sequence[Account]) -> str:
    if not typed:
        raise Unfit("Name the address that people open: --public https://help.example.com")
    try:
        address = public_address(typed)
    except ValueError as problem:
        raise Unfit(f"--public {problem}.") from None
    # What proxies say is believed for all help desks or for none, and one port speaks to one proxy.
    if any(one.base_url.partition("://")[0] != address.partition("://")[0] for one in others):
        raise Unfit(
            f"The others are reached at {', '.join(one.base_url for one in others)}: all over https, or all on this "
            "machine alone. Start the server with --public https://… first."
        )
    return address


def _print_link(settings: Settings, services: Services, account: Account) -> None:
    from twofold.commands import first_owner  # noqa: PLC0415

    link = first_owner.new_link(services, settings, account)
    host = urlsplit(account.base_url).hostname
    print(f"Set up: {link}")
    print(f"It makes the owner; works once. A new one: ./run owner-link --account {host}")
