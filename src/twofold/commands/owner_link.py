"""`./run owner-link`: a new set-up link, while there is no owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.commands.house import account_of, open_house

if TYPE_CHECKING:
    from argparse import Namespace


def run(given: Namespace) -> int:
    """Print the link; 1 when there is an owner already."""
    settings, services = open_house()
    # Imported here: it needs Django set up.
    from twofold.commands import first_owner  # noqa: PLC0415

    link = first_owner.new_link(services, settings, account_of(services, given))
    if link is None:
        print("There is an owner already. To let somebody in again: ./run rescue EMAIL")
        return 1
    print(link)
    return 0
