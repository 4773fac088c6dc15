"""Every code that the rules and flows answer has its row in docs/reference/codes.md, and no row is left over."""

from __future__ import annotations

import pkgutil
import re
from enum import StrEnum
from importlib import import_module

import pytest

import twofold.core
import twofold.flows
from tests.docs.reading import rows, sections, text_of

# Said to no one outside, and kept in no log: shapes of answers between core, flows and pages.
BETWEEN_ROOMS = {
    "core.effects.Fate",
    "core.effects.Which",
    "core.freshness.Asks",
    "core.roles.Audience",
    "core.trust.Cookie",
    "core.typed.Shape",
    "flows.exempting.Missing",
    "flows.first_steps.Step",
    "flows.outcomes.Stage",
    "flows.report_page.Holds",
    "flows.report_page.Whose",
}
_CLASS = re.compile(r"`((?:core|flows)\.[a-z_.]+\.[A-Za-z]+)`")


def all_codes() -> dict[str, type[StrEnum]]:
    """Return every enumeration of core and flows by its dotted name within the package."""
    found = {}
    for room in (twofold.core, twofold.flows):
        for module in pkgutil.iter_modules(room.__path__, f"{room.__name__}."):
            for kind in vars(import_module(module.name)).values():
                if isinstance(kind, type) and issubclass(kind, StrEnum) and kind.__module__ == module.name:
                    found[f"{module.name.removeprefix('twofold.')}.{kind.__name__}"] = kind
    return found


CODES = all_codes()
SECTIONS = {
    match[1]: below for heading, below in sections(text_of("codes.md")).items() if (match := _CLASS.search(heading))
}


def test_every_enumeration_has_its_section() -> None:
    assert len(CODES) > 20
    assert set(SECTIONS) == set(CODES) - BETWEEN_ROOMS


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_every_code_has_its_row(name: str) -> None:
    assert set(rows(SECTIONS[name])) == {code.value for code in CODES[name]}
