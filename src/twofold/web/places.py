"""What may be chosen in lists: time zones, and the languages that pages exist in."""

from __future__ import annotations

import zoneinfo
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.conf import settings as django_settings
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise

_REGIONS: Final[Mapping[str, StrOrPromise]] = MappingProxyType(
    {
        "Africa": _("Africa"),
        "America": _("America"),
        "Antarctica": _("Antarctica"),
        "Arctic": _("Arctic"),
        "Asia": _("Asia"),
        "Atlantic": _("Atlantic Ocean"),
        "Australia": _("Australia"),
        "Europe": _("Europe"),
        "Indian": _("Indian Ocean"),
        "Pacific": _("Pacific Ocean"),
    }
)


def time_zones(stored: str = "") -> Sequence[str]:
    """Return the names of the zones, UTC first; `stored` is among them, whatever list it came from."""
    names = _time_zones()
    return names if not stored or stored in names else (stored, *names)


def zones_by_region(*at_hand: str) -> list[tuple[str, Sequence[tuple[str, str]]]]:
    """Return the zones as a list shows them, each once: headings with the names and what is read of each.

    Those `at_hand`, what is stored and what is most likely meant, come first and by their whole names, with UTC. Below
    a region stands the place alone, so that typing its first letters finds it. Names that are older than regions come
    last.
    """
    first = [*dict.fromkeys([*(one for one in at_hand if one), "UTC"])]
    found: list[tuple[str, Sequence[tuple[str, str]]]] = [(gettext("Suggested"), [(one, one) for one in first])]
    for region, zones in _by_region().items():
        heading = str(_REGIONS[region]) if region else gettext("Other names")
        found.append((heading, [pair for pair in zones if pair[0] not in first]))
    return found


def locales(stored: str = "") -> list[tuple[str, str]]:
    """Return the languages, each in its own words; `stored` is among them."""
    known = [(code, translation.get_language_info(code)["name_local"]) for code, _ in django_settings.LANGUAGES]
    return known if not stored or stored in dict(known) else [(stored, stored), *known]


@cache
def _time_zones() -> tuple[str, ...]:
    names = sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *names)


@cache
def _by_region() -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the zones with the places that they are named after, by region; under "" those of none, as they are."""
    found: dict[str, list[tuple[str, str]]] = {region: [] for region in (*_REGIONS, "")}
    for name in _time_zones()[1:]:
        region, _slash, place = name.partition("/")
        if region in _REGIONS:
            found[region].append((name, place.replace("_", " ").replace("/", ", ")))
        else:
            found[""].append((name, name))
    return {region: sorted(zones, key=lambda pair: pair[1]) for region, zones in found.items() if zones}
