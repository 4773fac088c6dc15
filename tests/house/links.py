"""Write the last column of docs/security-case.md from the marks: `.venv/bin/python -m tests.house.links`."""

import re

from tests.house import marks
from tests.promises import SECURITY_CASES

_ROW = re.compile(r"^(?P<row>\| (?P<id>S[A-Z][0-9]+) \|.*\|)[^|]*\|$")


def linked(page: str) -> str:
    """Return the page with its last column as the tests have it now."""
    held_by = marks.carriers("security")
    return "".join(_linked_line(line, held_by) + "\n" for line in page.splitlines())


def _linked_line(line: str, held_by: dict[str, set[str]]) -> str:
    row = _ROW.match(line)
    if row is None:
        return line
    links = ", ".join(f"[{name}](../{name})" for name in sorted(held_by.get(row["id"], ())))
    return f"{row['row']} {links} |"


if __name__ == "__main__":
    SECURITY_CASES.write_text(linked(SECURITY_CASES.read_text(encoding="utf-8")), encoding="utf-8")
