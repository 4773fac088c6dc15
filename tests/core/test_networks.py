"""From which networks team members may come."""

import pytest

from twofold.core.networks import NotANetwork, is_inside, is_network, is_plainly_private, is_public, is_wider, read


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("192.0.2.0/24", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7/32"),
        ("2001:DB8::/32", "2001:db8::/32"),
        ("2001:db8::7", "2001:db8::7/128"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("192.0.2.0/255.255.255.0", "192.0.2.0/24"),
    ],
)
def test_networks_are_read(typed: str, canonical: str) -> None:
    assert read(typed) == canonical


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:db8::7/32", "2001:db8::/32"),
        ("nowhere", ""),
        ("", ""),
        ("1.2.3.4/33", ""),
    ],
)
def test_what_is_no_network_is_refused_with_what_it_may_have_meant(typed: str, meant: str) -> None:
    with pytest.raises(NotANetwork) as refused:
        read(typed)
    assert (refused.value.typed, refused.value.meant) == (typed, meant)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("192.0.2.0/24", True), ("192.0.2.7/24", False), ("192.0.2.7", False), ("2001:DB8::/32", False), ("x", False)],
)
def test_only_the_canonical_text_is_stored(text: str, canonical: bool) -> None:
    assert is_network(text) == canonical


OFFICE = ("192.0.2.0/24", "2001:db8::/32")


@pytest.mark.parametrize(
    ("address", "networks", "inside"),
    [
        ("192.0.2.255", OFFICE, True),
        ("192.0.3.0", OFFICE, False),
        ("::ffff:192.0.2.1", OFFICE, True),
        ("2001:db8:ffff::1", OFFICE, True),
        ("2001:db9::1", OFFICE, False),
        ("2001:db8::1%eth0", OFFICE, True),
        ("192.0.2.1", (), False),
        ("", OFFICE, False),
        ("unknown", OFFICE, False),
        ("192.0.2.1:443", OFFICE, False),
        ("192.0.2.1", ("nonsense",), False),
        ("192.0.2.1", ("nonsense", "192.0.2.0/24"), True),
        ("192.0.2.1", ("::/0",), False),
    ],
)
def test_what_cannot_be_read_lies_outside(address: str, networks: tuple[str, ...], inside: bool) -> None:
    assert is_inside(address, networks) == inside


@pytest.mark.parametrize(
    ("new", "old", "wider"),
    [
        ((), (), False),
        (OFFICE, (), False),
        ((), OFFICE, True),
        (("192.0.2.0/25",), OFFICE, False),
        (("192.0.0.0/16",), OFFICE, True),
        (("192.0.2.0/24", "203.0.113.0/24"), OFFICE, True),
        (("2001:db8:1::/48",), OFFICE, False),
        (("2001:db8::/32",), ("192.0.2.0/24",), True),
        (("192.0.2.0/24",), ("2001:db8::/32",), True),
        (("nonsense",), OFFICE, True),
    ],
)
def test_where_somebody_may_come_from_somewhere_new(new: tuple[str, ...], old: tuple[str, ...], wider: bool) -> None:
    assert is_wider(new, old) == wider


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("192.0.43.7", True),
        ("2a00:1450::1", True),
        ("2a00:1450::1%eth0", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        # What stands inside decides.
        ("::ffff:192.0.43.7", True),
        ("::ffff:10.1.2.3", False),
        ("64:ff9b::c000:2b07", True),
        ("64:ff9b::7f00:1", False),
        ("2002:c000:2b07::1", True),
        ("2002:7f00:1::1", False),
        ("no address", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("localhost", True),
        ("Mail.Localhost.", True),
        ("127.0.0.1", True),
        ("[::1]", True),
        ("fe80::1%eth0", True),
        ("192.0.43.7", False),
        ("mail.example.com", False),
    ],
)
def test_what_is_plainly_private(host: str, private: bool) -> None:
    assert is_plainly_private(host) is private
