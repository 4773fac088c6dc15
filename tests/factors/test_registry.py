"""The registry: every factor under the name its enrolments are stored with, and with traits that policy can use."""

from __future__ import annotations

import pytest

from twofold.core.assurance import FIRST_FACTORS
from twofold.factors.registry import FACTORS

# RFC 8176, 2: the values of amr that a second factor of ours may have.
METHODS = {"fpt", "hwk", "mca", "otp", "pin", "pop", "sc", "sms", "swk", "tel", "user"}


@pytest.mark.parametrize("kind", FACTORS)
def test_each_factor_stands_under_its_own_kind_with_methods_of_the_standard(kind: str) -> None:
    factor = FACTORS[kind]
    assert factor.kind == kind
    assert kind not in FIRST_FACTORS
    assert factor.traits.amr
    assert set(factor.traits.amr) <= METHODS
    assert factor.traits.strong or not factor.traits.phishing_resistant


def test_an_authenticator_app_is_strong_and_can_be_phished() -> None:
    traits = FACTORS["totp"].traits
    assert (traits.strong, traits.phishing_resistant, traits.mailed) == (True, False, False)


def test_what_sends_makes_its_challenges_by_post_and_says_over_what() -> None:
    for factor in FACTORS.values():
        assert factor.channel in {"", "email", "sms"}
        assert factor.makes_challenge or not factor.channel
        assert factor.traits.mailed == (factor.channel == "email")
