"""Files of people, as spreadsheets write them: what bytes mean, where the columns are, and one row after the other.

CSV after RFC 4180, with the liberties that programs take: any of three separators, any of three ends of a line, with a
mark of the encoding or without. What cannot be read is told by its line, and reading goes on behind it.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from twofold.core.json import JsonObject, as_text, int_in, list_in, text_in
from twofold.core.roles import Role

ROWS_MOST: Final = 200_000
"""Rows of a file, the head line and empty lines left out."""
BYTES_MOST: Final = 16 * 1024 * 1024
LINES_IN_ALL: Final = 2_000_000
"""Lines of a file, empty ones too: some spreadsheets write as many as they have rows, and each takes time."""
LINES_MOST: Final = 20
"""Lines of one row: where a quote is open for longer, it was never closed."""
COLUMNS_MOST: Final = 100
EMAIL, NAME, ROLE, GROUPS = COLUMNS = ("email", "name", "role", "groups")
"""The columns that are read; only the first has to be there."""
_PART: Final = 64 * 1024
"""Characters of a part, about: parts end where a line does."""
_SEPARATORS: Final = (",", ";", "\t")
_SHOWN: Final = 60
"""Characters of a column's name."""
_SEP: Final = "sep="
"""What some spreadsheets write above the head line to name the separator."""


class Encoding(StrEnum):
    """How a file's characters are written; `WINDOWS_1252` is a guess where nothing else fits."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    WINDOWS_1252 = "windows-1252"


class FileProblem(StrEnum):
    """Why a whole file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"
    """A spreadsheet's own form, a picture: anything but rows of text."""
    NO_EMAIL_COLUMN = "no_email_column"
    COLUMN_TWICE = "column_twice"


@dataclass(frozen=True, slots=True)
class BadFile:
    """This file cannot be read; `columns` are those that its head line names."""

    problem: FileProblem
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the head line says: the separator, and the name of each column, as written. `lines` are before the rows."""

    separator: str
    columns: tuple[str, ...]
    lines: int

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns that are not read."""
        return tuple(column for column in self.columns if column and _folded(column) not in COLUMNS)

    def place_of(self, name: str) -> int | None:
        """Return where a column of ours stands, from 0 on; None: it is not there."""
        return next((at for at, column in enumerate(self.columns) if _folded(column) == name), None)

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {"separator": self.separator, "columns": [*self.columns], "lines": self.lines}

    @classmethod
    def from_json(cls, value: JsonObject) -> "Head":
        """Read what `to_json` wrote."""
        columns = tuple(as_text(one, "column") for one in list_in(value, "columns"))
        return cls(separator=text_in(value, "separator"), columns=columns, lines=int_in(value, "lines"))


