"""What evidence says about itself."""

import pytest

from tests.core.values import APP, DAY, FIRST, NOW, evidence, proof
from twofold.core.assurance import (
    ADMIN_CODE,
    LINK_TRAITS,
    MAIL_LINK,
    MAILBOX,
    OPERATOR_LINK,
    OPERATOR_TRAITS,
    RECOVERY_CODE,
    Evidence,
    Proof,
)

LINK = Proof(kind=MAIL_LINK, at=NOW, traits=LINK_TRAITS)
OPERATOR = Proof(kind=OPERATOR_LINK, at=NOW, traits=OPERATOR_TRAITS)
CODE_TO_MAILBOX = Proof(kind=MAILBOX, at=NOW, traits=LINK_TRAITS)


@pytest.mark.parametrize(
    ("given", "first", "second"),
    [
        (Evidence(), None, None),
        (evidence(), FIRST, None),
        (Evidence((LINK,)), LINK, None),
        (Evidence((OPERATOR,)), OPERATOR, None),
        (Evidence((CODE_TO_MAILBOX,)), None, None),
        (Evidence((proof(),)), None, proof()),
        (evidence("totp"), FIRST, proof()),
        (evidence(RECOVERY_CODE), FIRST, proof(RECOVERY_CODE)),
        (evidence(ADMIN_CODE), FIRST, proof(ADMIN_CODE)),
        (Evidence((LINK, FIRST, proof("security_key"), proof())), FIRST, proof()),
    ],
)
def test_first_and_second_factor(given: Evidence, first: Proof | None, second: Proof | None) -> None:
    assert (given.first_factor, given.second_factor) == (first, second)


def test_the_latest_proof_of_a_kind_is_meant() -> None:
    later = proof(at=NOW + DAY)
    assert evidence("totp").with_proof(later).second_factor == later


@pytest.mark.parametrize(
    ("given", "amr"),
    [
        (Evidence(), ()),
        (evidence(), ("pwd",)),
        (evidence("totp"), ("mfa", "otp", "pwd")),
        (evidence("security_key", "totp"), ("hwk", "mfa", "otp", "pwd")),
        (Evidence((proof(),)), APP.amr),
        (Evidence((LINK,)), ()),
        (Evidence((LINK, proof())), ("mfa", "otp")),
    ],
)
def test_amr_is_what_was_proved(given: Evidence, amr: tuple[str, ...]) -> None:
    assert given.amr == amr


def test_a_recovery_code_is_told_from_a_code_of_an_admin() -> None:
    assert evidence(RECOVERY_CODE).has_recovery_code
    assert not evidence(ADMIN_CODE).has_recovery_code
