"""The operator's numbers, felt where people meet them, with the clock moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING

from tests.walks.kit import is_signed_in
from twofold.core.attempts import AttemptLimits
from twofold.core.freshness import Limits
from twofold.core.throttle import AddressLimit
from twofold.services import install

if TYPE_CHECKING:
    from tests.walks.kit import Desk
    from twofold.core.numbers import Numbers


def with_numbers(desk: Desk, **numbers: object) -> Numbers:
    """Run the product with other numbers."""
    desk.services = replace(desk.services, numbers=replace(desk.services.numbers, **numbers))  # type: ignore[arg-type]
    install(desk.services)
    return desk.services.numbers


def test_an_unfinished_sign_in_lives_as_long_as_the_operator_says(desk: Desk) -> None:
    with_numbers(desk, sign_in=AttemptLimits(step_for=timedelta(minutes=3), whole_for=timedelta(minutes=5)))
    ben = desk.add("ben@acme.example", app=True, chosen=True)
    browser = desk.browser()
    desk.present_password(browser, ben)
    desk.forward(minutes=2)
    assert browser.get("/sign-in/passcode").status == 200
    desk.forward(minutes=1)
    assert browser.get("/sign-in/passcode").status == 410


def test_a_proof_stays_fresh_as_long_as_the_operator_says(desk: Desk) -> None:
    with_numbers(desk, fresh=Limits(fresh_for=timedelta(minutes=12)))
    ben = desk.add("ben@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ben)
    desk.forward(minutes=11)
    browser.get("/profile/security/recovery-codes")
    browser.submit(having="csrfmiddlewaretoken", press="")
    assert "Is it still you?" not in browser.page.text
    desk.forward(minutes=1)
    browser.get("/profile/security/recovery-codes")
    browser.submit(having="csrfmiddlewaretoken", press="")
    assert "Is it still you?" in browser.page.text


def test_a_trusted_network_bears_more(desk: Desk) -> None:
    limit = AddressLimit(most=2, within=timedelta(minutes=15))
    with_numbers(desk, address_passwords=limit, trusted_networks=(ip_network("192.0.2.0/24"),))
    ann = desk.add("ann@acme.example")
    for address, gets_in in (("192.0.2.9", True), ("198.51.100.9", False)):
        for number in range(4):
            stranger = desk.browser(address=address)
            stranger.get("/sign-in")
            stranger.submit({"email": f"nobody{number}@acme.example", "password": "wrong wrong wrong"})
        browser = desk.browser(address=address)
        desk.present_password(browser, ann)
        assert is_signed_in(browser) is gets_in, address
