"""The help desk of the walks, and a language that nobody speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import override_settings
from django.utils.translation import gettext_lazy as _

from tests.databases import sqlite_template
from tests.i18n import pseudo
from tests.walks.conftest import clock, desk, make_desk, services
from twofold.web import pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


__all__ = ["clock", "desk", "make_desk", "services", "sqlite_template"]


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Extract every message once, and compile the pseudo-locale."""
    folder = tmp_path_factory.mktemp("locale")
    pseudo.compile_into(folder)
    return folder


@pytest.fixture
def spoken(catalogue: Path) -> Iterator[None]:
    """Add the pseudo-locale to the product's languages, as a translation that somebody contributed would be."""
    languages = [("en", _("English")), (pseudo.LANGUAGE, "Pseudo")]
    with override_settings(LOCALE_PATHS=[catalogue], LANGUAGES=languages):
        _forget()
        yield
        _forget()


def _forget() -> None:
    # What a process remembers of its languages, which never change while it runs.
    pages._accepted_language.cache_clear()
    pages._supported.cache_clear()
