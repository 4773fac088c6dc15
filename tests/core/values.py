"""Values that the tests of core share: an instant, kinds of factor, and short ways to say what is held and proved."""

from datetime import UTC, datetime, timedelta

from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, RECOVERY_TRAITS, Evidence, Proof, Traits
from twofold.core.ids import EnrolmentId
from twofold.core.policy import Held

NOW = datetime(2026, 5, 3, 10, 42, 7, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

APP = Traits(amr=("otp",), strong=True)
MAIL = Traits(amr=("otp",), mailed=True)
KEY = Traits(amr=("hwk",), phishing_resistant=True, strong=True)
TRAITS = {"totp": APP, "email": MAIL, "security_key": KEY}

FIRST = Proof(kind=PASSWORD, at=NOW, traits=PASSWORD_TRAITS)


def wide(text: str) -> str:
    """Return ASCII text in full-width characters, as a keyboard for Chinese or Japanese types it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def held(kind: str = "totp", *, used_at: datetime | None = NOW - DAY, confirmed_at: datetime = NOW - 90 * DAY) -> Held:
    """Return a confirmed enrolment of one kind."""
    return Held(
        id=EnrolmentId(f"{kind}-1"),
        kind=kind,
        traits=TRAITS[kind],
        confirmed_at=confirmed_at,
        last_used_at=used_at,
    )


def proof(kind: str = "totp", at: datetime = NOW) -> Proof:
    """Return a proof by a factor of one kind, or by a code that stands in for one."""
    return Proof(kind=kind, at=at, traits=TRAITS.get(kind, RECOVERY_TRAITS))


def evidence(*kinds: str) -> Evidence:
    """Return the evidence of a right password and of one proof of each kind."""
    return Evidence((FIRST, *(proof(kind) for kind in kinds)))
