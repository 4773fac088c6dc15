"""How often somebody would have been asked for a second factor: their sign-ins, replayed under a length of trust."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from twofold.core.ids import BrowserId
from twofold.core.rules import EVERY_SIGN_IN, TRUST_FOR_MOST

MONTH: Final = timedelta(days=30)
LOOKS_BACK: Final = MONTH + TRUST_FOR_MOST
"""How far sign-ins are read: what was proved before the month may have been trusted in it."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One sign-in; `browser` is None where none is kept of it."""

    at: datetime
    browser: BrowserId | None


def times_asked(sign_ins: Iterable[SignIn], trust_for: timedelta, *, since: datetime) -> int:
    """Count the sign-ins from `since` on that would have asked; they come oldest first, from LOOKS_BACK ago.

    As if a second factor had been asked for all along, and each browser been trusted after it for as long as policy
    lets it: the box is ticked unless somebody unticks it.
    """
    proved: dict[BrowserId, datetime] = {}
    asked = 0
    for one in sign_ins:
        last = None if one.browser is None else proved.get(one.browser)
        if trust_for != EVERY_SIGN_IN and last is not None and one.at < last + trust_for:
            continue
        if one.browser is not None:
            proved[one.browser] = one.at
        asked += one.at >= since
    return asked
