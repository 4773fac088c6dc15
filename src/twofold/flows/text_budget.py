"""The account's texts of a day: how many everybody may use, how many end users, and who is told when they run out.

End users alone never use them up: whoever has some stolen passwords of theirs would otherwise keep the team out. Nor do
numbers that nobody has proved yet: whoever has many sign-ins without a second factor would keep out who has one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.instants import day_began, day_of, to_micros
from twofold.core.json import as_int, int_in, list_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience
from twofold.core.texts import BUDGET_TOLD_AT
from twofold.flows.notices import tell_helpers

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services
    from twofold.ports.texts import TextLimits

LANE: Final = "texts_a_day"
ACCOUNT: Final = "account"
_END_USERS: Final = "end_users"
_UNPROVED: Final = "unproved"
"""Parts of the texts that are counted apart."""
_PAGE: Final = "/admin/account/texts"


@dataclass(frozen=True, slots=True)
class Budget:
    """So many texts of the account in a day of UTC, for somebody of this audience; `is_proved` as of a parcel."""

    limits: TextLimits
    audience: Audience
    is_proved: bool

    @property
    def lane(self) -> str:
        """Where it is counted."""
        return LANE

    @property
    def subject(self) -> str:
        """For whom it is counted."""
        return ACCOUNT

    def gate(self, value: JsonObject, now: datetime) -> Refusal | None:
        """Say until when no more texts go out; None: one may."""
        day = day_of(now)
        is_used_up = sent_on(value, day) >= self.limits.budget_a_day
        if self.audience is Audience.END_USERS:
            is_used_up = is_used_up or _part_of(value, _END_USERS, day) >= self.limits.end_users_a_day
        if not self.is_proved:
            is_used_up = is_used_up or _part_of(value, _UNPROVED, day) >= self.limits.unproved_a_day
        return Refusal(No.CANNOT_SEND, at=day_began(day + 1)) if is_used_up else None

    def after(self, value: JsonObject, now: datetime) -> JsonObject:
        """Return what is kept once one more went out, with the shares of the budget that are told of today."""
        day = day_of(now)
        sent = sent_on(value, day) + 1
        percent = sent * 100 // max(1, self.limits.budget_a_day)
        return {
            "day": day,
            "sent": sent,
            "told": [*sorted({*told_on(value, day), *(one for one in BUDGET_TOLD_AT if one <= percent)})],
            _END_USERS: _part_of(value, _END_USERS, day) + (self.audience is Audience.END_USERS),
            _UNPROVED: _part_of(value, _UNPROVED, day) + (not self.is_proved),
        }

    def tell_of(
        self, services: Services, account_id: AccountId, before: JsonObject, after: JsonObject, *, now: datetime
    ) -> None:
        """Mail owners and admins the share that was reached with this text, in the caller's transaction."""
        day = day_of(now)
        reached = told_on(after, day) - told_on(before, day)
        account = services.accounts.by_id(account_id) if reached else None
        if account is not None:
            told: JsonObject = {
                "percent": max(reached),
                "budget": self.limits.budget_a_day,
                "end_users": self.limits.end_users_a_day,
                "until": to_micros(day_began(day + 1)),
                "url": f"{account.base_url}{_PAGE}",
            }
            tell_helpers(services, account, "texts_used_up", told, now=now)


def sent_on(value: JsonObject, day: int) -> int:
    """Return how many texts went out on a day, of what is kept."""
    return int_in(value, "sent") if _is_of(value, day) else 0


def told_on(value: JsonObject, day: int) -> set[int]:
    """Return of which shares of the budget owners and admins were told on a day."""
    return {as_int(one, "told") for one in list_in(value, "told")} if _is_of(value, day) and "told" in value else set()


def _part_of(value: JsonObject, part: str, day: int) -> int:
    return int_in(value, part) if _is_of(value, day) and part in value else 0


def _is_of(value: JsonObject, day: int) -> bool:
    return bool(value) and int_in(value, "day") == day
