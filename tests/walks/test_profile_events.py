"""Every kind of event has words for the person whom it happened to, or is known to say nothing to them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from twofold import flows
from twofold.web.profile.events import SILENT, WORDS

RECORDERS = {"record", "record_arrival", "record_by_operator", "record_by_system", "record_thinned", "_record"}

KIND = re.compile(r"[a-z_]+\.[a-z_]+")


def _kinds() -> set[str]:
    """Return every kind that a flow records: "a.b" among the arguments of a recorder."""
    found = set()
    for path in Path(flows.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in RECORDERS:
                texts = (each.value for each in ast.walk(node) if isinstance(each, ast.Constant))
                found |= {text for text in texts if isinstance(text, str) and KIND.fullmatch(text)}
    return found


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_event_has_its_words_and_no_words_are_left_over() -> None:
    kinds = _kinds()
    assert len(kinds) > 40
    assert kinds - set(WORDS) - SILENT == set()
    assert (set(WORDS) | SILENT) - kinds == set()
