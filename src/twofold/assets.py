"""Style sheets, scripts and pictures: where they lie, and the address under which they are served.

The address holds a digest of their content, so that browsers may keep them for ever and still see a new version at
once; nothing has to be collected or copied when the product is installed.
"""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = Path(__file__).parent / "web" / "static"


def bootstrap_folder() -> Path:
    """Return where the wheel of Bootstrap has its files; LookupError when it is not installed."""
    spec = find_spec("bootstrap")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError("The wheel that ships Bootstrap (bootstrap-wrapper) is not installed.")
    return Path(next(iter(spec.submodule_search_locations)))


def prefix() -> str:
    """Return the path under which everything is served, with both slashes: `/static/1a2b3c4d5e6f/`."""
    return f"/static/{_digest([*_files(OURS), bootstrap_folder() / 'version.txt'])}/"


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(files: Iterable[Path]) -> str:
    content = hashlib.sha256()
    for file in files:
        content.update(file.name.encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:12]
