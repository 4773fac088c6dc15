"""Asking for the passphrase of a backup."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

from twofold.commands.archive import LEAST_PASSPHRASE
from twofold.unfit import Unfit


def ask(file: str, *, twice: bool = False) -> str:
    """Return the passphrase, from a file or typed; a new one is typed twice, and has a least length.

    Raises Unfit when it cannot be read, is too short, or was typed differently.
    """
    if file:
        try:
            given = Path(file).read_text(encoding="utf-8").strip("\r\n")
        except (OSError, UnicodeDecodeError) as problem:
            raise Unfit(f"The passphrase cannot be read from {file}: {problem}.") from problem
    elif sys.stdin.isatty():
        given = getpass.getpass("Passphrase of the backup: ")
        if twice and given != getpass.getpass("Once more: "):
            raise Unfit("The two are not the same. Nothing was written.")
    else:
        raise Unfit("Nobody can type a passphrase here; name a file that holds it with --passphrase-file.")
    if twice and len(given) < LEAST_PASSPHRASE:
        raise Unfit(f"The passphrase takes at least {LEAST_PASSPHRASE} characters. Nothing was written.")
    return given
