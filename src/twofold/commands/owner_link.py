"""`./run owner-link`: a new set-up link, while there is no owner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.commands.words import wire

if TYPE_CHECKING:
    from argparse import Namespace


def run(given: Namespace) -> int:
    """Print the link; 1 when there is an owner already."""
    del given
    settings = wire()
    # Imported here: they need Django set up.
    from twofold.commands import first_owner, tables  # noqa: PLC0415
    from twofold.services import services  # noqa: PLC0415

    tables.bring_up_to_date(settings)
    built = services()
    account = first_owner.ensure_account(built, settings)
    link = first_owner.new_link(built, settings, account)
    if link is None:
        print("There is an owner already. To let somebody in again: ./run rescue EMAIL")
        return 1
    print(link)
    return 0
