"""The list of time zones: by region, each zone once, what is in use here first."""

from __future__ import annotations

import re
import zoneinfo
from typing import TYPE_CHECKING

import pytest

from twofold.web import places

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

_GROUP = re.compile(r'<optgroup label="([^"]+)">(.*?)</optgroup>', re.DOTALL)
_OPTION = re.compile(r'<option value="([^"]+)"( selected)?>([^<]+)</option>')


def listed(html: str) -> dict[str, list[tuple[str, str, str]]]:
    """Return the list by its headings: value, whether it is chosen, and words."""
    select = html.partition('id="time_zone"')[2].partition("</select>")[0]
    groups = dict(_GROUP.findall(select))
    assert not _OPTION.findall(_GROUP.sub("", select)), "none stands outside"
    return {heading: _OPTION.findall(options) for heading, options in groups.items()}


def test_ones_own_comes_first_then_regions(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    desk.change(ann, time_zone="America/Argentina/Buenos_Aires")
    browser = desk.sign_in(ann)
    found = listed(browser.get("/profile/details").html)
    own = ("America/Argentina/Buenos_Aires", " selected", "America/Argentina/Buenos_Aires")
    assert found["Suggested"] == [own, ("Europe/London", "", "Europe/London"), ("UTC", "", "UTC")]
    assert [*found][1:] == [*sorted([*found][1:-1]), "Other names"]
    assert ("America/Argentina/Cordoba", "", "Argentina, Cordoba") in found["America"]
    assert ("Europe/Vienna", "", "Vienna") in found["Europe"]
    assert ("US/Eastern", "", "US/Eastern") in found["Other names"]

    browser.submit({"time_zone": "Asia/Tokyo"})
    assert listed(browser.get("/profile/details").html)["Suggested"][0] == ("Asia/Tokyo", " selected", "Asia/Tokyo")


@pytest.mark.parametrize(
    "at_hand", [(), ("Europe/Vienna",), ("Europe/Vienna", "UTC", "Europe/Vienna"), ("Old/Zone", "")]
)
def test_every_zone_stands_there_once(at_hand: tuple[str, ...]) -> None:
    names = [name for _, zones in places.zones_by_region(*at_hand) for name, _ in zones]
    assert len(names) == len(set(names))
    assert set(names) == {*places.time_zones(), *(one for one in at_hand if one)}
    assert {"UTC", *(one for one in zoneinfo.available_timezones() if one.startswith("Europe/"))} <= set(names)


def test_the_account_has_the_same_list(as_owner: Browser) -> None:
    found = listed(as_owner.get("/admin/account/appearance").html)
    assert found["Suggested"] == [("Europe/London", " selected", "Europe/London"), ("UTC", "", "UTC")]
    assert "Pacific Ocean" in found
