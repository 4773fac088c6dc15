"""What every word shares: its type, and the wiring of Django."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.settings import Settings


class Run(Protocol):
    """What a word does with the line it was given."""

    def __call__(self, given: Namespace) -> int:
        """Return the exit code: 0 done, 1 not done, 2 the operator has to change something first."""


def wire(*, needs_folder: bool = True) -> Settings:
    """Set Django up for this process and return the settings.

    Raises Unfit when the data folder has not been made yet and `needs_folder`, or the database's driver is missing.
    """
    # Imported here: the process that serves must not carry them.
    import django  # noqa: PLC0415

    from twofold import logs  # noqa: PLC0415
    from twofold.settings import settings  # noqa: PLC0415

    found = settings()
    if needs_folder and not found.keys_path.is_file():
        raise Unfit(f"There is no data folder at {found.data} yet. `./run` makes it.")
    if not found.uses_sqlite and find_spec("psycopg") is None:
        raise Unfit(
            "PostgreSQL needs one more package: "
            ".venv/bin/pip install --require-hashes -r requirements/postgres.txt, in the folder of ./run."
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "twofold.django_settings")
    logs.set_up(found)
    django.setup(set_prefix=False)
    return found
