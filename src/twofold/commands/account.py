"""`./run account`: one more help desk in this data folder, another name or address for one, and which there are.

The host name of a request chooses the help desk.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from twofold.commands.house import account_of, open_house, shown
from twofold.settings import public_address
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.settings import Settings

_SEVERAL: Final = 2


def run(given: Namespace) -> int:
    """Make a help desk and print the link for its owner, change one, or list those that there are."""
    settings, services = open_house()
    if given.act == "list":
        return _list(services)
    if settings.is_demo:
        raise Unfit("A demo has one help desk, and its people are invented.")
    if given.act == "change":
        return _change(services, given)
    account = _made(settings, services, given)
    print(f"{account.name} is served at {account.base_url}, beside the others. Let your proxy hand that host on, too.")
    if len(services.accounts.all()) == _SEVERAL:
        print(
            "With several help desks, a mail server or provider of texts that owners named must have a public address. "
            "One in your own network is named in the environment; `./run doctor` says whether each is reached."
        )
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
    from twofold.ports.accounts import Account  # noqa: PLC0415

    others = services.accounts.all()
    if not others:
        raise Unfit("There is no help desk here yet. `./run` makes the first one.")
    name, zone = given.name.strip(), given.time_zone or settings.time_zone
    _see_that_they_fit(name, zone)
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


def _change(services: Services, given: Namespace) -> int:
    """Give a help desk another name, time zone or address; 1 when the answer was no."""
    from twofold.commands import moving  # noqa: PLC0415

    old = account_of(services, given)
    others = [one for one in services.accounts.all() if one.id != old.id]
    if given.address and not others:
        raise Unfit(
            "While there is one help desk, its address is that of TWOFOLD_PUBLIC (or --public): start the server with "
            "the new one. Sessions, trusted browsers and mailed links end with the old host name, as they would here."
        )
    new = replace(
        old,
        name=given.name.strip() or old.name,
        time_zone=given.time_zone or old.time_zone,
        base_url=_address(given.address, others) if given.address else old.base_url,
    )
    if new == old:
        raise Unfit("Nothing would change. Give a NAME, --public https://… or --time-zone ZONE.")
    _see_that_they_fit(new.name, new.time_zone)
    moves = moving.is_move(old, new)
    if moves:
        print(f"{old.name} moves from {old.base_url} to {new.base_url}.")
        print("Everybody signs in anew, and links that were mailed to them open nothing any more.")
        if not given.yes and not _agreed():
            print("Nothing was changed.")
            return 1
    if not moving.change(services, old, new):
        raise Unfit(
            f"There is a help desk with the host name {urlsplit(new.base_url).hostname} already, or somebody changed "
            f"{old.name} just now: look with `./run account list`."
        )
    _print_change(old, new, moves=moves)
    return 0


def _print_change(old: Account, new: Account, *, moves: bool) -> None:
    print(f"{new.name} is served at {new.base_url}.")
    if moves:
        was = urlsplit(old.base_url).hostname
        print(f"Ended: sessions, unfinished sign-ins, trusted browsers, and mailed links. {was} is answered with 421.")
        print("Let your proxy hand the new host on. Invitations that were not followed yet have to be mailed again.")
    if new.name != old.name:
        print("Authenticator apps go on showing the old name for what was set up before; its codes work.")


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise Unfit("Nobody can answer here. Add --yes to move it without asking.")
    return input("Move it? [y/N] ").strip().lower() in {"y", "yes"}


def _see_that_they_fit(name: str, zone: str) -> None:
    """Raise Unfit with what is wrong with a name or a time zone."""
    from twofold.flows.owner import HelpDesk, check_help_desk  # noqa: PLC0415

    bad = check_help_desk(HelpDesk(name=name, time_zone=zone))
    if bad is not None:
        raise Unfit(" ".join(_WRONG[field] for field in bad.problems))


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
