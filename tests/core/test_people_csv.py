"""Files of people as spreadsheets write them, and as nobody should."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from twofold.core.people_csv import (
    LINES_MOST,
    BadFile,
    Encoding,
    FileProblem,
    Head,
    Place,
    encoding_of,
    group_names,
    head_of,
    lines_in,
    parts_of,
    role_of,
    rows,
)
from twofold.core.plain import has_control
from twofold.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


def cut(content: bytes, size: int = 3) -> list[bytes]:
    """Cut bytes as a network does: in the middle of characters and of line ends."""
    return [content[at : at + size] for at in range(0, len(content), size)]


def text(content: bytes) -> str:
    found = encoding_of(cut(content))
    assert isinstance(found, Encoding)
    return "\n".join(parts_of(cut(content), found))


def in_parts(*parts: str) -> Callable[[int], str | None]:
    return lambda number: parts[number] if number < len(parts) else None


def head(columns: str = "email,name") -> Head:
    found = head_of(columns)
    assert isinstance(found, Head)
    return found


def read(*parts: str) -> list[tuple[int, tuple[str, ...], bool]]:
    return [(row.line, row.cells, row.broken) for row in rows(in_parts(*parts), head(parts[0].partition("\n")[0]))]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"email\nana@acme.example", Encoding.UTF_8),
        ("email,name\na@b.example,Žofie 😀".encode(), Encoding.UTF_8),
        ("email,name\na@b.example,Žofie 😀".encode("utf-8-sig"), Encoding.UTF_8),
        ("email\tname\r\na@b.example\tŽofie 😀".encode("utf-16"), Encoding.UTF_16),
        (b"\xfe\xff" + "email\rŽofie".encode("utf-16-be"), Encoding.UTF_16),
        ("email;name\na@b.example;Jörg".encode("cp1252"), Encoding.WINDOWS_1252),
        # The last character is cut off: no UTF-8.
        (b"email\nJ\xc3", Encoding.WINDOWS_1252),
    ],
)
def test_the_encoding_is_found_and_no_mark_is_left(content: bytes, encoding: Encoding) -> None:
    assert encoding_of(cut(content)) is encoding
    assert text(content).startswith("email")
    assert "\r" not in text(content)
    assert "\ufeff" not in text(content)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b" \r\n\t\r\n"])
def test_nothing_is_no_file(content: bytes) -> None:
    assert encoding_of(cut(content)) is FileProblem.EMPTY


def test_what_is_no_text_is_said_to_be_none() -> None:
    assert encoding_of([b"PK\x03\x04\x14\x00\x06\x00"]) is FileProblem.NOT_TEXT
    assert encoding_of([b"email\n", b"a\0b"]) is FileProblem.NOT_TEXT


def test_a_byte_that_means_nothing_is_seen() -> None:
    assert text(b"email\nJ\x81rg \xe4") == "email\nJ\ufffdrg ä"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_end_of_a_line_is_one(end: bytes) -> None:
    assert text(end.join([b"email", b"a", b"", b"b", b""])) == "email\na\n\nb"


def test_parts_end_where_lines_do() -> None:
    lines = [f"p{number}@acme.example,Name {number}" for number in range(40_000)]
    content = "\n".join(["email,name", *lines]).encode()

    parts = list(parts_of(cut(content, 64 * 1024), Encoding.UTF_8))

    assert len(parts) > 3
    assert all(line.count("@") == 1 for part in parts[1:] for line in part.split("\n"))
    found = list(rows(in_parts(*parts), head()))
    assert [row.cells[0] for row in found] == [line.partition(",")[0] for line in lines]
    assert [row.line for row in found] == list(range(2, 40_002))
    assert list(parts_of([], Encoding.UTF_8)) == []


@pytest.mark.parametrize(
    ("line", "separator", "columns"),
    [
        ("email,name", ",", ("email", "name")),
        ("Name;EMAIL;Role", ";", ("Name", "EMAIL", "Role")),
        ("email\tname", "\t", ("email", "name")),
        ('"email","name, whole"', ",", ("email", "name, whole")),
        ("name, email ,phone", ",", ("name", "email", "phone")),
        ("email", ",", ("email",)),
        # More commas than semicolons: what makes a column of addresses decides.
        ("a,b,c;email", ";", ("a,b,c", "email")),
        ("sep=;\nemail;name", ";", ("email", "name")),
        ("\n  \nemail,name", ",", ("email", "name")),
    ],
)
def test_the_separator_is_found_from_the_head_line(line: str, separator: str, columns: tuple[str, ...]) -> None:
    found = head_of(f"{line}\na,b")
    assert isinstance(found, Head)
    assert (found.separator, found.columns) == (separator, columns)
    assert Head.from_json(found.to_json()) == found
    assert next(rows(in_parts(f"{line}\na{separator}b"), found)).cells == ("a", "b")


def test_columns_of_ours_are_found_and_the_others_named() -> None:
    found = head("Name,E-Mail-Text,email,,Groups")
    assert (found.place_of("email"), found.place_of("name"), found.place_of("role")) == (2, 0, None)
    assert found.ignored == ("E-Mail-Text",)


@pytest.mark.parametrize(
    ("line", "problem", "columns"),
    [
        ("name,phone", FileProblem.NO_EMAIL_COLUMN, ("name", "phone")),
        ("ana@acme.example;Ana", FileProblem.NO_EMAIL_COLUMN, ("ana@acme.example", "Ana")),
        ("email,name,Email", FileProblem.COLUMN_TWICE, ("email", "name", "Email")),
        ("\n \n", FileProblem.EMPTY, ()),
        ("x" * 200_000, FileProblem.NO_EMAIL_COLUMN, ("x" * 60,)),
    ],
)
def test_a_head_line_that_does_not_fit(line: str, problem: FileProblem, columns: Sequence[str]) -> None:
    assert head_of(line) == BadFile(problem, tuple(columns))


def test_rows_stand_at_their_lines_and_empty_ones_are_no_rows() -> None:
    found = read('email,name\na@b,"two\nlines"\n\n , \n c@d ,"says ""no"""\ne@f')
    assert found == [
        (2, ("a@b", "two\nlines"), False),
        (6, (" c@d ", 'says "no"'), False),
        (7, ("e@f",), False),
    ]


