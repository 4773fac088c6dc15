"""What may be chosen in lists: time zones, and the languages that pages exist in."""

from __future__ import annotations

import zoneinfo
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings as django_settings
from django.utils import translation

if TYPE_CHECKING:
    from collections.abc import Sequence


def time_zones(stored: str = "") -> Sequence[str]:
    """Return the names of the zones, UTC first; `stored` is among them, whatever list it came from."""
    names = _time_zones()
    return names if not stored or stored in names else (stored, *names)


def locales(stored: str = "") -> list[tuple[str, str]]:
    """Return the languages, each in its own words; `stored` is among them."""
    known = [(code, translation.get_language_info(code)["name_local"]) for code, _ in django_settings.LANGUAGES]
    return known if not stored or stored in dict(known) else [(stored, stored), *known]


@cache
def _time_zones() -> tuple[str, ...]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *names)
