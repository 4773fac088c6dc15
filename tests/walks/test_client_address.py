"""Whose address a request counts for: what a proxy of ours says, read from its right end, and no invention."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from twofold.web.address import client_address, is_sure

PROXIES = (ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"))
PEER, CLIENT, INVENTED = "127.0.0.1", "203.0.113.9", "198.51.100.1"


@pytest.mark.security("SC6", "SF5")
@pytest.mark.parametrize(
    ("said", "found"),
    [
        (CLIENT, CLIENT),
        (f"::ffff:{CLIENT}", CLIENT),
        (f"{INVENTED}, {CLIENT}", CLIENT),
        (f"{INVENTED}, {CLIENT}, 10.0.0.1", CLIENT),
        (f"garbage, {CLIENT}", CLIENT),
        # What the proxy nearest to us wrote cannot be read: what stands before it may be anybody's invention.
        (f"{INVENTED}, garbage", PEER),
        (f"{INVENTED}, unknown, 10.0.0.1", PEER),
        (f"{INVENTED},", PEER),
        (f"{INVENTED}:443", PEER),
        ("", PEER),
        (", ".join([INVENTED] * 21), PEER),
        ("10.0.0.1, 10.0.0.2", PEER),
    ],
)
def test_a_proxy_is_believed_as_far_as_it_can_be_read(said: str, found: str) -> None:
    environ = {"REMOTE_ADDR": PEER, "HTTP_X_FORWARDED_FOR": said}
    assert client_address(environ, PROXIES) == found
    assert is_sure(environ, PROXIES) == (found != PEER or said == "10.0.0.1, 10.0.0.2")


@pytest.mark.security("SC6")
@pytest.mark.parametrize("said", [CLIENT, "127.0.0.1", "garbage", ""])
def test_nobody_else_is_believed(said: str) -> None:
    environ = {"REMOTE_ADDR": INVENTED, "HTTP_X_FORWARDED_FOR": said}
    assert client_address(environ, PROXIES) == INVENTED
    assert is_sure(environ, PROXIES)
    assert client_address({**environ, "REMOTE_ADDR": "no address"}, PROXIES) == ""
