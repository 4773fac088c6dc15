"""Which sender an account's texts go through, where they may go, and what providers tell. The port: ports/texts.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core import texts
from twofold.core.json import MalformedJson, as_text, int_in, list_in, text_in
from twofold.core.refusals import No, Refusal
from twofold.core.texts import DEFAULT_BUDGET, Provider, Sender
from twofold.delivery.sms.registry import KINDS
from twofold.factors import sms
from twofold.ports.texts import TextLimits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.kept import KeptSettings
    from twofold.ports.texts import Receipt
    from twofold.settings import Settings

KEPT: Final = "sms"
"""The name under which owners keep their provider in the product; the environment stands over it."""
EVERYWHERE: Final = "*"


def sender_of(settings: Settings, kept: JsonObject) -> Sender | None:
    """Return how an account's texts go out, or None while nobody has said.

    `kept` is what owners saved in the product; it is read only where the environment names no provider.
    """
    if settings.sms_provider:
        return settings.sms_sender
    if not kept or not kept.get("provider"):
        return None
    try:
        fields = {name: text_in(kept, name) for name in ("address", "method", "headers", "body", "user", "secret")}
        return Sender(
            provider=Provider(text_in(kept, "provider")),
            sender=text_in(kept, "sender"),
            says=text_in(kept, "says"),
            **fields,
        )
    except (MalformedJson, ValueError):
        return None


def limits_of(settings: Settings, kept: JsonObject) -> TextLimits:
    """Return where an account's texts may go, and how many a day."""
    if not kept and settings.is_demo:
        # Its people are invented, and their texts never leave the machine.
        return TextLimits(countries=None, budget_a_day=DEFAULT_BUDGET, end_users_percent=settings.sms_end_users_percent)
    try:
        chosen = frozenset(as_text(one, "a country") for one in list_in(kept, "countries")) if kept else frozenset()
        budget = int_in(kept, "budget_a_day") if kept else DEFAULT_BUDGET
    except MalformedJson:
        chosen, budget = frozenset(), DEFAULT_BUDGET
    named = settings.sms_countries
    return TextLimits(
        countries=None if named == EVERYWHERE else texts.regions_of(named) if named else chosen,
        budget_a_day=settings.sms_budget or budget,
        end_users_percent=settings.sms_end_users_percent,
    )


class HouseTexts:
    """What depends on how texts are sent."""

    def __init__(self, settings: Settings, kept: KeptSettings) -> None:
        self._settings = settings
        self._kept = kept

    def limits(self, account: AccountId) -> TextLimits:
        """Return where the texts of an account may go, and how many."""
        kept, _ = self._kept.load(account, KEPT)
        return limits_of(self._settings, kept)

    def can_send(self, account: AccountId) -> bool:
        """Say whether texts can leave at all: a provider is named, or it is a demo, where they become files."""
        if self._settings.is_demo or self._settings.sms_provider:
            return True
        kept, _ = self._kept.load(account, KEPT)
        return sender_of(self._settings, kept) is not None

    def number(self, account: AccountId, typed: str) -> str | Refusal:
        """Return the one spelling (E.164) of a number that texts of the account go to, or why they do not."""
        number = sms.read_number(typed)
        if isinstance(number, str) and not sms.is_served(number, self.limits(account).countries):
            return Refusal(No.COUNTRY_NOT_SERVED)
        return number

    def receipt(self, told: Mapping[str, str]) -> Receipt | None:
        """Read what a provider told: the one who sent it may be another than today's, so each kind is asked."""
        return next((found for kind in KINDS.values() if (found := kind.receipt(told)) is not None), None)
