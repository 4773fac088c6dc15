"""`./run rescue EMAIL`: lists what stands between somebody and a session and, with one yes, opens all of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from twofold.commands.house import account_of, named, open_house, shown
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.flows.rescue import Rescued
    from twofold.ports.accounts import Account


def run(given: Namespace) -> int:
    """Ask and open; 1 when the answer was no. Unfit when nobody has the address, or nobody can answer."""
    _, services = open_house()
    account = account_of(services, given)
    # Imported here, as in every word: only this one needs them.
    from twofold.commands import said  # noqa: PLC0415
    from twofold.flows.explain import explain  # noqa: PLC0415
    from twofold.flows.rescue import Rescued, rescue  # noqa: PLC0415

    found = explain(services, account, given.email)
    if found is None:
        raise Unfit(f"Nobody at {account.name} signs in with {given.email}.")
    person = found.person
    print(f"{named(person)}, {person.role.value.replace('_', ' ')} at {account.name}")
    print(f"  Two-factor authentication: {said.word(found.standing, account)}")
    if not found.obstacles:
        print("  Nothing stands in their way but what they know and hold.")
    for one in found.obstacles:
        print(f"  In the way: {said.obstacle(one, account)}")
    print(
        "\nA rescue ends suspension and waits, and makes a link that leads through a new password and a new second\n"
        "factor. What they have set up goes when the link is opened. It is recorded, and every owner is mailed."
    )
    if not given.yes and not _agreed():
        print("Nothing was changed.")
        return 1
    outcome = rescue(services, account, person.id)
    if not isinstance(outcome, Rescued):
        raise Unfit("Somebody changed this person just now; run it again.")
    _print(outcome, account)
    return 0


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise Unfit("Nobody can answer here. `./run rescue EMAIL --yes` opens everything without asking.")
    return input("Open everything for them? [y/N] ").strip().lower() in {"y", "yes"}


def _print(outcome: Rescued, account: Account) -> None:
    print(f"\nGive them this link; it works once, until {shown(outcome.url_until, account)}:")
    print(f"  {outcome.url}")
    print(f"Or this recovery code, beside their password; it works once, until {shown(outcome.code_until, account)}:")
    print(f"  {outcome.code}")
