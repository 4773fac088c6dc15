"""What each release brought, read from the changelog that comes with the program: for Admin Center's page of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import twofold

FILE: Final = Path(twofold.__file__).with_name("CHANGELOG.md")
"""Beside the program, so that it is there however the program was installed."""
_CODE: Final = re.compile(r"`([^`]+)`")
_LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line; code is shown as such."""

    text: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class Part:
    """One subject of a release ("New", "Updating"), a line for each thing."""

    title: str
    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True, slots=True)
class Release:
    """One release: its version as the heading begins, the rest of the heading, and what changed."""

    version: str
    note: str
    parts: tuple[Part, ...]


@cache
def releases() -> tuple[Release, ...]:
    """Return every release, the newest first; nothing where the file is not there."""
    return read(FILE.read_text(encoding="utf-8")) if FILE.is_file() else ()


def read(text: str) -> tuple[Release, ...]:
    """Read a changelog: `## VERSION note`, below it `**Subject**` and lists."""
    _, *chunks = re.split(r"^## ", text, flags=re.MULTILINE)
    return tuple(_release(chunk) for chunk in chunks)


def _release(chunk: str) -> Release:
    heading, _, below = chunk.partition("\n")
    version, _, note = heading.strip().partition(" ")
    _, *parts = re.split(r"^\*\*(.+?)\*\*$", below, flags=re.MULTILINE)
    return Release(
        version=version.rstrip(","),
        note=note,
        parts=tuple(Part(title, _lines(body)) for title, body in zip(parts[::2], parts[1::2], strict=True)),
    )


def _lines(body: str) -> tuple[tuple[Piece, ...], ...]:
    _, *items = re.split(r"^- ", body, flags=re.MULTILINE)
    return tuple(_pieces(" ".join(item.split())) for item in items)


def _pieces(line: str) -> tuple[Piece, ...]:
    # Links lead to other pages of the documentation, which are not here.
    texts = _CODE.split(_LINK.sub(r"\1", line))
    return tuple(Piece(text, is_code=bool(number % 2)) for number, text in enumerate(texts) if text)
