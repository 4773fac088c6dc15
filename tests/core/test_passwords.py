"""What a new password must be."""

import pytest

from tests.core.values import wide
from twofold.core import passwords
from twofold.core.passwords import PasswordProblem


@pytest.mark.parametrize(
    ("password", "problem"),
    [
        ("", PasswordProblem.TOO_SHORT),
        ("elevenchars", PasswordProblem.TOO_SHORT),
        ("twelve chars", None),
        ("x" * 128, None),
        ("x" * 129, PasswordProblem.TOO_LONG),
        ("x" * 1_000_000, PasswordProblem.TOO_LONG),
        ("\N{DEVANAGARI LETTER QA}" * 64, None),
        ("\N{DEVANAGARI LETTER QA}" * 65, PasswordProblem.TOO_LONG),
        ("u\N{COMBINING DIAERESIS}" * 11, PasswordProblem.TOO_SHORT),
        ("\N{LATIN SMALL LIGATURE FFI}" * 11, PasswordProblem.TOO_SHORT),
        ("\N{CYRILLIC SMALL LETTER A}" * 12, None),
        ("maria.lopez1", PasswordProblem.CONTAINS_NAME),
        ("MariaLopez2026!", PasswordProblem.CONTAINS_NAME),
        ("mariamariamaria", PasswordProblem.CONTAINS_NAME),
        ("acme-example-1", PasswordProblem.CONTAINS_NAME),
        (wide("MariaLopez12"), PasswordProblem.CONTAINS_NAME),
        ("maria likes her green tea", None),
        ("blue elephants", None),
    ],
)
def test_length_and_names(password: str, problem: PasswordProblem | None) -> None:
    assert passwords.check(password, email="maria.lopez@acme.example", name="María López-Ruiz, Maria") == problem


def test_the_longest_name_goes_first() -> None:
    assert passwords.check("annabelannabel", email="anna@acme.example", name="Annabel") is PasswordProblem.CONTAINS_NAME


def test_short_names_are_in_many_words() -> None:
    assert passwords.check("bobobobobobo", email="bo@x.example", name="Bo") is None


def test_every_keyboard_writes_the_same_password() -> None:
    composed, decomposed = "Zürich im Schnee", "Zu\u0308rich im Schnee"
    assert composed != decomposed
    assert passwords.normalise(composed) == passwords.normalise(decomposed)
    assert passwords.normalise(wide("Correct-Horse-12")) == "Correct-Horse-12"
