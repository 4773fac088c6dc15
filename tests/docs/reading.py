"""Reading the documentation: its pages, their sections and tables, and what they give as code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")])

_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)
_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(.*)$", re.MULTILINE)


def text_of(name: str) -> str:
    """Return the text of a page of the reference."""
    return (REFERENCE / name).read_text(encoding="utf-8")


def sections(text: str) -> dict[str, str]:
    """Return every heading with what stands below it, up to the next heading."""
    found = {}
    for part in _HEADING.split(text)[1:]:
        heading, _, below = part.partition("\n")
        found[heading.strip()] = below
    return found


def rows(text: str) -> dict[str, str]:
    """Return the tables' rows by the first thing that stands as code in their first cell; no code stands twice."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("| `"):
            continue
        name = _CODE.findall(line)[0]
        assert name not in found, f"{name} has two rows"
        found[name] = line
    return found


def cells(row: str) -> list[str]:
    """Return the cells of a row."""
    return [cell.strip() for cell in row.strip().strip("|").split("|")]


def codes_in(text: str) -> set[str]:
    """Return everything that stands as code within a line."""
    return set(_CODE.findall(text))


def examples_in(text: str) -> list[str]:
    """Return every line that is given as code: in fences, indented, and within a line."""
    fenced = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    plain = _FENCE.sub("", text)
    return [*fenced, *_INDENTED.findall(plain), *_CODE.findall(plain)]
