"""Every kind of event that is recorded has its row in docs/reference/events.md, with the parts of its detail."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import twofold
from tests.docs.reading import cells, codes_in, rows, text_of
from twofold.web.profile import events

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(twofold.__file__).parent
_RECORDERS = {"record", "record_arrival", "record_by_operator", "record_by_system", "record_thinned", "_record"}
_RECORDS = re.compile(rf"\b({'|'.join(_RECORDERS)})\s*\(")
_KIND = re.compile(r"[a-z_]+\.[a-z_]+")
ROWS = {name: row for name, row in rows(text_of("events.md")).items() if _KIND.fullmatch(name)}


def calls() -> Iterator[tuple[Path, ast.Call]]:
    """Find every call that records an event; the recorders' own, which hand a kind on, are left out."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        # To read all of them as trees, and each function once more, takes seconds; most have no such call.
        if _RECORDS.search(text) is None:
            continue
        for function in ast.walk(ast.parse(text)):
            if not isinstance(function, ast.FunctionDef) or "kind" in {one.arg for one in function.args.args}:
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and _name(call.func) in _RECORDERS and (call.args or call.keywords):
                    yield path, call


def recorded() -> dict[str, set[str]]:
    """Return every kind with the parts of its detail that are spelled out where it is recorded."""
    found: dict[str, set[str]] = {}
    for path, call in calls():
        kinds = {kind for argument in call.args for kind in _kinds(argument)}
        assert kinds, f"{path}:{call.lineno} records a kind that cannot be read here"
        details = [*call.args, *(one.value for one in call.keywords if one.arg == "detail")]
        parts = {_text(key) for detail in details if isinstance(detail, ast.Dict) for key in detail.keys} - {""}
        for kind in kinds:
            found.setdefault(kind, set()).update(parts)
    return found


def _name(function: ast.expr) -> str:
    return ast.unparse(function).rpartition(".")[2]


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _kinds(argument: ast.expr) -> set[str]:
    return {
        node.value
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KIND.fullmatch(node.value)
    }


RECORDED = recorded()


def test_every_kind_has_its_row_and_no_row_is_left_over() -> None:
    assert len(RECORDED) > 50
    assert set(ROWS) == set(RECORDED)


@pytest.mark.parametrize("kind", sorted(RECORDED))
def test_every_part_of_a_detail_is_named(kind: str) -> None:
    assert RECORDED[kind] <= codes_in(cells(ROWS[kind])[2])


def test_every_kind_is_either_told_to_the_person_or_left_out_on_purpose() -> None:
    # What is typed on the server about the whole account is about nobody's sign-in.
    of_all = {"account.changed", "account.moved", "backup.made", "backup.restored"}
    assert set(RECORDED) <= set(events.WORDS) | events.SILENT | of_all
    assert set(events.WORDS) | events.SILENT <= set(RECORDED)
