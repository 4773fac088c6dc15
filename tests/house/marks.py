"""The marks in the source of the tests: which file carries which row, without running anything."""

import ast
from collections import defaultdict
from functools import cache

from tests.house import tree
from tests.promises import PAGES


@cache
def carriers(mark: str) -> dict[str, set[str]]:
    """Return, for each id that the tests carry by this mark, the files that carry it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in tree.files("tests"):
        # Most files carry none; to read them as trees takes longer than all else here.
        if path.suffix == ".py" and mark in (text := path.read_text(encoding="utf-8")):
            for node in ast.walk(ast.parse(text)):
                for each in _ids(node, mark):
                    found[each].add(tree.name_of(path))
    return found


def _ids(node: ast.AST, mark: str) -> list[str]:
    # pytest.mark.behaviour("A01", "A13"), wherever it stands.
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == mark):
        return []
    if not (isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "mark"):
        return []
    return [ast.literal_eval(argument) for argument in node.args]


def unknown(mark: str, known: tuple[str, ...]) -> list[str]:
    """Return the ids that tests carry and the mark's page does not have, each with its files."""
    return [
        f"{each} in {', '.join(sorted(where))}, but not on {tree.name_of(PAGES[mark])}"
        for each, where in sorted(carriers(mark).items())
        if each not in known
    ]
