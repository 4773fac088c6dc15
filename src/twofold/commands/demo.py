"""`./run demo`: the same server on a data folder that was born as a demo, for this machine only."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from twofold.commands.serve import serve

if TYPE_CHECKING:
    from argparse import Namespace

FOLDER = "demo-data"


def run(given: Namespace) -> int:
    """Serve the demo; its folder is made, and filled with invented people, when it is not there yet."""
    del given
    if "TWOFOLD_DATA" not in os.environ:
        environment = Path(sys.prefix)
        beside = environment.parent if environment.name == ".venv" else Path.cwd()
        os.environ["TWOFOLD_DATA"] = str(beside / FOLDER)
    return serve(demo=True)
