"""The page of settings says what the settings are, and no page names one that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.settings_page import PAGE, rendered
from twofold.settings import FILE, Settings, variables

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_NAME = re.compile(r"\bTWOFOLD_[A-Z_]*[A-Z]")


def test_the_page_is_made_of_the_settings() -> None:
    assert PAGE.read_text(encoding="utf-8") == rendered(), "python -m tests.docs.settings_page writes it anew"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_has_its_row(name: str) -> None:
    assert f"| `TWOFOLD_{name.upper()}` |" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_description_is_a_sentence(name: str) -> None:
    text = Settings.model_fields[name].description
    assert text is not None
    assert text.endswith(".")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_setting_that_there_is_not(page: Path) -> None:
    known = {*variables(), *(name + FILE for name in variables())}
    assert set(_NAME.findall(page.read_text(encoding="utf-8"))) <= known
