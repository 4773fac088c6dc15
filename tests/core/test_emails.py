"""One spelling for each address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import wide
from twofold.core import emails


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ann@acme.example", "ann@acme.example"),
        ("  Ann@ACME.Example \n", "ann@acme.example"),
        (wide("ann") + "@acme.example", "ann@acme.example"),
        ("ann+help@acme.example", "ann+help@acme.example"),
        ("a.n.n@sub.acme.example", "a.n.n@sub.acme.example"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("ann@acme\u3002example", "ann@acme.example"),
        ("\u212aim@acme.example", "kim@acme.example"),
        ("o'neil@acme.example", "o'neil@acme.example"),
        ("a" * 64 + "@acme.example", "a" * 64 + "@acme.example"),
    ],
)
def test_variants_share_one_spelling(typed: str, address: str) -> None:
    assert emails.normalise(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ann",
        "@acme.example",
        "ann@",
        "ann@acme",
        "ann@@acme.example",
        "ann@acme.example@evil.example",
        "ann@acme.example,bob@acme.example",
        "ann@acme.example;bob@acme.example",
        "ann@acme.example bob@acme.example",
        "ann @acme.example",
        "an\nn@acme.example",
        "ann@acme.example\x00",
        "ann@acme.example\r\nBcc: bob@acme.example",
        "\N{CYRILLIC SMALL LETTER A}nn@acme.example",
        "änn@acme.example",
        '"ann"@acme.example',
        "<ann@acme.example>",
        ".ann@acme.example",
        "ann.@acme.example",
        "a..n@acme.example",
        "ann@-acme.example",
        "ann@acme-.example",
        "ann@acme..example",
        "ann@.acme.example",
        "ann@acme.example.",
        "ann@[192.0.2.7]",
        "ann@ac_me.example",
        "ann@" + "a" * 64 + ".example",
        "a" * 65 + "@acme.example",
        "ann@" + "a." * 126 + "example",
        "x" * 1_000_000,
    ],
)
def test_what_is_not_one_address_is_none(typed: str) -> None:
    assert emails.normalise(typed) is None


@given(st.text(max_size=40) | st.emails())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = emails.normalise(text)
    if once is not None:
        assert emails.normalise(once) == once
        assert once.isascii()
        assert len(once) <= emails.MOST
        assert not set(once) & set(' ,;<>"\r\n\t\x00')


@pytest.mark.parametrize(
    ("address", "masked"), [("ann@acme.example", "a•••@a…"), ("t@example.org", "t•••@e…"), ("", "•••@…")]
)
def test_a_claimant_sees_the_first_letters(address: str, masked: str) -> None:
    assert emails.mask(address) == masked


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        (" Acme.Example ", "acme.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("localhost", None),
        ("@acme.example", None),
        ("acme..example", None),
        ("x" * 600, None),
        ("", None),
    ],
)
def test_a_domain_has_one_spelling(typed: str, domain: str | None) -> None:
    assert emails.domain_of(typed) == domain
    assert domain is None or emails.is_domain(domain)


@pytest.mark.parametrize("typed", ["ann@ acme.example", "ann@@acme.example"])
def test_the_domain_is_forgiven_no_space_of_its_own(typed: str) -> None:
    assert emails.normalise(typed) is None
