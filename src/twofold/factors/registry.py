"""The second factors of this house: an import and a line for each."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from twofold.factors.email import Email
from twofold.factors.sms import Sms
from twofold.factors.totp import Totp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.factors.contract import SecondFactor

_ALL: Final[tuple[SecondFactor, ...]] = (Totp(), Sms(), Email())

FACTORS: Final[Mapping[str, SecondFactor]] = MappingProxyType({one.kind: one for one in _ALL})
"""Every second factor by the name under which its enrolments are stored."""