@dataclass(frozen=True, slots=True)
class Place:
    """Where reading goes on: in which part, at which of its lines, and which line of the file that is, from 1 on."""

    part: int
    at: int
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as it stands at `line` of the file; `behind` it reading goes on.

    `broken`: its quotes are not those of CSV, so that nobody can tell where its cells end.
    """

    line: int
    cells: tuple[str, ...]
    behind: Place
    broken: bool = False


def encoding_of(chunks: Iterable[bytes]) -> Encoding | FileProblem:
    """Say how the characters of a file are written, having seen all of it."""
    utf8 = codecs.getincrementaldecoder("utf-8")()
    found: Encoding | None = None
    is_empty = True
    for chunk in chunks:
        if is_empty and chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return Encoding.UTF_16
        is_empty = is_empty and not chunk.strip(codecs.BOM_UTF8 + b" \t\r\n")
        if b"\0" in chunk:
            return FileProblem.NOT_TEXT
        found = found or _if_not_utf8(utf8, chunk)
    if is_empty:
        return FileProblem.EMPTY
    return found or _if_not_utf8(utf8, b"", final=True) or Encoding.UTF_8


def parts_of(chunks: Iterable[bytes], encoding: Encoding) -> Iterator[str]:
    """Return the text in parts of whole lines, the ends of lines made alike; the end of a part is one, too.

    A byte that means nothing becomes U+FFFD.
    """
    name = {Encoding.UTF_8: "utf-8-sig", Encoding.UTF_16: "utf-16", Encoding.WINDOWS_1252: "cp1252"}[encoding]
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(name)("replace"), translate=True)
    kept: list[str] = []
    length = 0
    for chunk in chunks:
        text = decoder.decode(chunk)
        kept.append(text)
        length += len(text)
        if length >= _PART and "\n" in text:
            whole, _, rest = "".join(kept).rpartition("\n")
            yield whole
            kept, length = [rest], len(rest)
    last = "".join(kept) + decoder.decode(b"", final=True)
    if last:
        yield last.removesuffix("\n")


def head_of(part: str) -> Head | BadFile:
    """Read the head line from the first part; empty lines before it are passed over."""
    separator = ""
    for number, line in enumerate(part.split("\n"), start=1):
        if not line.strip():
            continue
        if not separator and line.casefold().startswith(_SEP) and line[len(_SEP) :].rstrip(" ") in _SEPARATORS:
            separator = line[len(_SEP) :].rstrip(" ")
            continue
        return _head(line, number, (separator,) if separator else _SEPARATORS)
    return BadFile(FileProblem.EMPTY)


def rows(part_of: Callable[[int], str | None], head: Head, start: Place | None = None) -> Iterator[Row]:
    """Return the rows that are not empty, from behind the head line or from `start` on.

    `part_of` returns a part by its number, None behind the last.
    """
    lines = _Lines(part_of, start or Place(0, head.lines, head.lines + 1))
    while (first := lines.pass_empty(head.separator)) is not None:
        here = lines.place
        try:
            cells = next(csv.reader(lines.of_one_row(), delimiter=head.separator, strict=True))
        except csv.Error:
            # The rest of the file is not lost with it: the next line is a row again.
            lines.go_to(here)
            lines.take()
            yield Row(line=here.line, cells=(first,), behind=lines.place, broken=True)
            continue
        if any(cell.strip() for cell in cells):
            yield Row(line=here.line, cells=tuple(cells), behind=lines.place)


def lines_in(part_of: Callable[[int], str | None]) -> int:
    """Return how many lines there are, without reading what they say."""
    lines, number = 0, 0
    while (part := part_of(number)) is not None:
        lines, number = lines + part.count("\n") + 1, number + 1
    return lines


def role_of(text: str) -> Role | None:
    """Return the role of a word, in any case, with a space, dash or underscore; nothing means an end user."""
    word = "_".join(text.casefold().replace("-", " ").replace("_", " ").split()) or Role.END_USER
    return Role(word) if word in set(Role) else None


def group_names(text: str, known: Callable[[str], bool]) -> tuple[str, ...]:
    """Return the names of groups in a cell: the whole, where that is one, else what stands between `;`, `|` or `,`."""
    whole = text.strip()
    if not whole or known(whole):
        return (whole,) if whole else ()
    for separator in (";", "|", ","):
        if separator in whole:
            return tuple(dict.fromkeys(name.strip() for name in whole.split(separator) if name.strip()))
    return (whole,)


class _Lines:
    """The lines of a file, one after the other, through its parts."""

    def __init__(self, part_of: Callable[[int], str | None], place: Place) -> None:
        self._part_of = part_of
        self._kept: dict[int, list[str] | None] = {}
        self.go_to(place)

    @property
    def place(self) -> Place:
        """Where the next line stands."""
        return Place(self._part, self._at, self._line)

    def go_to(self, place: Place) -> None:
        """Go on at a place."""
        self._part, self._at, self._line = place.part, place.at, place.line

    def peek(self) -> str | None:
        """Return the next line and stay before it; None at the end."""
        while True:
            lines = self._lines_of(self._part)
            if lines is None:
                return None
            if self._at < len(lines):
                return lines[self._at]
            self._part, self._at = self._part + 1, self._at - len(lines)

    def pass_empty(self, separator: str) -> str | None:
        """Go before the next line that holds more than separators and space, and return it; None at the end."""
        nothing = " \t" + separator
        while (line := self.peek()) is not None and not line.strip(nothing):
            lines = self._lines_of(self._part) or []
            end = next((at for at in range(self._at, len(lines)) if lines[at].strip(nothing)), len(lines))
            self._line += end - self._at
            self._at = end
        return line

    def take(self) -> str | None:
        """Return the next line and go behind it."""
        line = self.peek()
        if line is not None:
            self._at += 1
            self._line += 1
        return line

    def of_one_row(self) -> Iterator[str]:
        """Return as many lines as one row may have; csv.Error when somebody wants more."""
        for _ in range(LINES_MOST):
            line = self.take()
            if line is None:
                return
            yield line + "\n"
        raise csv.Error("a quote was never closed")

    def _lines_of(self, part: int) -> list[str] | None:
        if part not in self._kept:
            text = self._part_of(part)
            # The one before stays, for a row that begins there and turns out to be none.
            self._kept = {number: lines for number, lines in self._kept.items() if number == part - 1}
            self._kept[part] = None if text is None else text.split("\n")
        return self._kept[part]


def _if_not_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> Encoding | None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return Encoding.WINDOWS_1252
    return None


def _head(line: str, number: int, separators: tuple[str, ...]) -> Head | BadFile:
    read = {separator: _cells(line, separator) for separator in separators}
    # The one that makes a column of addresses, else the one that makes the most columns.
    best = max(separators, key=lambda one: (EMAIL in [_folded(cell) for cell in read[one]], len(read[one])))
    columns = tuple(" ".join(cell.split())[:_SHOWN] for cell in read[best][:COLUMNS_MOST])
    folded = [_folded(column) for column in columns]
    if EMAIL not in folded:
        return BadFile(FileProblem.NO_EMAIL_COLUMN, columns)
    if any(folded.count(name) > 1 for name in COLUMNS):
        return BadFile(FileProblem.COLUMN_TWICE, columns)
    return Head(separator=best, columns=columns, lines=number)


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return [line]


def _folded(column: str) -> str:
    return column.strip().casefold()
