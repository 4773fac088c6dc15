"""Every kind of provider: an import and a line each."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from twofold.core.texts import Provider
from twofold.delivery.sms import http, twilio, vonage

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.delivery.sms.contract import Kind

KINDS: Final[Mapping[Provider, Kind]] = MappingProxyType(
    {
        Provider.TWILIO: twilio,
        Provider.VONAGE: vonage,
        # Last, because it reads the commonest words of all.
        Provider.HTTP: http,
    }
)
