"""The pages of the documentation hold together: links lead somewhere, examples name what there is, nothing is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.reading import DOCS, PAGES, ROOT, examples_in
from tests.docs.test_words_mails_factors import options_of
from twofold.commands.main import WORDS

if TYPE_CHECKING:
    from pathlib import Path

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_RUN = re.compile(r"(?:\./run|^twofold|bin/twofold)(?= |$)((?: [^\s|;&)'\"]+)*)")
_OPTION = re.compile(r"(?<!\S)--[a-z-]+")
# Decisions are listed by their folder.
INDEXED = sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "decisions" and page.name != "index.md")
MOST_BYTES = 200 * 1000


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    found = set()
    for heading in _HEADING.findall(page.read_text(encoding="utf-8")):
        plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading).lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-"))
    return found


def relative_links(page: Path) -> list[str]:
    return [link for link in _LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in relative_links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor and target.suffix == ".md":
            assert anchor in anchors(target), f"{link} names no heading"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_example_names_words_and_options_that_exist(page: Path) -> None:
    for example in examples_in(page.read_text(encoding="utf-8")):
        # What stands behind two spaces explains the example.
        for after in _RUN.findall(example.partition("  ")[0]):
            first = f"{after} ".split(" ")[1]
            word = first if first and not first.startswith("--") else "serve"
            if not re.fullmatch(r"[a-z-]+", word):
                continue
            assert word in WORDS, f"{example}: no such word"
            known = {*options_of(word), "--help", "--version"}
            assert set(_OPTION.findall(after)) <= known, f"{example}: no such option"


@pytest.mark.parametrize("page", INDEXED, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_index_leads_to_every_page(page: Path) -> None:
    index = DOCS / "index.md"
    assert page in {(index.parent / link.partition("#")[0]).resolve() for link in relative_links(index)}


def test_the_readme_shows_a_picture_and_the_two_commands() -> None:
    readme = ROOT / "README.md"
    pictures = [ROOT / link for link in relative_links(readme) if link.endswith(".png")]
    assert pictures
    assert all(picture.stat().st_size < MOST_BYTES for picture in pictures)
    text = readme.read_text(encoding="utf-8")
    assert text.index("./run") < text.index("./test")
    assert "./run demo" in text
