"""`./run doctor`: looks at what goes wrong outside the product, and says what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.commands.findings import Mark
from twofold.commands.words import wire

if TYPE_CHECKING:
    from argparse import Namespace


def run(given: Namespace) -> int:
    """Print every finding; 1 when anything has to be mended."""
    del given
    settings = wire()
    # Imported here: it needs Django set up.
    from twofold.commands.checks import everything  # noqa: PLC0415

    found = list(everything(settings))
    for one in found:
        print(f"{one.mark.value}  {one.about + ':':<10} {one.text}")
    bad = sum(one.mark is Mark.BAD for one in found)
    print(f"\n{bad} to mend." if bad else "\nAll is well.")
    return 1 if bad else 0