def test_empty_lines_are_passed_over_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    read_rows: list[object] = []
    reader = csv.reader

    def noted(lines: Iterable[str], *, delimiter: str, strict: bool) -> Iterable[Sequence[str]]:
        read_rows.append(lines)
        return reader(lines, delimiter=delimiter, strict=strict)

    monkeypatch.setattr(csv, "reader", noted)
    parts = ("email,name\n\n,,,\n \t\n", "\n,\na@b,A\n\n", "\n" * 1_000, "c@d,C\n,")
    found = [(row.line, row.cells) for row in rows(in_parts(*parts), Head(separator=",", columns=("email",), lines=1))]
    assert found == [(8, ("a@b", "A")), (1012, ("c@d", "C"))]
    assert len(read_rows) == len(found), "nothing is read of an empty line: a spreadsheet writes a million of them"
    assert lines_in(in_parts(*parts)) == 1013


def test_a_row_of_quoted_nothing_is_none() -> None:
    assert read('email,name\n"","\n"\n\u00a0,\na@b,A') == [(5, ("a@b", "A"), False)]


def test_a_quote_that_is_never_closed_costs_its_own_row_alone() -> None:
    few = read('email,name\na@b,"open\nc@d,C\ne@f,F')
    assert few == [(2, ('a@b,"open',), True), (3, ("c@d", "C"), False), (4, ("e@f", "F"), False)]
    many = read("\n".join(["email,name", 'a@b,"open', *[f"p{n}@b,P" for n in range(2 * LINES_MOST)]]))
    assert [broken for _, _, broken in many] == [True, *[False] * 2 * LINES_MOST]
    assert [line for line, _, _ in many] == list(range(2, 2 * LINES_MOST + 3))


def test_quotes_in_the_wrong_place_and_endless_cells_are_broken_rows() -> None:
    assert read('email,name\n"a"b,x\nc@d,C') == [(2, ('"a"b,x',), True), (3, ("c@d", "C"), False)]
    endless = "x" * 200_000
    assert read(f"email,name\n{endless}\nc@d,C") == [(2, (endless,), True), (3, ("c@d", "C"), False)]


def test_a_row_goes_on_in_the_next_part() -> None:
    parts = ('email,name\na@b,"two', 'lines"\nc@d,"open', "e@f,F", "", "g@h,G")
    assert read(*parts) == [
        (2, ("a@b", "two\nlines"), False),
        (4, ('c@d,"open',), True),
        (5, ("e@f", "F"), False),
        (7, ("g@h", "G"), False),
    ]


def test_reading_goes_on_behind_any_row() -> None:
    parts = in_parts('email,name\na@b,A\nc@d,"two', 'lines"\ne@f,"open\ng@h,G', "i@j,I")
    whole = list(rows(parts, head()))
    for number, row in enumerate(whole, start=1):
        assert list(rows(parts, head(), row.behind)) == whole[number:]
    assert list(rows(parts, head(), Place(9, 0, 9))) == []


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("", Role.END_USER),
        ("  ", Role.END_USER),
        ("End user", Role.END_USER),
        ("end-user", Role.END_USER),
        ("END_USER", Role.END_USER),
        ("Agent", Role.AGENT),
        (" owner ", Role.OWNER),
        ("Auditor", Role.AUDITOR),
        ("boss", None),
    ],
)
def test_roles_are_read_as_people_write_them(word: str, role: Role | None) -> None:
    assert role_of(word) is role


def test_groups_are_one_name_or_several() -> None:
    known = {"Sales; north", "A"}.__contains__
    assert group_names("", known) == ()
    assert group_names(" Sales; north ", known) == ("Sales; north",)
    assert group_names("A; B;A;", known) == ("A", "B")
    assert group_names("A|B", known) == ("A", "B")
    assert group_names("A, B", known) == ("A", "B")
    assert group_names("C", known) == ("C",)


@pytest.mark.parametrize(("text_", "has"), [("Ana", False), ("Ana\n", True), ("a\u202eb", True), ("a\x00", True)])
def test_control_characters_are_found(text_: str, has: bool) -> None:
    assert has_control(text_) is has
