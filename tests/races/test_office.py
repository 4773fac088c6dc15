"""An office behind one network address: everybody is wrong once, and everybody gets in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.walks.kit import is_signed_in

if TYPE_CHECKING:
    from tests.walks.kit import Desk

PEOPLE = 120
OFFICE = "198.51.100.7"


def test_120_people_behind_one_address_each_wrong_once_all_get_in(desk: Desk) -> None:
    everybody = [desk.add(f"person{n}@acme.example", app=True, codes_too=False, chosen=True) for n in range(PEOPLE)]
    browsers = [desk.browser(address=OFFICE) for _ in everybody]
    for person, browser in zip(everybody, browsers, strict=True):
        desk.present_password(browser, person, password="mistyped once by all")
        assert browser.page.status == 200
        desk.present_password(browser, person)
        assert browser.page.path == "/sign-in/passcode", browser.page.text
    # All are wrong before the first of them is right.
    for browser in browsers:
        browser.submit({"passcode": "000000"})
        assert "That code is not right" in browser.page.text
    desk.forward(seconds=30)
    for person, browser in zip(everybody, browsers, strict=True):
        browser.submit({"passcode": person.app.code()})
        assert is_signed_in(browser), f"{person.email} is kept out: {browser.page.text}"
    assert len(desk.events("second_factor.refused")) == PEOPLE


def test_somebody_who_guesses_at_many_is_stopped_at_one_address(desk: Desk) -> None:
    everybody = [desk.add(f"person{n}@acme.example", app=True, codes_too=False, chosen=True) for n in range(40)]
    browsers = [desk.browser(address=OFFICE) for _ in everybody]
    for person, browser in zip(everybody, browsers, strict=True):
        desk.present_password(browser, person)
    stopped = 0
    for guess in range(2):
        for browser in browsers:
            browser.get("/sign-in/passcode")
            if browser.page.status == 200:
                stopped += browser.submit({"passcode": f"00000{guess}"}).status == 429
        desk.forward(seconds=5)
    assert stopped >= 5
    assert len(desk.events("second_factor.refused")) < 80
