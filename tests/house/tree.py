"""The files of the repository, as the house's rules see them."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Folders that tools make, beside everything hidden but .ci.
_MADE = {"__pycache__", "mutants", "dist", "build", "test-results", "data", "demo-data"}


def files(*tops: str) -> Iterator[Path]:
    """Yield the files below these folders (or these files), without what tools make."""
    for top in tops:
        path = ROOT / top
        if path.is_file():
            yield path
        elif path.is_dir():
            for child in sorted(path.iterdir()):
                hidden = child.name.startswith(".") and child.name != ".ci"
                if not hidden and child.name not in _MADE and child.suffix != ".egg-info":
                    yield from files(str(child.relative_to(ROOT)))


def text_of(path: Path) -> str | None:
    """Return a file's text, or None where it is no text (a picture, a compiled catalogue)."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def name_of(path: Path) -> str:
    """Return a path as the repository writes it."""
    return path.relative_to(ROOT).as_posix()
