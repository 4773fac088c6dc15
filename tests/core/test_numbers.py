"""The numbers in one value, and what holds for a network that the operator trusts."""

from dataclasses import replace
from ipaddress import ip_network

import pytest

from twofold.core.numbers import DEFAULTS, TRUSTED_TIMES
from twofold.core.throttle import ADDRESS_PASSWORDS

TRUSTING = replace(DEFAULTS, trusted_networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")))


@pytest.mark.parametrize(
    ("address", "times"),
    [("192.0.2.200", TRUSTED_TIMES), ("2001:db8::7", TRUSTED_TIMES), ("192.0.3.1", 1), ("::1", 1), ("nonsense", 1)],
)
def test_more_may_go_wrong_from_a_network_that_is_trusted(address: str, times: int) -> None:
    found = TRUSTING.for_address(ADDRESS_PASSWORDS, address)
    assert found == replace(ADDRESS_PASSWORDS, most=ADDRESS_PASSWORDS.most * times)


def test_nothing_is_trusted_unless_somebody_says_so() -> None:
    assert DEFAULTS.for_address(ADDRESS_PASSWORDS, "192.0.2.200") is ADDRESS_PASSWORDS
