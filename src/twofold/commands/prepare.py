"""What a start does before the port opens: folder, keys, tables, the account, the first owner or their link."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twofold.commands import data_folder
from twofold.commands.words import wire
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.settings import Settings


def prepare(found: Settings, *, demo: bool = False) -> str:
    """Make what is missing, bring the database up to date, and return the block that is printed.

    `demo`: a data folder that is made now is born as a demo. Raises Unfit when something has to be changed first.
    """
    with _alone(found):
        data_folder.make(found, demo=demo)
        if found.is_demo:
            _refuse_to_leave_loopback(found)
        wire()
        # Imported here: they need Django set up.
        from twofold.commands import first_owner, tables  # noqa: PLC0415
        from twofold.services import services  # noqa: PLC0415

        tables.bring_up_to_date(found)
        built = services()
        account = first_owner.ensure_account(built, found)
        account = _filled(built, account) if found.is_demo else _real(built, account)
        first_owner.ensure_owner(built, found, account)
        return first_owner.block(built, found, account)


def _refuse_to_leave_loopback(found: Settings) -> None:
    """Raise Unfit when a demo, whose passwords everybody knows, would be reachable or share a database."""
    if found.is_https or found.listen or not found.uses_sqlite:
        raise Unfit(
            "A demo answers on this machine only, from its own SQLite database: "
            "leave out TWOFOLD_PUBLIC, TWOFOLD_LISTEN and TWOFOLD_DATABASE_URL."
        )


def _filled(built: Services, account: Account) -> Account:
    """Fill a demo with its people; Unfit when real ones are there already, whatever mark stands in the folder."""
    from twofold.commands import demo_data  # noqa: PLC0415 -- for a demo only

    if not demo_data.fill(built):
        raise Unfit(f"{account.name} has people of its own: its data folder was not born as a demo, and becomes none.")
    return built.accounts.all()[0]


def _real(built: Services, account: Account) -> Account:
    """Return the account; Unfit when it is a demo's, whose passwords everybody knows, without its mark."""
    from twofold.flows import demo  # noqa: PLC0415 -- needs Django set up

    if demo.was_born(built, account):
        raise Unfit(
            f"This database is a demo's, and {account.name} is invented: `./run demo` with its whole data folder."
        )
    return account


@contextmanager
def _alone(found: Settings) -> Iterator[None]:
    """Hold off a second start of the same data folder while this one makes keys and tables."""
    try:
        found.data.mkdir(mode=data_folder.FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as problem:
        raise Unfit(f"The data folder {found.data} cannot be made: {problem.strerror}.") from problem
    try:
        import fcntl  # noqa: PLC0415 -- Windows has none
    except ImportError:
        yield
        return
    with Path(found.data / data_folder.LOCK).open("w", encoding="ascii") as file:
        Path(file.name).chmod(data_folder.FILE_MODE)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
