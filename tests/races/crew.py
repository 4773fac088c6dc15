"""What every racer does at the same instant: send one form through the whole stack."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

# Loaded by the one thread that reads the order, before the others begin: a server does so before its port opens.
import twofold.urls  # noqa: F401
from tests.walks.browser import Browser
from twofold.factors.registry import FACTORS
from twofold.services import install
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.ports.services import Services

# Browsers, cookies and forms as they cross into another process: (origin, address, cookies, path, fields).
Order: TypeAlias = tuple[str, str, dict[str, str], str, dict[str, str]]


def send(services: Services, number: int, orders: Sequence[Order]) -> tuple[int, str, dict[str, str]]:
    """Send one of the orders (in turn); return status, where it leads, and the cookies that the browser then has."""
    install(replace(services, entropy=SystemEntropy(), factors=FACTORS))
    origin, address, cookies, path, fields = orders[number % len(orders)]
    browser = Browser(origin, address=address)
    for name, value in cookies.items():
        browser.set_cookie(name, value)
    page = browser.post(path, fields, follow=False, token=False)
    return page.status, page.headers.get("Location", ""), browser.cookies
